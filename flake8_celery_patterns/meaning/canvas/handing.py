"""What is handed on in a canvas: which signatures get the result of what comes before them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from flake8_celery_patterns.facts.expressions import (
    Attribute,
    Call,
    Constant,
    Expression,
    Sequence,
    Star,
    everything,
)
from flake8_celery_patterns.meaning.canvas.building import (
    body_of,
    canvas_behind,
    is_signature,
    member,
)
from flake8_celery_patterns.meaning.canvas.members import Member, Signed
from flake8_celery_patterns.meaning.flow.places import Called, Piped
from flake8_celery_patterns.meaning.kinds import Canvas, External, Kind, Partial
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.tasks.passed import Passed
from flake8_celery_patterns.meaning.tasks.signatures import Misfit, misfits, signature_of

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning
    from flake8_celery_patterns.meaning.tasks.tasks import Task

Role = Literal["member", "step", "body", "link", "errback"]
"""Which part something plays in a canvas; all but a mere member are handed something."""

# Calls that take `link=` and `link_error=` among their options.
_WITH_OPTIONS = frozenset({"apply_async", "apply_async_on_commit", "set", "signature", "subtask"})


@dataclass(frozen=True, slots=True)
class Part:
    """What plays a role in the canvas that a call or `|` makes.

    `is_given`: something comes before it for certain, so that it is handed a value. `by_option`: it
    is given as `link=…` or `link_error=…`. `of` is what it is a callback of.
    """

    member: Member
    role: Role
    is_given: bool = True
    by_option: bool = False
    of: Kind | None = None


def parts_of(meaning: Meaning, fact: Called | Piped) -> Iterator[Part]:
    """The parts that a call or `|` puts together, each with its role."""
    if isinstance(fact, Piped):
        yield from _of_pipe(meaning, fact)
        return
    where = fact.place.environment
    if isinstance(fact.function, Canvas):
        # `chord(header)(body)`
        body = body_of(meaning, fact.call, where, 0) if fact.function.form == "chord" else None
        if body is not None:
            yield Part(body, "body")
        return
    if isinstance(fact.function, External) and fact.function.name.startswith("celery."):
        made = meaning.canvas(fact.function.name, fact.call, where)
        if made is not None and not fact.function.name.rpartition(".")[0].endswith("()"):
            yield from _of_canvas(made)
            return
    if isinstance(fact.call.function, Attribute):
        yield from _callbacks(meaning, fact.call, fact.call.function, where)


def _of_canvas(made: Canvas) -> Iterator[Part]:
    members = made.members or ()
    if made.form != "chain":
        yield from (Part(each, "member") for each in members)
        if made.body is not None:
            yield Part(made.body, "body")
        return
    yield from (Part(each, "member") for each in members[:1])
    for before, each in pairwise(members):
        certain = not before.is_each and gives(before.kind)
        yield Part(each, "step", is_given=certain)


def _of_pipe(meaning: Meaning, fact: Piped) -> Iterator[Part]:
    where = fact.place.environment
    left = member(meaning, fact.expression.left, where)
    if not isinstance(fact.left, Canvas) and not is_signature(fact.left):
        yield Part(left, "member")
    is_group = isinstance(fact.left, Canvas) and fact.left.form == "group"
    right = member(meaning, fact.expression.right, where)
    yield Part(right, "body" if is_group else "step", is_given=gives(fact.left))


def gives(kind: Kind) -> bool:
    """Whether a signature or canvas certainly hands one value on: an empty chain does not."""
    made = canvas_behind(kind)
    if made is None:
        return is_signature(kind)
    return made.form != "chain" or any(
        not each.is_each and gives(each.kind) for each in made.members or ()
    )


def _callbacks(
    meaning: Meaning, call: Call, function: Attribute, where: Environment
) -> Iterator[Part]:
    """What is linked by `.link(…)`, `.on_error(…)`, or by the options of a call."""
    method = function.name
    if method not in _WITH_OPTIONS and method not in ("link", "link_error", "on_error"):
        return
    owner = meaning.evaluate(function.value, where)
    if not is_signature(owner) and meaning.task_behind(owner) is None:
        return
    if method in _WITH_OPTIONS:
        for name, role in (("link", "link"), ("link_error", "errback")):
            given = call.keyword(name)
            if given is not None:
                for each in _listed(meaning, given.value, where):
                    yield Part(each, "link" if role == "link" else "errback", True, True, owner)
        return
    first = call.positional(0)
    if first is not None and is_signature(owner):
        yield Part(member(meaning, first, where), _role(method), of=owner)


def _role(method: str) -> Role:
    return "link" if method == "link" else "errback"


def _listed(meaning: Meaning, expression: Expression, where: Environment) -> Iterator[Member]:
    """One callback, or several in a list."""
    if isinstance(expression, Sequence):
        for item in expression.items:
            if not isinstance(item, Star):
                yield member(meaning, item, where)
    elif expression != Constant(None):
        yield member(meaning, expression, where)


def receivers(kind: Kind) -> Iterator[Partial]:
    """The signatures that get what is handed to a signature or canvas."""
    made = canvas_behind(kind)
    if made is not None:
        members = made.members or ()
        for each in members[:1] if made.form == "chain" else members:
            if not (made.form == "chain" and each.is_each):
                yield from receivers(each.kind)
    elif isinstance(kind, Partial) and isinstance(kind.made, Signed):
        yield kind


def received_misfits(meaning: Meaning, signature: Partial, count: int) -> list[Misfit]:
    """What does not fit if a signature is handed `count` values in front of its own arguments.

    Nothing where the text does not show what it gets and takes, or where its own arguments do not
    fit by themselves, whatever comes.
    """
    made, task = signature.made, meaning.task_behind(signature)
    if not isinstance(made, Signed) or made.given is None or made.is_immutable is not False:
        return []
    if task is None:
        return []
    return misfits_of(meaning, task, made.given, count)


def misfits_of(meaning: Meaning, task: Task, given: Passed, count: int) -> list[Misfit]:
    """What does not fit if a task is handed `count` values in front of `given`."""
    taken = signature_of(meaning, task)
    if taken is None or any(misfits(taken, given.open())):
        return []
    return list(misfits(taken, given.behind(Passed((None,) * count))))


def written_in(expression: Expression, call: Call | None) -> bool:
    """Whether a signature is made in this very expression."""
    return call is not None and any(part is call for part in everything(expression))

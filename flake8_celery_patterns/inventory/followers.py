"""What runs after what: the steps of chains, the bodies of chords, callbacks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise, product
from typing import TYPE_CHECKING

from flake8_celery_patterns.inventory.entries import Follower, FollowerForm, Key
from flake8_celery_patterns.inventory.tasks import Locate, key_of
from flake8_celery_patterns.meaning.canvas.building import canvas_behind
from flake8_celery_patterns.meaning.canvas.handing import parts_of
from flake8_celery_patterns.meaning.flow.places import Called, Piped
from flake8_celery_patterns.meaning.kinds import Canvas, Kind

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning
    from flake8_celery_patterns.reading import Opened


def followers_in(opened: Opened, facts: Iterable[object], locate: Locate) -> Iterator[Follower]:
    """Give each pair of tasks of which a canvas or callback makes one run after the other."""
    meaning = opened.meaning
    for fact in facts:
        if not isinstance(fact, (Called, Piped)):
            continue
        expression = fact.call if isinstance(fact, Called) else fact.expression
        if expression.node is None:
            continue
        for before, after, form in _pairs(meaning, fact):
            yield Follower(before, after, form, locate(expression.node))


def _pairs(meaning: Meaning, fact: Called | Piped) -> Iterator[tuple[Key, Key, FollowerForm]]:
    if isinstance(fact, Piped):
        made = canvas_behind(meaning.evaluate(fact.expression, fact.place.environment))
    elif isinstance(fact.function, Canvas):
        made = _completed(meaning, fact, fact.function)
    else:
        made = canvas_behind(meaning.evaluate(fact.call, fact.place.environment))
    if made is not None:
        yield from _of_canvas(meaning, made)
    if isinstance(fact, Called) and not isinstance(fact.function, Canvas):
        for part in parts_of(meaning, fact):
            form: FollowerForm | None = _CALLBACKS.get(part.role)
            if form is not None and part.of is not None:
                for pair in product(_ends(meaning, part.of), _starts(meaning, part.member.kind)):
                    yield *pair, form


_CALLBACKS: dict[str, FollowerForm] = {"link": "link", "errback": "link_error"}


def _completed(meaning: Meaning, fact: Called, made: Canvas) -> Canvas | None:
    """`chord(header)(body)`."""
    if made.form != "chord":
        return None
    bodies = [part.member for part in parts_of(meaning, fact) if part.role == "body"]
    return Canvas(made.name, made.members, bodies[0]) if bodies else None


def _of_canvas(meaning: Meaning, made: Canvas) -> Iterator[tuple[Key, Key, FollowerForm]]:
    members = [member.kind for member in made.members or ()]
    if made.form == "chain":
        for before, after in pairwise(members):
            for pair in product(_ends(meaning, before), _starts(meaning, after)):
                yield *pair, "chain"
    elif made.form == "chord" and made.body is not None:
        body = _starts(meaning, made.body.kind)
        for member in members:
            for pair in product(_ends(meaning, member), body):
                yield *pair, "chord"


def _starts(meaning: Meaning, kind: Kind) -> list[Key]:
    """The tasks that a signature or canvas begins with."""
    made = canvas_behind(kind)
    if made is None:
        return _alone(meaning, kind)
    members = list(made.members or ())
    chosen = members[:1] if made.form == "chain" else members
    return [key for member in chosen for key in _starts(meaning, member.kind)]


def _ends(meaning: Meaning, kind: Kind) -> list[Key]:
    """The tasks that a signature or canvas ends with."""
    made = canvas_behind(kind)
    if made is None:
        return _alone(meaning, kind)
    if made.body is not None:
        return _ends(meaning, made.body.kind)
    members = list(made.members or ())
    chosen = members[-1:] if made.form == "chain" else members
    return [key for member in chosen for key in _ends(meaning, member.kind)]


def _alone(meaning: Meaning, kind: Kind) -> list[Key]:
    task = meaning.task_behind(kind)
    return [key_of(task)] if task is not None else []

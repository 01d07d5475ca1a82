"""Signatures: what a task takes, and whether arguments fit it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal

from flake8_celery_patterns.facts.scopes import Class, Function, Parameter
from flake8_celery_patterns.meaning.tasks.passed import Passed, Value
from flake8_celery_patterns.meaning.tasks.tasks import (
    Task,
    changes_arguments,
    is_bound,
    option,
    option_value,
    overrides_sending,
)

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning


# The options of `apply_async` that people mean to pass; the others are Celery's own business.
CALL_OPTIONS = frozenset(
    """
    add_to_parent compression connection countdown eta exchange expires headers ignore_result link
    link_error priority producer queue retry retry_policy routing_key serializer shadow
    soft_time_limit task_id time_limit
    """.split()
)


@dataclass(frozen=True, slots=True)
class Signature:
    """What callers of a task may give it: the task itself (`self`) is not among it.

    `takes_more`: `*args` is there; `takes_any`: `**kwargs` is. `is_checked`: Celery compares the
    arguments itself where the task is called, in the process that sends.
    """

    positional: tuple[Parameter, ...]
    keyword_only: tuple[Parameter, ...] = ()
    takes_more: bool = False
    takes_any: bool = False
    is_checked: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters by name, in order."""
        return tuple(p.name for p in (*self.positional, *self.keyword_only))

    def parameter(self, name: str) -> Parameter | None:
        """The parameter that can be given as `name=…`."""
        every = (*self.positional, *self.keyword_only)
        return next((p for p in every if p.name == name and p.kind != "positional_only"), None)


MisfitForm = Literal["unknown", "by_position_only", "doubled", "too_many", "missing"]


@dataclass(frozen=True, slots=True)
class Misfit:
    """One way in which arguments do not fit a signature, whatever is added to them.

    `names` are the parameters or keywords it is about; `value` the argument, where it is shown.
    """

    form: MisfitForm
    names: tuple[str, ...]
    value: Value | None = None


def signature_of(meaning: Meaning, task: Task) -> Signature | None:
    """What a task takes; None where something unseen may add or take away arguments."""
    function = task.run
    if function is None or not task.keeps_signature or overrides_sending(meaning, task):
        return None
    if changes_arguments(meaning, task):
        return None
    taken = _parameters(meaning, task, function)
    if taken is None:
        return None
    typing = option(meaning, task, "typing")
    unchecked = (
        isinstance(task.definition, Class)
        or task.is_wrapped
        or not (typing.is_absent or option_value(meaning, typing) is True)
    )
    kinds = [parameter.kind for parameter in function.parameters]
    return Signature(
        taken,
        tuple(p for p in function.parameters if p.kind == "keyword_only"),
        "args" in kinds,
        "kwargs" in kinds,
        not unchecked,
    )


def _parameters(meaning: Meaning, task: Task, function: Function) -> tuple[Parameter, ...] | None:
    """The parameters that positional arguments of callers go to."""
    positional = tuple(
        p for p in function.parameters if p.kind in ("positional", "positional_only")
    )
    if isinstance(task.definition, Class):
        # A decorated `run` is not followed.
        return positional[1:] if positional and not function.decorators else None
    if isinstance(function.parent, Class):
        return None
    bound = is_bound(meaning, task)
    takes_more = any(p.kind == "args" for p in function.parameters)
    if bound is None or (bound and not positional and not takes_more):
        return None
    if bound:
        return positional[1:]
    # An unbound task with `self` is broken by itself: each call of it would say so again.
    return None if positional and positional[0].name == "self" else positional


def misfits(signature: Signature, passed: Passed) -> Iterator[Misfit]:
    """What does not fit, the most telling first."""
    yield from _misnamed(signature, passed)
    given = passed.positional
    for parameter, value in zip(signature.positional, given, strict=False):
        if parameter.name in passed.keywords and parameter.kind == "positional":
            yield Misfit("doubled", (parameter.name,), passed.keywords[parameter.name] or value)
    room = len(signature.positional)
    if len(given) > room and not signature.takes_more:
        yield Misfit("too_many", (), given[room])
    missing = tuple(_missing(signature, passed))
    if missing:
        yield Misfit("missing", missing)


def _misnamed(signature: Signature, passed: Passed) -> Iterator[Misfit]:
    if signature.takes_any:
        return
    by_position = {p.name for p in signature.positional if p.kind == "positional_only"}
    for name, value in passed.keywords.items():
        if name in by_position:
            yield Misfit("by_position_only", (name,), value)
        elif signature.parameter(name) is None:
            yield Misfit("unknown", (name,), value)


def _missing(signature: Signature, passed: Passed) -> Iterator[str]:
    """The required parameters that certainly get nothing."""
    if not passed.more:
        for parameter in signature.positional[len(passed.positional) :]:
            if parameter.default is not None:
                continue
            if parameter.kind == "positional_only" or not passed.any_keyword:
                if parameter.kind == "positional_only" or parameter.name not in passed.keywords:
                    yield parameter.name
    if not passed.any_keyword:
        for parameter in signature.keyword_only:
            if parameter.default is None and parameter.name not in passed.keywords:
                yield parameter.name


def described(
    found: Misfit, task: Task, signature: Signature, count: int, each: str = ""
) -> tuple[str, str]:
    """What does not fit and what to do about it, in the user's terms.

    `count` arguments are given by position; `each` says for what, where it is not for one call.
    """
    names = " and ".join(f"`{name}`" for name in found.names)
    if found.form == "unknown":
        close = get_close_matches(found.names[0], signature.names, 1, 0.75)
        known = ", ".join(signature.names)
        cure = f"write `{close[0]}`" if close else f"it takes {known or 'no arguments'}"
        return f"task {task.name} has no parameter {names}", cure
    if found.form == "by_position_only":
        return f"task {task.name} takes {names} by position only", "pass it without its name"
    if found.form == "doubled":
        return f"task {task.name} gets {names} both by position and by name", "pass it once"
    if found.form == "missing":
        it = "it" if len(found.names) == 1 else "them"
        return f"task {task.name} needs {names}, which it is not given here", f"pass {it}"
    room = len(signature.positional)
    listed = ", ".join(p.name for p in signature.positional)
    takes = f"takes {'only ' if room else ''}{_counted(room)}" + (f" ({listed})" if room else "")
    return f"task {task.name} {takes} but gets {count}{each}", "pass no more than that"


def _counted(number: int) -> str:
    if number == 0:
        return "no positional arguments"
    return f"{number} positional argument{'s' if number != 1 else ''}"

"""What Celery hands an error callback, and whether its task can take that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.expressions import Attribute, Name
from flake8_celery_patterns.facts.scopes import Class
from flake8_celery_patterns.meaning.canvas.handing import misfits_of
from flake8_celery_patterns.meaning.canvas.members import Signed
from flake8_celery_patterns.meaning.tasks.passed import Passed
from flake8_celery_patterns.meaning.tasks.signatures import Misfit, Signature, signature_of
from flake8_celery_patterns.meaning.tasks.tasks import is_bound

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.kinds import Partial
    from flake8_celery_patterns.meaning.meaning import Meaning
    from flake8_celery_patterns.meaning.tasks.tasks import Task

# The failed task's id; or its request, the error and the traceback (celery/backends/base.py).
_BY_ID = 1
_IN_FULL = 3


@dataclass(frozen=True, slots=True)
class Handed:
    """What an error callback is handed in front of its own arguments, and what is wrong with it.

    `count` is 1 for the failed task's id, 3 for request, exc, traceback. `misfit` says what does
    not fit; `shifted` names an argument of its own that lands in another parameter.
    """

    count: int
    misfit: Misfit | None = None
    shifted: tuple[str, str] | None = None


def handed_errback(meaning: Meaning, signature: Partial) -> Handed | None:
    """What a signature gets as an error callback; None where that does not show."""
    made, task = signature.made, meaning.task_behind(signature)
    if not isinstance(made, Signed) or made.given is None or task is None:
        return None
    return handed_to(meaning, task, made.given) if made.is_immutable is False else None


def handed_to(meaning: Meaning, task: Task, given: Passed) -> Handed | None:
    """What a task gets as an error callback that is given these arguments of its own.

    Celery tells by the parameters of an unbound task which way it is called; newer versions leave
    out those that its own arguments fill. Something is wrong only if it is so both ways.
    """
    taken = signature_of(meaning, task)
    if taken is None or task.is_wrapped or given.more or given.any_keyword:
        return None
    ways = _ways(meaning, task, taken, given)
    if ways is None:
        return None
    wrong = [misfits_of(meaning, task, given, count) for count in ways]
    if all(wrong):
        return Handed(ways[-1], wrong[-1][0])
    shifted = _shifted(taken, given, ways[0]) if len(set(ways)) == 1 else None
    return Handed(ways[-1], shifted=shifted)


def _ways(meaning: Meaning, task: Task, taken: Signature, given: Passed) -> tuple[int, int] | None:
    """How many values come first: in older versions of Celery, and in 5.7.0."""
    if isinstance(task.definition, Class):
        return _BY_ID, _BY_ID
    bound = is_bound(meaning, task)
    if bound is None:
        return None
    if bound:
        return _BY_ID, _BY_ID
    names = [parameter.name for parameter in taken.positional]
    still_open = names[len(given.positional) :]
    by_name = [still_open.index(name) for name in given.keywords if name in still_open]
    left = min(by_name, default=len(still_open))
    return _by_room(len(names), taken), _by_room(left, taken)


def _by_room(room: int, taken: Signature) -> int:
    return _IN_FULL if room > 1 or taken.takes_more else _BY_ID


def _shifted(taken: Signature, given: Passed, count: int) -> tuple[str, str] | None:
    """An argument that is called as one parameter and lands in another one."""
    names = [parameter.name for parameter in taken.positional]
    for position, value in enumerate(given.positional, count):
        called = value.id if isinstance(value, Name) else ""
        called = value.name if isinstance(value, Attribute) else called
        if called in names and position < len(names) and names[position] != called:
            return called, names[position]
    return None

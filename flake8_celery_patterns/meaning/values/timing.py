"""When a dispatch wants its task to run: `countdown`, `eta` and `expires`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.expressions import Expression
from flake8_celery_patterns.meaning.kinds import Kind
from flake8_celery_patterns.meaning.names.literals import value
from flake8_celery_patterns.meaning.values.values import TIMEDELTA

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning
    from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch

# The dispatches that take execution options beside the arguments.
_TAKING = frozenset(
    {"apply_async", "apply_async_on_commit", "retry", "send_task", "signature", "subtask"}
)


def given(fact: Dispatch, name: str) -> Expression | None:
    """What a dispatch gives the execution option `name`; None where it does not."""
    if fact.form not in _TAKING:
        return None
    found = fact.call.keyword(name)
    return found.value if found is not None else None


def kind_of(fact: Dispatch, expression: Expression, meaning: Meaning) -> Kind:
    """What an option of a dispatch is."""
    return meaning.evaluate(expression, fact.place.environment)


def seconds(fact: Dispatch, expression: Expression, meaning: Meaning) -> float | None:
    """The number that an option of a dispatch is; None where the text does not show one."""
    found = value(meaning, expression, fact.place.environment)
    is_number = isinstance(found, (int, float)) and not isinstance(found, bool)
    return found if is_number else None


def is_duration(kind: Kind) -> bool:
    """Whether a value is certainly a `timedelta`."""
    return kind == TIMEDELTA


def task_named(fact: Dispatch) -> str:
    """The task of a dispatch as messages call it."""
    return f"task {fact.label}" if fact.label else "the task"


def sending(fact: Dispatch) -> str:
    """What raises where a dispatch cannot be written, as messages call it."""
    return "sending this signature" if fact.makes_signature else f".{fact.form}()"

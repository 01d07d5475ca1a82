"""What signatures and canvases are made of, as far as the text shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flake8_celery_patterns.facts.expressions import Call, Expression

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.kinds import Kind
    from flake8_celery_patterns.meaning.tasks.passed import Passed
    from flake8_celery_patterns.meaning.tasks.tasks import Task


@dataclass(frozen=True, slots=True)
class Signed:
    """How a signature of one task was made.

    `form` is the method that made it ("" for one of several); `call` the call, where it is one;
    `given` its own arguments, None where they do not show. `is_immutable` is None where that does
    not show. `options` are those whose name shows, with their values; `any_option`: others may be
    set.
    """

    form: str
    call: Call | None = None
    given: Passed | None = None
    is_immutable: bool | None = None
    options: dict[str, Any] = field(default_factory=dict)
    any_option: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """One of those that a canvas is made of, and the expression that it is given by.

    `is_each`: it stands for any number of them, none at all included. `through` is the name of the
    list that brings it, where it is written elsewhere. `ran` is the task whose
    function is called there and then, instead of a signature being made.
    """

    kind: Kind
    expression: Expression
    is_each: bool = False
    ran: Task | None = None
    through: Expression | None = None


def blurred(made: list[Signed], count: int) -> Signed | None:
    """What is still known of a signature that is one of several; None if not all are of tasks."""
    if not made or len(made) != count:
        return None
    first = made[0]
    same_options = all(other.options == first.options and not other.any_option for other in made)
    return Signed(
        first.form if all(other.form == first.form for other in made) else "",
        None,
        None,
        first.is_immutable if all(m.is_immutable is first.is_immutable for m in made) else None,
        first.options if same_options else {},
        not same_options,
    )


def forgotten(made: Signed | None) -> Signed | None:
    """What is still known of a signature that somebody may have changed."""
    return Signed(made.form, any_option=True) if made is not None else None

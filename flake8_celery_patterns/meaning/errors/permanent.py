"""Permanent errors: those that no retry mends, and those by which Celery steers a task."""

from __future__ import annotations

import builtins
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from flake8_celery_patterns.meaning.errors.handling import exception_name
from flake8_celery_patterns.meaning.kinds import ClassKind, Kind

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

# "unseen" and "killed": never gets to `autoretry_for`. "slow": the soft time limit.
Reason = Literal["permanent", "unseen", "killed", "rejected", "slow"]

_PERMANENT = frozenset(
    f"builtins.{name}"
    for name in """
        AssertionError AttributeError ImportError IndentationError IndexError KeyError
        ModuleNotFoundError NameError NotImplementedError SyntaxError TabError TypeError
        UnboundLocalError
    """.split()
) | frozenset(
    """
    django.core.exceptions.PermissionDenied
    django.core.exceptions.ValidationError
    django.forms.ValidationError
    django.forms.utils.ValidationError
    jsonschema.ValidationError
    jsonschema.exceptions.ValidationError
    marshmallow.ValidationError
    marshmallow.exceptions.ValidationError
    mongoengine.ValidationError
    mongoengine.errors.ValidationError
    pydantic.ValidationError
    pydantic_core.ValidationError
    rest_framework.exceptions.PermissionDenied
    rest_framework.exceptions.ValidationError
    rest_framework.serializers.ValidationError
    """.split()
)
_STEERING: dict[str, Reason] = {
    "celery.exceptions.Ignore": "unseen",
    "celery.exceptions.Retry": "unseen",
    "celery.exceptions.RetryTaskError": "unseen",
    "celery.exceptions.Reject": "rejected",
    "celery.exceptions.TimeLimitExceeded": "killed",
    "celery.exceptions.SoftTimeLimitExceeded": "slow",
}


@dataclass(frozen=True, slots=True)
class Permanence:
    """Why an error is not to be retried; `name` is the class's own."""

    name: str
    reason: Reason


def permanence(meaning: Meaning, kind: Kind) -> Permanence | None:
    """Why an error of a class is not to be retried; None if it may be, or is not known."""
    named = meaning.project.settings.permanent_errors
    if isinstance(kind, ClassKind):
        own = kind.definition.name
        family = meaning.ancestry(kind).classes
        listed = any(_is_named(c.definition.name, named) for c in family)
        return Permanence(own, "permanent") if listed else None
    full = exception_name(kind)
    if full is None:
        return None
    last = full.rpartition(".")[2]
    if full in _STEERING:
        return Permanence(last, _STEERING[full])
    return Permanence(last, "permanent") if full in _PERMANENT or _is_named(full, named) else None


def _is_named(name: str, named: tuple[str, ...]) -> bool:
    """Whether the user names a class, dotted or by its last name."""
    last = name.rpartition(".")[2]
    return any(n in (name, last) or ("." not in name and n.endswith(f".{last}")) for n in named)


def is_covered(kind: Kind, others: list[Kind]) -> bool:
    """Whether a wider builtin class among `others` stands for this one too."""
    own = _builtin(kind)
    return own is not None and any(
        wide is not None and wide is not own and issubclass(own, wide)
        for wide in map(_builtin, others)
    )


def _builtin(kind: Kind) -> type | None:
    name = exception_name(kind) or ""
    found = getattr(builtins, name.removeprefix("builtins."), None) if "." in name else None
    return found if isinstance(found, type) else None

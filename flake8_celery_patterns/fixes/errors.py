"""Giving a caught error a name, for a fix that needs one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from flake8_celery_patterns.facts.expressions import Name
from flake8_celery_patterns.fixes.plan import Change, ReplaceBehind, ReplaceHead
from flake8_celery_patterns.meaning.errors.handling import bound_name, error_caught
from flake8_celery_patterns.meaning.flow.course import names_in

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.flow.places import Place
    from flake8_celery_patterns.meaning.meaning import Meaning

_NAMES = ("exc", "error", "err", "caught")


def named_error(
    meaning: Meaning, handler: cst.ExceptHandler | cst.ExceptStarHandler, place: Place
) -> tuple[str, tuple[Change, ...]] | None:
    """The name of the error that a clause around `place` caught, and what gives it that name.

    None where its name means something else at `place`, or no name is free.
    """
    bound = bound_name(handler)
    if bound is not None:
        return (bound, ()) if error_caught(Name(bound), place) is handler else None
    body = place.function.node if place.function is not None else None
    if body is None:
        return None
    taken = meaning.known(("names in", body), frozenset(_NAMES), _names_in, body)
    free = next((name for name in _NAMES if name not in taken), None)
    if free is None:
        return None
    if handler.type is None:
        return free, (ReplaceHead(handler, len("except"), f"except Exception as {free}"),)
    return _behind(handler.type, free)


def _names_in(node: cst.CSTNode) -> frozenset[str]:
    return frozenset(names_in(node))


def _behind(caught: cst.BaseExpression, name: str) -> tuple[str, tuple[Change, ...]] | None:
    """` as name` behind the classes; a tuple's own place ends before its parenthesis."""
    closing = caught.rpar
    if any(p.whitespace_before.empty is False for p in closing):
        return None
    end = ")" * len(closing)
    return name, (ReplaceBehind(caught, len(closing), f"{end} as {name}"),)

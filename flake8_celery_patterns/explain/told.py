"""A fact that the engine saw, as it is told to people and to other tools."""

from __future__ import annotations

from dataclasses import dataclass

from flake8_celery_patterns.finding import Span


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing that is known of a fact: `name` says what, `text` is one line."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """A fact. `what`: its kind, in a word or two; `title`: which one, in one line."""

    what: str
    title: str
    span: Span
    details: tuple[Detail, ...] = ()

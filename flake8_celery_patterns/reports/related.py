"""What findings speak of in other files, and where it is defined there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from flake8_celery_patterns.finding import Definition, Finding, Span
from flake8_celery_patterns.reports.definitions import Definitions
from flake8_celery_patterns.run.result import FileResult


@dataclass(frozen=True, slots=True)
class Related:
    """A definition and its place: the name, in a file whose findings are not asked for."""

    definition: Definition
    result: FileResult
    span: Span

    @property
    def message(self) -> str:
        """What it is, as a sentence without its end."""
        return f"{self.definition.what} {self.definition.name} is defined here"


class Relations:
    """Finds what findings speak of. It keeps the files that it read: make one for each report."""

    def __init__(self, folder: Path) -> None:
        self._definitions = Definitions(folder)

    def of(self, finding: Finding) -> Iterator[Related]:
        """Give the definitions that `finding` speaks of and that are there still."""
        for definition in finding.related:
            span = self._definitions.span(definition)
            if span is not None:
                yield Related(definition, self._definitions.result(definition), span)

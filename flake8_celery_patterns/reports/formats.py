"""The output formats there are, and how each is found."""

from __future__ import annotations

import importlib
from typing import Protocol, TextIO, cast

from flake8_celery_patterns.run.result import Run

# In the order in which help texts name them; each is a module of this package.
FORMATS = (
    "full",
    "concise",
    "grouped",
    "json",
    "json-lines",
    "sarif",
    "github",
    "gitlab",
    "junit",
    "rdjson",
    "sonarqube",
    "azure",
)
# Those that people read; a summary follows them.
HUMAN = frozenset({"full", "concise", "grouped"})


class Format(Protocol):
    """A module of this package."""

    def write(self, run: Run, out: TextIO) -> None:
        """Write what `run` found; `out` takes any text, each line ended by a line feed."""


def named(name: str) -> Format:
    """Give the output format `name`, one of `FORMATS`; only its own module is imported."""
    module = f"{__package__}.{name.replace('-', '_')}"
    return cast(Format, importlib.import_module(module))

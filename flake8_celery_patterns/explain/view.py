"""The file that is explained, with what every description of a fact needs of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flake8_celery_patterns.explain.kinds import in_words
from flake8_celery_patterns.explain.reasons import Reasons
from flake8_celery_patterns.facts.expressions import Constant, Expression
from flake8_celery_patterns.facts.scopes import Class, Function, Parameter, Scope
from flake8_celery_patterns.finding import Definition, Span
from flake8_celery_patterns.inventory.texts import written
from flake8_celery_patterns.meaning.kinds import Kind, Plain
from flake8_celery_patterns.meaning.names.defined import defined
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.names.literals import UNSEEN, value
from flake8_celery_patterns.reports.definitions import Definitions
from flake8_celery_patterns.run.documents import Document

if TYPE_CHECKING:
    import libcst as cst

    from flake8_celery_patterns.meaning.meaning import Meaning
    from flake8_celery_patterns.project.project import Source
    from flake8_celery_patterns.reading import Opened

_LONGEST = 200


@dataclass(frozen=True, slots=True)
class View:
    """A file that is open, and the places of what it speaks of."""

    opened: Opened
    definitions: Definitions
    document: Document

    @property
    def meaning(self) -> Meaning:
        return self.opened.meaning

    def span(self, node: cst.CSTNode) -> Span:
        """Give where a node of the file stands."""
        return self.opened.parsed.positions.span(node)

    def line(self, node: cst.CSTNode) -> str:
        """Give the line that a node of the file begins in, as "(line 3)"."""
        return f"({self.document.named(self.span(node).line)})"

    def place(self, source: Source, scope: Class | Function) -> str:
        """Give where a class or function is defined: `shop/tasks.py:12`."""
        definition = defined(source, scope, "")
        span = self.definitions.span(definition)
        shown = self.definitions.result(definition).target.shown
        return f"{shown}:{span.line}" if span is not None else shown

    def shown(self, path: Path) -> str:
        """Give a path as the user is shown it."""
        return self.definitions.result(Definition(path, "", "")).target.shown

    def reasons(self, scope: Scope | None, where: Environment) -> Reasons:
        """Give what says why expressions in `scope` (None: the module) are not known."""
        return Reasons(self.meaning, scope or self.opened.source.facts, where)

    def found(
        self, expression: Expression, kind: Kind, scope: Scope | None, where: Environment
    ) -> str:
        """Say what an expression of `kind` was found to be, or why that is not known."""
        if isinstance(kind, Plain) or not in_words(kind):
            seen = value(self.meaning, expression, where)
            if is_whole(seen):
                return f"the value {shortened(seen)}"
        words = in_words(kind, self.meaning, written(expression))
        return words or f"unknown: {self.reasons(scope, where).why(expression)}"


def is_whole(seen: object) -> bool:
    """Whether a value (see `literals.value`) is seen in all its parts."""
    if isinstance(seen, dict):
        return all(is_whole(part) for pair in seen.items() for part in pair)
    if isinstance(seen, (list, tuple)):
        return all(map(is_whole, seen))
    return seen is not UNSEEN


def shortened(seen: object) -> str:
    """Give a value in one short line."""
    text = repr(seen)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def quoted(expression: Expression) -> str:
    """Give an expression as it is written, in backticks; "it" where that is not to be had."""
    text = written(expression)
    return f"`{text}`" if text else "it"


def taken(function: Function, *, without_self: bool) -> str:
    """Give the parameters that callers fill: `(order_pk, note=None, *, urgent)`."""
    parameters = function.parameters[1:] if without_self else function.parameters
    return f"({', '.join(_parameters(parameters))})"


def _parameters(parameters: Iterable[Parameter]) -> Iterator[str]:
    star = False
    for parameter in parameters:
        if parameter.kind == "keyword_only" and not star:
            yield "*"
        star = star or parameter.kind in ("args", "keyword_only")
        sign = {"args": "*", "kwargs": "**"}.get(parameter.kind, "")
        default = "" if parameter.default is None else f"={_default(parameter.default)}"
        yield f"{sign}{parameter.name}{default}"


def _default(expression: Expression) -> str:
    """A default as it is written; of another file, where it is a constant or a plain name."""
    if isinstance(expression, Constant):
        return repr(expression.value)
    return written(expression) or "..."

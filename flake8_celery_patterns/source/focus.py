"""Which statements are worth parsing: libcst costs six times the standard library's parser.

A function body that can say nothing about Celery is replaced by `pass`; everything else stays as it
is, line by line. The promise, held by a property test: the facts of the focused text are those of
the whole text.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from flake8_celery_patterns.source.lines import split_lines

# What makes the body of a function worth parsing in the file that is linted.
_TELLING = re.compile(
    r"\bglobal\b|add_to_class|setattr|celery|task|apply_async|_on_commit|config_from|"
    r"\.(?:delay|si?|signature|subtask|map|starmap|chunks|retry|conf)\b|\bsignature\s*\(",
    re.IGNORECASE,
)
# What makes it so in a file that others ask about: it may wrap a task, or set something.
_TELLING_OUTSIDE = re.compile(
    r"\bglobal\b|add_to_class|setattr|celery|task|config_from|\.conf\b|\.from_\w+|time_limit",
    re.IGNORECASE,
)
# No method makes a task decorator; many speak of tasks.
_TELLING_METHOD = re.compile(
    r"\bglobal\b|add_to_class|setattr|celery|config_from|\.conf\b|\.from_\w+|time_limit"
    r"|task_cls|annotations|serializer",
    re.IGNORECASE,
)
_TELLING_BASE = re.compile(r"manager|query|task", re.IGNORECASE)
# Decorators that cannot make a task of what they decorate.
_PLAIN_DECORATORS = frozenset(
    {
        "abstractmethod",
        "cached_property",
        "classmethod",
        "deleter",
        "display",
        "getter",
        "override",
        "overload",
        "property",
        "setter",
        "staticmethod",
    }
)

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Focused:
    """A text to parse.

    `line_map[n]` is the 1-based original line of its line n + 1; None: all lines are the same.
    """

    text: str
    line_map: list[int] | None


def focus(text: str, tree: ast.Module | None, *, outside: bool = False) -> Focused:
    """The part of `text` that can say something about Celery.

    `tree` is the standard library's tree of it; None (source newer than this Python) keeps it all.
    `outside`: only what other files can ask about is wanted.
    """
    if tree is None:
        return Focused(text, None)
    outline = _Outline(split_lines(text), outside)
    outline.block(tree.body, in_class=False)
    return outline.focused(text)


class _Outline:
    def __init__(self, lines: list[str], outside: bool) -> None:
        self._lines = lines
        self._outside = outside
        # First and last line (1-based) and indentation of each body to leave out, in source order.
        self._stubs: list[tuple[int, int, str]] = []

    def focused(self, text: str) -> Focused:
        if not self._stubs:
            return Focused(text, None)
        kept: list[str] = []
        line_map: list[int] = []
        position = 0
        for first, last, indent in self._stubs:
            kept.extend(self._lines[position : first - 1])
            line_map.extend(range(position + 1, first))
            kept.append(f"{indent}pass\n")
            line_map.append(first)
            position = last
        kept.extend(self._lines[position:])
        line_map.extend(range(position + 1, len(self._lines) + 1))
        return Focused("".join(kept), line_map or [1])

    def block(self, body: list[ast.stmt], *, in_class: bool) -> None:
        for statement in body:
            if isinstance(statement, ast.ClassDef):
                if not any(self._tells(base) for base in statement.bases):
                    self.block(statement.body, in_class=bool(statement.bases))
            elif isinstance(statement, _Function) and not self._is_wanted(statement, in_class):
                self._leave_out(statement)

    def _is_wanted(self, function: _Function, in_class: bool) -> bool:
        """Whether the body of a function can say something."""
        last = function.end_lineno or function.lineno
        text = "".join(self._lines[function.lineno - 1 : last])
        if in_class and function.name in ("__call__", "__init__"):
            return True
        if self._outside:
            return (_TELLING_METHOD if in_class else _TELLING_OUTSIDE).search(text) is not None
        if in_class and function.name == "run":
            return True
        return (
            any(_may_make_a_task(decorator) for decorator in function.decorator_list)
            or _TELLING.search(text) is not None
        )

    def _leave_out(self, function: _Function) -> None:
        inner = function.body[0]
        first, last = inner.lineno, function.end_lineno or inner.lineno
        if isinstance(inner, (_Function, ast.ClassDef)) and inner.decorator_list:
            first = min(decorator.lineno for decorator in inner.decorator_list)
        indent = self._lines[first - 1][: inner.col_offset]
        shares_a_line = indent.strip() or self._lines[first - 2].rstrip("\r\n").endswith("\\")
        if not shares_a_line:
            self._stubs.append((first, last, indent))

    def _tells(self, base: ast.expr) -> bool:
        """Whether a class with this base is a manager, a queryset or a task: its methods matter."""
        last = base.end_lineno or base.lineno
        return _TELLING_BASE.search("".join(self._lines[base.lineno - 1 : last])) is not None


def _may_make_a_task(decorator: ast.expr) -> bool:
    target = decorator.func if isinstance(decorator, ast.Call) else decorator
    name = (
        target.attr
        if isinstance(target, ast.Attribute)
        else target.id
        if isinstance(target, ast.Name)
        else ""
    )
    return name not in _PLAIN_DECORATORS

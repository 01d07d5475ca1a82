"""Physical lines as Python's tokenizer counts them."""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from flake8_celery_patterns.finding import Span

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")


def split_lines(text: str) -> list[str]:
    """`text` cut after each line end, ends kept; joined again it is `text`.

    Unlike `str.splitlines`, a form feed or a Unicode line separator ends no line:
    Python's own line numbers do not count them.
    """
    lines = _LINE.findall(text)
    while lines and not lines[-1]:
        lines.pop()
    return lines


def first_line(node: ast.stmt | ast.ExceptHandler) -> int:
    """The 1-based line that a statement begins in, with its decorators."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def cut(line: str, start: int, end: int | None) -> str:
    """Part of a line by columns of the standard library's trees: these count bytes of UTF-8."""
    if line.isascii():
        return line[start:end]
    return line.encode("utf-8", "surrogatepass")[start:end].decode("utf-8", "surrogatepass")


def text_in(lines: Sequence[str], span: Span) -> str:
    """Give what stands in `span`; `lines`: those of the text, with their ends.

    Empty where the text, which may have changed since, is too short.
    """
    inside = list(lines[span.line - 1 : span.end_line])
    if len(inside) > span.end_line - span.line:
        inside[-1] = inside[-1][: span.end_column]
    if inside:
        inside[0] = inside[0][span.column :]
    return "".join(inside)

"""Numbers and strings, as they are written."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Sequence

import libcst as cst

from flake8_celery_patterns.source.depth import MAX_CHAIN
from flake8_celery_patterns.source.light.nodes import Unsupported, maker
from flake8_celery_patterns.source.lines import cut

# One literal: more than one beside each other is a `ConcatenatedString` to libcst.
_BODIES = (
    r'"""(?:[^\\]|\\.)*?"""',
    r"'''(?:[^\\]|\\.)*?'''",
    r'"(?:[^"\\\r\n]|\\(?:\r\n|.))*"',
    r"'(?:[^'\\\r\n]|\\(?:\r\n|.))*'",
)
_LITERAL = rf"[a-zA-Z]{{0,2}}(?:{'|'.join(_BODIES)})"
_BETWEEN = r"(?:\s|\\(?:\r\n|\r|\n)|\#[^\r\n]*)*"
_FIRST = re.compile(_LITERAL, re.DOTALL)
_SEVERAL = re.compile(rf"{_LITERAL}(?:{_BETWEEN}{_LITERAL})+", re.DOTALL)

_integer, _float = maker(cst.Integer, "value"), maker(cst.Float, "value")
_imaginary, _ellipsis = maker(cst.Imaginary, "value"), maker(cst.Ellipsis)
_name, _simple = maker(cst.Name, "value"), maker(cst.SimpleString, "value")
_joined = maker(cst.ConcatenatedString, "left", "right")

# Before 3.12 the places of what stands in an f-string are not to be trusted.
_PLACES_IN_FIELDS = sys.version_info >= (3, 12)


class Literals:
    """Makes the nodes of literals of one text, given in physical lines with their ends."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = lines
        # How many f-strings are around what is being made.
        self.fields = 0

    def constant(self, node: ast.Constant) -> cst.BaseExpression:
        """The node of a constant."""
        value = node.value
        if isinstance(value, (str, bytes)):
            return self._string(node)
        if value is None or value is True or value is False:
            return _name(str(value))  # type: ignore[no-any-return]
        if value is ...:
            return _ellipsis()  # type: ignore[no-any-return]
        written = self.text(node) if self.is_placed else repr(value)
        make = {int: _integer, float: _float, complex: _imaginary}[type(value)]
        return make(written)  # type: ignore[no-any-return]

    def _string(self, node: ast.Constant) -> cst.BaseExpression:
        if not self.is_placed:
            return _simple(repr(node.value))  # type: ignore[no-any-return]
        written = self.text(node)
        if _is_single(written):
            return _simple(written)  # type: ignore[no-any-return]
        _refuse_many(written)
        empty = "b''" if isinstance(node.value, bytes) else "''"
        return _joined(_simple(repr(node.value)), _simple(empty))  # type: ignore[no-any-return]

    def is_joined(self, node: ast.JoinedStr) -> bool:
        """Whether an f-string is one of several literals beside each other.

        Raises `Unsupported` where that is not clear: for quotes in the fields of f-strings.
        """
        if not self.is_placed:
            raise Unsupported("an f-string in the field of another")
        written = self.text(node)
        if _is_single(written):
            return False
        _refuse_many(written)
        if _SEVERAL.fullmatch(written):
            return True
        raise Unsupported("an f-string with its own quotes inside")

    def is_in_parentheses(self, node: ast.Tuple) -> bool:
        """Whether a tuple has parentheses of its own: `x[(a, b)]`, and not `x[a, b]`."""
        if not node.elts:
            return True
        written = self.text(node) if self.is_placed else ""
        if not (written.startswith("(") and written.endswith(")")):
            return False
        try:
            # Those of `(a), (b)` do not belong together.
            ast.parse(f"[{written[1:-1]}]")
        except SyntaxError:
            return False
        return True

    @property
    def is_placed(self) -> bool:
        """Whether the places of what is being made are to be trusted."""
        return _PLACES_IN_FIELDS or not self.fields

    def text(self, node: ast.expr) -> str:
        """What stands where a node stands."""
        first, last = node.lineno, node.end_lineno or node.lineno
        start, end = node.col_offset, node.end_col_offset or 0
        if first == last:
            return cut(self._lines[first - 1], start, end)
        inner = self._lines[first : last - 1]
        head, tail = self._lines[first - 1], self._lines[last - 1]
        return "".join((cut(head, start, None), *inner, cut(tail, 0, end)))


def _is_single(written: str) -> bool:
    """Whether the first literal is all there is. (A full match could take several for one.)"""
    found = _FIRST.match(written)
    return found is not None and found.end() == len(written)


def _refuse_many(written: str) -> None:
    """Refuse what may be more literals beside each other than libcst would survive."""
    if written.count('"') + written.count("'") > MAX_CHAIN:
        raise Unsupported("so many quotes")

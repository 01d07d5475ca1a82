"""Where the nodes of a light tree stand, and what they lack.

Of most expressions the standard library knows the place. For all else libcst parses the one
statement of the module that holds a node; its tree has the same shape.
"""

from __future__ import annotations

import ast
from dataclasses import fields
from functools import cached_property

import libcst as cst

from flake8_celery_patterns.finding import Span
from flake8_celery_patterns.source.depth import repeats_too_deeply
from flake8_celery_patterns.source.focus import Focus
from flake8_celery_patterns.source.light.module import Light
from flake8_celery_patterns.source.light.nodes import Unsupported
from flake8_celery_patterns.source.lines import cut, first_line
from flake8_celery_patterns.source.native import Parser
from flake8_celery_patterns.source.positions import Positions, sources
from flake8_celery_patterns.source.walk import children

# One node stands for all of its kind in a light tree, which has no place.
_SHARED = (
    cst.Asynchronous,
    cst.BaseAugOp,
    cst.BaseBinaryOp,
    cst.BaseBooleanOp,
    cst.BaseCompOp,
    cst.BaseUnaryOp,
    cst.Dot,
    cst.ImportStar,
    cst.ParamSlash,
    cst.ParamStar,
)
# What both parsers place alike: not tuples and generators, whose brackets libcst leaves out.
_PLACED = (
    cst.Attribute,
    cst.Await,
    cst.BinaryOperation,
    cst.Call,
    cst.Comparison,
    cst.ConcatenatedString,
    cst.Dict,
    cst.Float,
    cst.FormattedString,
    cst.IfExp,
    cst.Integer,
    cst.Lambda,
    cst.List,
    cst.Name,
    cst.Set,
    cst.SimpleString,
    cst.Subscript,
    cst.UnaryOperation,
)
# By the id of a light node: itself and the one of libcst.
_Pairs = dict[int, tuple[cst.CSTNode, cst.CSTNode]]


class LightPositions(Positions):
    """The places of a light tree's nodes in the original text.

    `tree` is the standard library's, `focus` says what of the text the light tree has.
    Raises `Unsupported`, and `Unreadable`, where it cannot tell.
    """

    def __init__(self, light: Light, tree: ast.Module, focus: Focus) -> None:
        super().__init__(light.module, None)
        self._sources = light.sources
        self._ast = tree
        self._focus = focus
        self._pieces: dict[int, _Piece] = {}

    def span(self, node: cst.CSTNode) -> Span:
        """The node's place: 1-based lines, 0-based columns in code points."""
        if isinstance(node, _PLACED) and id(node) in self._sources:
            return self._span(self._sources[id(node)])
        piece = self._piece_with(node)
        if piece is None or id(node) not in piece.pairs:
            raise Unsupported(f"no place of a {type(node).__name__}")
        return piece.positions.span(piece.pairs[id(node)][1])

    def _span(self, node: ast.expr) -> Span:
        first, last = node.lineno, node.end_lineno or node.lineno
        start, end = node.col_offset, node.end_col_offset or 0
        return Span(first, self._letters(first, start), last, self._letters(last, end))

    def _letters(self, number: int, size: int) -> int:
        return len(cut(self._focus.lines[number - 1], 0, size))

    def complete(self, node: object) -> bool:
        """Give a node, and all nodes of the same statement of the module, what they lack.

        False if it is none of the tree, or lacks nothing that libcst's own has.
        """
        piece = self._piece_with(node)
        if piece is None or piece.is_complete:
            return False
        piece.complete()
        return True

    @property
    def indent(self) -> str:
        """Not known: it is a matter of the whole text."""
        raise Unsupported("one level of indentation")

    newline = indent

    def _piece_with(self, node: object) -> _Piece | None:
        top = self._statements.get(id(node))
        if top is None:
            return None
        if top not in self._pieces:
            self._pieces[top] = self._piece(top)
            self.passes += 1
        return self._pieces[top]

    def _piece(self, top: int) -> _Piece:
        statements = self._of_statement[top]
        first = first_line(statements[0])
        last = statements[-1].end_lineno or first
        if repeats_too_deeply(self._focus.lines, ast.Module(statements, [])):
            raise Unsupported("nests too deeply")
        focused = self._focus.part(first, last)
        module = Parser(focused.text, focused.line_map).result()
        if len(module.body) != 1:
            raise Unsupported("a statement in several")
        pairs = _paired(self._module.body[top], module.body[0])
        return _Piece(Positions(module, focused.line_map), pairs)

    @cached_property
    def _of_statement(self) -> list[list[ast.stmt]]:
        return list(sources(self._module, self._ast))


class _Piece:
    """A statement of the module as libcst reads it.

    `pairs` are the light nodes with libcst's, by the ids of the light ones.
    """

    def __init__(self, positions: Positions, pairs: _Pairs) -> None:
        self.positions = positions
        self.pairs = pairs
        self.is_complete = False

    def complete(self) -> None:
        """Fill the light nodes with all that libcst's have, but for the nodes they have."""
        paired = {id(real) for _, real in self.pairs.values()}
        for light, real in self.pairs.values():
            for field in fields(real):
                value = getattr(real, field.name)
                parts = value if isinstance(value, (tuple, list)) else (value,)
                if not parts or any(id(part) not in paired for part in parts):
                    getattr(type(light), field.name).__set__(light, value)
        self.is_complete = True


def _paired(light: cst.CSTNode, real: cst.CSTNode) -> _Pairs:
    """The nodes of two trees of one shape. Raises `Unsupported` where they are not."""
    found: _Pairs = {}
    stack = [(light, real)]
    while stack:
        one, other = stack.pop()
        if isinstance(one, _SHARED):
            continue
        if type(one) is not type(other):
            raise Unsupported(f"{type(other).__name__} where a {type(one).__name__} was seen")
        found[id(one)] = one, other
        below, others = _below(one), _below(other)
        if len(below) != len(others):
            raise Unsupported(f"parts of a {type(one).__name__}")
        stack.extend(zip(below, others, strict=True))
    return found


def _below(node: cst.CSTNode) -> list[cst.CSTNode]:
    """What is below a node in both trees: of strings, only what stands in fields."""
    if isinstance(node, cst.ConcatenatedString):
        return [*_below(node.left), *_below(node.right)]
    if isinstance(node, cst.MatchOrElement):
        return [node.pattern]
    return [child for child in children(node) if not isinstance(child, cst.FormattedStringText)]

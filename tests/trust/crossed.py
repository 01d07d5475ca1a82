"""Programs crossed from the fixtures of all rules: what sets a rule off, in places it never saw."""

from __future__ import annotations

import ast
import copy
from functools import cache
from typing import Any

from hypothesis import strategies as st

from tests.rules.fixture_files import fixtures
from tests.source.python_files import sample
from tests.trust.programs import compiles
from tests.trust.values import Values

# How many choices a program is made from, and what of the fixtures it is made of.
_CHOICES = 1200
_FILES = 300
_LARGEST = 600


def crossed() -> st.SearchStrategy[str]:
    """Fixtures with expressions and statements of other fixtures in them, that Python compiles."""
    made = st.binary(min_size=_CHOICES, max_size=_CHOICES).map(lambda c: _Crossing(c).program())
    return made.filter(compiles)


@cache
def _trees() -> list[ast.Module]:
    files = [file for fixture in fixtures() for file in fixture.files]
    return [ast.parse(file.read_bytes()) for file in sample(files, _FILES)]


@cache
def _pieces() -> tuple[list[ast.expr], list[ast.stmt]]:
    """The small expressions and statements of all fixtures."""
    nodes = [node for tree in _trees() for node in ast.walk(tree)]
    small = [node for node in nodes if len(ast.dump(node)) < _LARGEST]
    expressions = [node for node in small if isinstance(node, ast.expr) and _is_value(node)]
    return expressions, [node for node in small if isinstance(node, ast.stmt)]


def _is_value(node: ast.expr) -> bool:
    is_read = isinstance(getattr(node, "ctx", ast.Load()), ast.Load)
    return is_read and not isinstance(node, (ast.Starred, ast.Slice))


class _Crossing(ast.NodeTransformer):
    def __init__(self, choices: bytes) -> None:
        self._values = Values(choices)
        self._expressions, self._statements = _pieces()
        self._one_in = 0

    def program(self) -> str:
        """One fixture's tree, changed once in so many nodes."""
        self._one_in = self._values.pick((100, 30, 10))
        tree = self.visit(copy.deepcopy(self._far(_trees())))
        return ast.unparse(ast.fix_missing_locations(tree)) + "\n"

    def _far(self, choices: list[Any]) -> Any:
        """One of many; a single byte reaches 256 of them."""
        return choices[(self._values.number(255) * 256 + self._values.number(255)) % len(choices)]

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, ast.expr) and _is_value(node) and self._values.chance(self._one_in):
            return copy.deepcopy(self._far(self._expressions))
        return self.generic_visit(node)

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list) and block and self._values.chance(self._one_in):
                self._change(block)
        return node

    def _change(self, block: list[ast.stmt]) -> None:
        at = self._values.number(len(block) - 1)
        other = copy.deepcopy(self._far(self._expressions))
        inside = [block[at]]
        block[at] = self._values.pick(
            (
                copy.deepcopy(self._far(self._statements)),
                ast.If(other, inside, []),
                ast.While(other, inside, []),
                ast.For(ast.Name("item", ast.Store()), other, inside, []),
                ast.With([ast.withitem(other, None)], inside),
                ast.Try(inside, [ast.ExceptHandler(other, None, [ast.Pass()])], [], []),
            )
        )

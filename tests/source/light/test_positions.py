"""A light tree's nodes stand where libcst says, and are what libcst's are when completed."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst
import pytest

from flake8_celery_patterns.source.light.nodes import Unsupported
from flake8_celery_patterns.source.parse import Parsed, glimpsed, parse, readable
from flake8_celery_patterns.source.walk import children
from tests.source.python_files import own_files, sample, standard_library

PATHS = [*sample(own_files(), 40), *sample(standard_library(), 10)]
SHOP = """\
import os


# Above.
@task(  # beside
    name='é',
)
def ship(order, *, why=("a" "b"), **others):
    x = f"{order}" 'y'; return -order or (why)


def quiet():
    a = 1
    return a


class Shop(Base): tax: int = 1 + \\
    2
"""


def statements(light: Parsed, real: Parsed) -> Iterator[tuple[cst.CSTNode, cst.CSTNode]]:
    return zip(light.module.body, real.module.body, strict=True)


def pairs(light: cst.CSTNode, real: cst.CSTNode) -> Iterator[tuple[cst.CSTNode, cst.CSTNode]]:
    stack = [(light, real)]
    while stack:
        one, other = stack.pop()
        if isinstance(one, (cst.BaseExpression, cst.BaseStatement, cst.Arg, cst.Param)):
            yield one, other
        if not isinstance(one, (cst.ConcatenatedString, cst.FormattedString, cst.Match)):
            stack.extend(zip(children(one), children(other), strict=True))


def both(text: str) -> tuple[Parsed, Parsed]:
    found = glimpsed(readable(text))
    assert found is not None
    return found, parse(readable(text))


def test_places_are_those_of_libcst() -> None:
    met = 0
    for text in (SHOP, *(path.read_text("utf-8") for path in PATHS)):
        if glimpsed(readable(text)) is None:
            continue
        light, real = both(text)
        for statement, other in statements(light, real):
            for one, its in pairs(statement, other):
                assert light.positions.span(one) == real.positions.span(its)
                met += 1
    assert met > 20_000


def test_what_is_completed_is_as_it_is_written() -> None:
    met = 0
    for text in (SHOP, *(path.read_text("utf-8") for path in PATHS)):
        if glimpsed(readable(text)) is None:
            continue
        light, real = both(text)
        for statement, other in statements(light, real):
            if not light.positions.complete(statement):
                continue
            written = real.module.code_for_node(other).removeprefix(_leading(real, other))
            assert real.module.code_for_node(statement).endswith(written)
            met += 1
    assert met > 500


def _leading(parsed: Parsed, node: cst.CSTNode) -> str:
    """Blank lines and comments above: libcst counts those of the first statement to the module."""
    lines = getattr(node, "leading_lines", ())
    return "".join(parsed.module.code_for_node(line) for line in lines)


def test_only_what_is_asked_for_is_parsed() -> None:
    light, _ = both(SHOP)
    assert light.positions.passes == 0
    function = cst.ensure_type(light.module.body[1], cst.FunctionDef)
    for node in (function, function.name, function.params.params[0]):
        light.positions.span(node)
        assert light.positions.passes == 1


def test_a_statement_is_completed_once() -> None:
    light, _ = both(SHOP)
    function = cst.ensure_type(light.module.body[1], cst.FunctionDef)
    with pytest.raises(AttributeError) as caught:
        _ = function.params.params[0].comma
    assert light.positions.complete(caught.value.obj)
    assert isinstance(function.params.params[0].comma, cst.Comma)
    assert not light.positions.complete(function)


def test_what_belongs_to_no_statement_has_no_place() -> None:
    light, real = both("a = not b\n")
    assert not light.positions.complete(real.module.body[0])
    assert not light.positions.complete("text")
    with pytest.raises(Unsupported):
        light.positions.span(real.module.body[0])
    line = cst.ensure_type(light.module.body[0], cst.SimpleStatementLine)
    value = cst.ensure_type(cst.ensure_type(line.body[0], cst.Assign).value, cst.UnaryOperation)
    with pytest.raises(Unsupported):
        light.positions.span(value.operator)
    with pytest.raises(Unsupported):
        _ = light.positions.indent


def test_a_statement_that_libcst_cannot_parse() -> None:
    """libcst knows no annotated name in parentheses: the whole file then says so."""
    found = glimpsed(readable("import os\n\n(a): int = 1\n"))
    assert found is not None
    assert found.positions.span(found.module.body[0]).line == 1
    with pytest.raises(Exception, match="mend its syntax"):
        found.positions.span(found.module.body[1])

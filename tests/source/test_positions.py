"""Places: in the original text, whatever was left out of the parse."""

from __future__ import annotations

import libcst as cst
import pytest

from flake8_celery_patterns.source.lines import split_lines
from tests.source.python_files import own_files, sample, standard_library
from tests.source.worlds import World, focused, readable, whole

PATHS = [*sample(own_files(), 20), *sample(standard_library(), 15)]
TEXTS = [text for path in PATHS if (text := readable(path))]
CHANGES = {
    "as it is": lambda text: text,
    "with Windows line ends": lambda text: text.replace("\n", "\r\n"),
    "with wide letters": lambda text: text.replace("self", "sélf").replace("'", "'😀"),
}


class Names(cst.CSTVisitor):
    def __init__(self) -> None:
        self.found: list[cst.Name] = []

    def visit_Name(self, node: cst.Name) -> None:
        self.found.append(node)


def names(world: World) -> list[cst.Name]:
    visitor = Names()
    world.parsed.module.visit(visitor)
    return visitor.found


@pytest.mark.parametrize("change", CHANGES)
def test_every_name_stands_where_it_is_said_to(change: str) -> None:
    met = 0
    for text in TEXTS:
        changed = CHANGES[change](text)
        try:
            worlds = (whole(changed), focused(changed))
        except cst.ParserSyntaxError:
            assert change == "with wide letters", "it may break a prefix or a docstring"
            continue
        lines = split_lines(changed)
        for world in worlds:
            for node in names(world):
                span = world.parsed.positions.span(node)
                assert lines[span.line - 1][span.column : span.end_column] == node.value
                assert span.end_line == span.line
                met += 1
    assert met > 1000


def test_one_pass_serves_all_questions() -> None:
    world = focused("a = b + c\n")
    assert world.parsed.positions.passes == 0
    for node in names(world):
        world.parsed.positions.span(node)
    assert world.parsed.positions.passes == 1


def test_a_node_of_many_lines() -> None:
    text = "def quiet():\n    x = 1\n    return x\n\n\nshipped = (\n    'é',\n    2)\n"
    world = focused(text)
    assert world.parsed.module.code != text
    line = world.parsed.module.body[-1]
    assert isinstance(line, cst.SimpleStatementLine)
    span = world.parsed.positions.span(line.body[0])
    assert (span.line, span.column, span.end_line, span.end_column) == (6, 0, 8, 6)

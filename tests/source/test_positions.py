"""Places: in the original text, whatever was left out of the parse."""

from __future__ import annotations

import libcst as cst
import pytest

from flake8_celery_patterns.source.lines import split_lines
from flake8_celery_patterns.source.parse import parse
from flake8_celery_patterns.source.parse import readable as readable_text
from flake8_celery_patterns.source.positions import Positions
from flake8_celery_patterns.source.walk import children
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


def test_a_statement_is_written_out_once_and_others_not_at_all() -> None:
    text = "a = b + c\n\n\ndef quiet():\n    return 1\n\n\nd = 4; e = 5\n"
    parsed = parse(readable_text(text))
    assert parsed.positions.passes == 0
    for index, passes in ((0, 1), (0, 1), (2, 2)):
        parsed.positions.span(parsed.module.body[index])
        assert parsed.positions.passes == passes


def test_statement_by_statement_is_as_all_at_once() -> None:
    met = 0
    for path in sample(own_files(), 60):
        parsed = parse(readable_text(path.read_text()))
        assert parsed.positions.starts is not None, path
        whole = Positions(parsed.module, parsed.positions.line_map)
        stack: list[cst.CSTNode] = list(parsed.module.body)
        while stack:
            node = stack.pop()
            stack.extend(children(node))
            assert parsed.positions.span(node) == whole.span(node), path
            met += 1
    assert met > 10_000


@pytest.mark.parametrize(
    "text",
    [
        "# head\n\n\n# own\n@first\n# between\n@second(\n    1)\ndef f(): return x\n",
        "x = 1; y = 2\nz = 3\n",
        "if a:\n    pass\n# before\nelif b:\n    x\n\n# tail\nclass A: x = 1; y = 2\n",
        "\n\n  \n'doc'\n\f\ntry:\n    x\nfinally:\n    y\n\n\nz",
        "def f():\n    x = 1\n    y = 2\n\n\nasync def g(): await h()\nwith a as b: c\nmatch = 1\n",
    ],
)
def test_where_statements_begin(text: str) -> None:
    parsed = parse(readable_text(text))
    whole = Positions(parsed.module, parsed.positions.line_map)
    assert parsed.positions.starts is not None
    for statement in parsed.module.body:
        for node in (statement, *children(statement)):
            assert parsed.positions.span(node) == whole.span(node)


def test_a_node_of_many_lines() -> None:
    text = "def quiet():\n    x = 1\n    return x\n\n\nshipped = (\n    'é',\n    2)\n"
    world = focused(text)
    assert world.parsed.module.code != text
    line = world.parsed.module.body[-1]
    assert isinstance(line, cst.SimpleStatementLine)
    span = world.parsed.positions.span(line.body[0])
    assert (span.line, span.column, span.end_line, span.end_column) == (6, 0, 8, 6)

"""The comments of the fixtures are read as written, and a slip in one is an error."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.expectations import Expectation, read_expectations, read_options

FIXTURES = Path(__file__).parent.parent / "fixtures"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", set(), id="empty file"),
        pytest.param("ship.delay(order)\n", set(), id="no comment"),
        pytest.param("ship.delay(order)  # an order of CEL101\n", set(), id="prose"),
        pytest.param("ship.delay(order)  # noqa: CEL101\n", set(), id="noqa"),
        pytest.param("# see CEL101: 4\nx = 1\n", set(), id="prose on a line of its own"),
        pytest.param('x = "# CEL101: 0"\n', set(), id="string"),
        pytest.param('x = """\ny  # CEL101: 0\n"""\n', set(), id="string of several lines"),
        pytest.param(
            "ship.delay(order)  # CEL101: 11\n", {Expectation(1, 11, "CEL101", "")}, id="one"
        ),
        pytest.param(
            "ship.delay(order)  # CEL101: 11",
            {Expectation(1, 11, "CEL101", "")},
            id="no newline at the end",
        ),
        pytest.param(
            "ship.delay(order)  # CEL101: 11 the order `order`\n",
            {Expectation(1, 11, "CEL101", "the order `order`")},
            id="words",
        ),
        pytest.param(
            "ship.delay(order)  # CEL101: 11 of 7: 3\n",
            {Expectation(1, 11, "CEL101", "of 7: 3")},
            id="words with digits and a colon",
        ),
        pytest.param(
            "ship.delay(order)  # CEL101: 11   \n",
            {Expectation(1, 11, "CEL101", "")},
            id="blanks at the end",
        ),
        pytest.param(
            "ship.delay(a, b)  # CEL101: 11 | CEL101: 14 words\n",
            {Expectation(1, 11, "CEL101", ""), Expectation(1, 14, "CEL101", "words")},
            id="two on a line",
        ),
        pytest.param(
            "ship.delay(a, b)  # CEL101: 11 words | CEL102: 11\n",
            {Expectation(1, 11, "CEL101", "words"), Expectation(1, 11, "CEL102", "")},
            id="two codes at one place",
        ),
        pytest.param(
            "ship.delay(a)  # noqa: E501  # CEL101: 11\n",
            {Expectation(1, 11, "CEL101", "")},
            id="after another comment",
        ),
        pytest.param(
            "ship.delay(\n    a,\n    b,  # CEL101: 4\n)\n",
            {Expectation(3, 4, "CEL101", "")},
            id="inside a call of several lines",
        ),
        pytest.param(
            'x = f("""\n\n""", a)  # CEL101: 5\n',
            {Expectation(3, 5, "CEL101", "")},
            id="after a string of several lines",
        ),
        pytest.param(
            'ship.delay("Größe 😀", order)  # CEL101: 22\n',
            {Expectation(1, 22, "CEL101", "")},
            id="columns are code points",
        ),
        pytest.param(
            "x = 1\r\nship.delay(a)  # CEL101: 11\r\n",
            {Expectation(2, 11, "CEL101", "")},
            id="CRLF",
        ),
        pytest.param(
            "x = 1\n\x0c\nship.delay(a)  # CEL101: 11\n",
            {Expectation(3, 11, "CEL101", "")},
            id="a form feed is no line of its own",
        ),
    ],
)
def test_reads_expectations(text: str, expected: set[Expectation]) -> None:
    assert read_expectations(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("f(a)  # CEL101\n", "line 1: 'CEL101' is not an expectation"),
        ("f(a)  # CEL101:\n", "line 1: 'CEL101:' is not an expectation"),
        ("f(a)  # CEL101:2\n", "line 1: 'CEL101:2' is not an expectation"),
        ("f(a)  # CEL101 : 2\n", "line 1: 'CEL101 : 2' is not an expectation"),
        ("f(a)  # CEL101: a\n", "line 1: 'CEL101: a' is not an expectation"),
        ("f(a)  # CEL101: -1\n", "line 1: 'CEL101: -1' is not an expectation"),
        ("f(a)  # CEL101: 2words\n", "line 1: 'CEL101: 2words' is not an expectation"),
        ("f(a)  # CEL101: 2  words\n", "line 1: 'CEL101: 2  words' is not an expectation"),
        ("f(a)  # CEL10: 2\n", "line 1: 'CEL10: 2' is not an expectation"),
        ("f(a)  # CEL1011: 2\n", "line 1: 'CEL1011: 2' is not an expectation"),
        ("f(a)  # CEL 101: 2\n", "line 1: 'CEL 101: 2' is not an expectation"),
        ("f(a)  # CEL-101: 2\n", "line 1: 'CEL-101: 2' is not an expectation"),
        ("f(a)  # cel101: 2\n", "line 1: 'cel101: 2' is not an expectation"),
        ("f(a)  # CEL101 fires here\n", "line 1: 'CEL101 fires here' is not an expectation"),
        ("f(a)  # CEL101: 2 | words\n", "line 1: 'words' is not an expectation"),
        ("f(a)  # CEL101: 2 Order|None\n", "line 1: 'CEL101: 2 Order|None' is not an expectation"),
        ("f(a)  # CEL101: 2 | \n", "line 1: 'CEL101: 2 |' is not an expectation"),
        ("x = 1\nf(a)  #CEL101 2\n", "line 2: 'CEL101 2' is not an expectation"),
        ("# CEL101: 0\nf(a)\n", "line 1: an expectation must follow the code it is about"),
        ("f(\n    # CEL101: 4\n    a)\n", "line 2: an expectation must follow the code"),
        ("f(a)  # CEL101: 4\n", "line 1: no code starts at column 4 of 'f(a)'"),
        ("f(a)  # CEL101: 6\n", "line 1: no code starts at column 6"),
        ("f(a)  # CEL101: 80\n", "line 1: no code starts at column 80"),
        ("f(a)  # CEL101: 2 | CEL101: 2\n", "line 1: CEL101 is expected twice at column 2"),
        ("f('\n", "the fixture cannot be split into tokens"),
        ("f(\n", "the fixture cannot be split into tokens"),
        ("if a:\n    b\n  c\n", "the fixture cannot be split into tokens"),
    ],
)
def test_malformed_expectations_are_errors(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        read_expectations(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", {}, id="empty file"),
        pytest.param("x = 1\n", {}, id="none"),
        pytest.param('"""# options: a=b"""\n', {}, id="string"),
        pytest.param("x = 1  # the options are many\n", {}, id="prose"),
        pytest.param(
            "# options: task-decorators=job,other\n", {"task-decorators": "job,other"}, id="one"
        ),
        pytest.param("# options: a=b c-d=2\nx = 1\n", {"a": "b", "c-d": "2"}, id="two in a line"),
        pytest.param(
            "#!/usr/bin/env python\n\n# options: a=b\n# options: c=d\n\n",
            {"a": "b", "c": "d"},
            id="two lines, below another comment",
        ),
        pytest.param("# options: a\n", {"a": ""}, id="a switch"),
        pytest.param("# options: a b=c\n", {"a": "", "b": "c"}, id="a switch and a value"),
        pytest.param("# options: a=b=c\n", {"a": "b=c"}, id="an equals sign in the value"),
        pytest.param('# options: a=b\n"""Text."""\n', {"a": "b"}, id="above the docstring"),
    ],
)
def test_reads_options(text: str, expected: dict[str, str]) -> None:
    assert read_options(text) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# options: a=\n", "line 1: 'a=' is neither name=value nor a name"),
        ("# options: =b\n", "line 1: '=b' is neither"),
        ("# options: --celery-a=b\n", "line 1: '--celery-a=b' is neither"),
        ("# options: task_decorators=b\n", "line 1: 'task_decorators=b' is neither"),
        ("# options: a = b\n", "line 1: '=' is neither"),
        ("# options: a=b, c\n", "line 1: 'a=b,' is neither"),
        ("# options: a, b\n", "line 1: 'a,' is neither"),
        ("# options: a a=b\n", "line 1: the option a is set twice"),
        ("# options: a=b a=c\n", "line 1: the option a is set twice"),
        ("# options: a=b\n# options: a=b\n", "line 2: the option a is set twice"),
        ("# options:\n", "line 1: '# options:' is not '# options: name=value'"),
        ("#options: a=b\n", "line 1: '#options: a=b' is not"),
        ("# option: a=b\n", "line 1: '# option: a=b' is not"),
        ("# Options: a=b\n", "line 1: '# Options: a=b' is not"),
        ("x = 1  # options: a=b\n", "line 1: options must stand above all code"),
        ('"""Text."""\n# options: a=b\n', "line 2: options must stand above all code"),
        ("f('\n", "the fixture cannot be split into tokens"),
    ],
)
def test_malformed_options_are_errors(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        read_options(text)


def test_every_fixture_can_be_read() -> None:
    sources = sorted(path for path in FIXTURES.rglob("*.py") if not path.name.endswith(".fixed.py"))
    expected = 0
    for source in sources:
        text = source.read_text(encoding="utf-8")
        read_options(text)
        if source.name.startswith("good"):
            assert read_expectations(text) == set(), source
        expected += len(read_expectations(text))
    assert expected > 0

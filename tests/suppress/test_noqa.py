"""Which findings a comment hides: flake8's own answer, for texts of every shape."""

from __future__ import annotations

import ast
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_celery_patterns.finding import Finding, Span
from flake8_celery_patterns.suppress.noqa import Noqa, silenced


def found(line: int, code: str = "CEL101") -> Finding:
    """A finding in `line`."""
    return Finding(Span(line, 0, line, 1), code, "words")


def hidden_lines(text: str, code: str = "CEL101") -> list[int]:
    """The lines of `text` in which a comment hides `code`."""
    lines = range(1, text.count("\n") + 2)
    return sorted(f.span.line for f in silenced(text, [found(line, code) for line in lines]))


SHOWN = [
    "f()\n",
    "f()  # nothing\n",
    "f()  # noqa: E501\n",
    "f()  # noqa: CEL102\n",
    "f()  # noqa: CEL2,E501\n",
    "f()  # noqa: cel101\n",
    "f()  # no-qa\n",
    "f()  #noqa\n",
    "f()  # flake8: noqa\n",
    "f()  # noqa: E501  # noqa: CEL101\n",
    "# noqa\nf()\n# noqa\n",
    "f(\n    x,  # noqa\n)\n",
    # Broken text: no line is joined with another.
    "f(\n'''\n''')  # noqa\n(",
]
HIDDEN = [
    "f()  # noqa\n",
    "f()  # NoQA\n",
    "f()  # noqa: CEL101\n",
    "f()  # noqa:CEL101\n",
    "f()  # noqa: E501,CEL101\n",
    "f()  # noqa: E501 CEL1\n",
    "f()  # noqa : E501\n",
    "f()  # noqa:  E501\n",
    "f()  # noqa: CEL\n",
    "f()  # words # noqa: CEL101 because\n",
    "f()  # noqa",
    "f('# noqa')\n",
    "f('''\n''')  # noqa: CEL101\n",
    "f('''\n# noqa: CEL101\n''')\n",
    "f() + \\\n    1  # noqa: CEL101\n",
    "\ufefff()  # noqa\n",
    "f()  # noqa\r\n",
    "\x0cf()  # noqa\n",
    "f()  # noqa\nif (",
    "f('''\n''')  # noqa",
    "f('\ud800')  # noqa",
]
WHOLE_FILE = [
    "# flake8: noqa\n",
    "  # Flake8:NoQA\n",
    "# flake8=noqa\n",
    "x = '''\n# flake8: noqa'''\n",
]


@pytest.mark.parametrize("text", SHOWN)
def test_a_finding_is_shown(text: str) -> None:
    line = 2 if text.startswith("#") else 1
    assert line not in hidden_lines(text)


@pytest.mark.parametrize("text", HIDDEN)
def test_a_comment_hides_a_finding(text: str) -> None:
    assert 1 in hidden_lines(text)


@pytest.mark.parametrize("comment", WHOLE_FILE)
def test_a_comment_hides_all_findings_of_a_file(comment: str) -> None:
    text = f"f()\n{comment}g()\n"
    assert silenced(text, findings := [found(1), found(3, "CEL201")]) == set(findings)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_are_counted_whatever_ends_them(end: str) -> None:
    text = "f()\n\x0cg('''\n\u2028\n''')  # noqa\nh()\n".replace("\n", end)
    assert [f.span.line for f in [found(n) for n in range(1, 6)] if Noqa(text).hides(f)] == [
        2,
        3,
        4,
    ]


def test_a_line_that_is_not_there_is_no_error() -> None:
    # A file may have changed since.
    assert hidden_lines("# noqa", "CEL101") == [1]
    assert not silenced("x = 1  # noqa\n(", [found(9)])


def test_a_file_without_the_word_costs_nothing() -> None:
    program = (
        "import sys; from flake8_celery_patterns.suppress.noqa import silenced;"
        "silenced('f()', []); assert not [m for m in sys.modules if m.startswith('flake8.')]"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


PIECES = (
    "f()", "x = (1,", "2)", "'''", '"""', "\\", "# noqa", "# noqa: CEL101", "# noqa: E501", "# a",
    "\n", "\n", "\n", "    ", "if x:", "f'''{", "}'''", "\x0c", "\t", "g(", ")", ";",
)  # fmt: skip


def comments(text: str) -> Iterator[tuple[int, int]]:
    for token in tokenize.generate_tokens(StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_stretches_cover_each_line_once_and_hold_its_comment(text: str) -> None:
    # Before Python 3.12, the tokenizer ends no line that the file does not end.
    text += "\n"
    noqa = Noqa(text)
    stretches = list(noqa.stretches())
    try:
        ast.parse(text)
        expected = list(comments(text))
    except (SyntaxError, ValueError, tokenize.TokenError):
        return
    lines = [line for s in stretches for line in range(s.first, s.last + 1)]
    assert lines == sorted(set(lines))
    assert expected == [s.place(s.comment) for s in stretches if s.comment is not None]
    for stretch in stretches:
        alone = "".join(text.split("\n")[stretch.first - 1 : stretch.last])
        assert stretch.text.replace("\n", "") == alone
        if stretch.comment is not None:
            assert stretch.text[stretch.comment] == "#"


def test_a_text_that_is_no_python_has_no_stretches() -> None:
    noqa = Noqa("if (  # noqa")
    assert (list(noqa.stretches()), noqa.stretch(1)) == ([], None)

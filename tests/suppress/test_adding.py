"""Comments that are added hide what they are added for, and change nothing else."""

from __future__ import annotations

import ast
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_celery_patterns.finding import Finding, Span
from flake8_celery_patterns.suppress.adding import with_noqa
from flake8_celery_patterns.suppress.noqa import silenced


def found(line: int, code: str = "CEL101") -> Finding:
    """A finding in `line`."""
    return Finding(Span(line, 0, line, 1), code, "words")


UNCHANGED = [
    ("f()\n", []),
    ("f()  # noqa\n", [found(1)]),
    ("f()  # noqa: CEL1\n", [found(1)]),
    ("# flake8: noqa\nf()\n", [found(2)]),
    # no comment helps there
    ("f()\n", [found(1, "CEL001")]),
    ("f()  # noqa: CEL102\n", [found(1, "CEL002")]),
]
LEFT = [
    ("f('# noqa: E501')\n", [found(1)]),
    ("f('# noqa: E501')  # noqa: E1\n", [found(1)]),
    ("f('''\n# noqa: E501\n''')\n", [found(1)]),
    ("f(\n", [found(1)]),
    ("f()\n", [found(7)]),
]
CHANGED = [
    ("f()\n", [found(1)], "f()  # noqa: CEL101\n"),
    ("f()", [found(1)], "f()  # noqa: CEL101"),
    ("f()\r\ng()\r\n", [found(1)], "f()  # noqa: CEL101\r\ng()\r\n"),
    ("f()\rg()\r", [found(2)], "f()\rg()  # noqa: CEL101\r"),
    ("\ufefff()\n", [found(1)], "\ufefff()  # noqa: CEL101\n"),
    ("f()  \t\n", [found(1)], "f()  # noqa: CEL101\n"),
    ("\x0cf('😀')\n", [found(1)], "\x0cf('😀')  # noqa: CEL101\n"),
    ("f()\n", [found(1, "CEL201"), found(1), found(1)], "f()  # noqa: CEL101, CEL201\n"),
    ("f()\ng()\n", [found(2), found(1)], "f()  # noqa: CEL101\ng()  # noqa: CEL101\n"),
    ("f()  # words\n", [found(1)], "f()  # words  # noqa: CEL101\n"),
    ("f()  # type: ignore\n", [found(1)], "f()  # type: ignore  # noqa: CEL101\n"),
    # a comment that is there
    ("f()  # noqa: E501\n", [found(1)], "f()  # noqa: E501, CEL101\n"),
    ("f()  # noqa:E501\n", [found(1)], "f()  # noqa:E501, CEL101\n"),
    ("f()  # noqa: A1,B2 \n", [found(1)], "f()  # noqa: A1,B2,CEL101 \n"),
    ("f()  # noqa: A1 B2\n", [found(1)], "f()  # noqa: A1 B2 CEL101\n"),
    ("f()  # noqa: E501, \n", [found(1)], "f()  # noqa: E501, CEL101, \n"),
    ("f()  # noqa: E501 for ages\n", [found(1)], "f()  # noqa: E501, CEL101 for ages\n"),
    ("f()  # noqa: E501 # words\n", [found(1)], "f()  # noqa: E501, CEL101 # words\n"),
    ("f()  # noqa: CEL201\n", [found(1)], "f()  # noqa: CEL201, CEL101\n"),
    # where flake8 looks
    ("f('''\n''', x)\n", [found(1)], "f('''\n''', x)  # noqa: CEL101\n"),
    ("f('''\n''',\n  x)\n", [found(1)], "f('''\n''',  # noqa: CEL101\n  x)\n"),
    ("f() + \\\n  g()\n", [found(1)], "f() + \\\n  g()  # noqa: CEL101\n"),
    ("f(\n  x,\n)\n", [found(1)], "f(  # noqa: CEL101\n  x,\n)\n"),
    ("x = '''\n'''", [found(1)], "x = '''\n'''  # noqa: CEL101"),
    ("f()\\\n\n", [found(1)], "f()\\\n  # noqa: CEL101\n"),
    ("f('''\n'''); g('''\n''')\n", [found(3)], "f('''\n'''); g('''\n''')  # noqa: CEL101\n"),
]


@pytest.mark.parametrize(("text", "findings"), UNCHANGED)
def test_what_needs_no_comment_gets_none(text: str, findings: list[Finding]) -> None:
    done = with_noqa(text, findings)
    assert (done.text, done.hidden, done.left) == (text, (), ())


@pytest.mark.parametrize(("text", "findings"), LEFT)
def test_what_no_comment_can_hide_is_left_and_named(text: str, findings: list[Finding]) -> None:
    done = with_noqa(text, findings)
    assert (done.text, done.hidden, done.left) == (text, (), tuple(findings))


@pytest.mark.parametrize(("text", "findings", "expected"), CHANGED)
def test_a_comment_is_added(text: str, findings: list[Finding], expected: str) -> None:
    done = with_noqa(text, findings)
    assert (done.text, done.hidden, done.left) == (expected, tuple(findings), ())
    assert silenced(expected, findings) == set(findings)
    assert with_noqa(expected, findings).text == expected


@pytest.mark.skipif(sys.version_info < (3, 12), reason="one token before Python 3.12")
def test_no_comment_goes_between_the_braces_of_a_string() -> None:
    text = 'x = f"""{\n  f()\n}"""\n'
    assert with_noqa(text, [found(2)]).left == (found(2),)
    assert with_noqa(text, [found(3)]).text == text[:-1] + "  # noqa: CEL101\n"


PIECES = (
    "f()", "x = (1,", "2)", "'''", "'a\\\nb'", "\\\n", "  # noqa", "  # noqa: E501", "  # a",
    "\n", "\n", "\n", "if x:\n    ", "f'''{", "}'''", "\x0c", "\t", "g(", ")", ";", " + ",
)  # fmt: skip


@given(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=14).map("".join),
    st.lists(st.integers(1, 12), min_size=1, max_size=3),
)
def test_the_program_stays_the_same(text: str, lines: list[int]) -> None:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    findings = [found(line) for line in lines if line <= text.count("\n") + 1]
    done = with_noqa(text, findings)
    assert ast.dump(ast.parse(done.text)) == ast.dump(tree)
    assert silenced(done.text, findings) == set(findings) - set(done.left)
    assert with_noqa(done.text, findings).text == done.text

"""CEL002: a code of ours in a `# noqa` that hides nothing, and its fix."""

from __future__ import annotations

import ast
from collections.abc import Collection

import pytest

from flake8_celery_patterns.finding import Finding, Span
from flake8_celery_patterns.fixes.apply import applied
from flake8_celery_patterns.settings import Settings
from flake8_celery_patterns.source.lines import split_lines
from flake8_celery_patterns.suppress.noqa import Noqa
from flake8_celery_patterns.suppress.select import selected
from flake8_celery_patterns.suppress.unused import may_have_unused, unused_noqa

OPTED_IN = Settings(extend_select=("CEL002",))


def found(line: int, code: str = "CEL101") -> Finding:
    """A finding in `line`."""
    return Finding(Span(line, 0, line, 1), code, "words")


def unused(
    text: str, findings: Collection[Finding] = (), settings: Settings = OPTED_IN
) -> list[Finding]:
    """The CEL002 of `text`, in which `findings` are found."""
    return unused_noqa(Noqa(text), list(findings), lambda code: selected(code, settings))


USED = [found(1), found(1, "CEL201")]
SILENT = [
    # nothing of ours
    ("f()\n", []),
    ("f()  # noqa\n", []),
    ("f()  # noqa: E501, F401\n", []),
    ("f()  # noqa: CEL\n", []),
    ("f()  # noqa: CELL1, XCEL101, CEL1011, CEL101CEL102\n", []),
    ("f()  # see noqa: CEL101\n", []),
    # it hides something
    ("f()  # noqa: CEL101\n", USED),
    ("f()  # noqa: CEL1\n", USED),
    ("f()  # noqa: E501,CEL201 CEL101\n", USED),
    ("f()  # noqa: CEL101, CEL1\n", USED),
    ("f('''\n''')  # noqa: CEL101\n", USED),
    ("f() + \\\n    1  # noqa: CEL101\n", USED),
    # not known: these are opinions, and CEL901 is off
    ("f()  # noqa: CEL901\n", []),
    ("f()  # noqa: CEL9\n", []),
    # it speaks of this rule itself
    ("f()  # noqa: CEL002\n", []),
    ("f()  # noqa: CEL0\n", []),
    # only a comparison with a git revision finds these
    ("f()  # noqa: CEL121, CEL122\n", []),
    ("f()  # noqa: CEL12\n", []),
    # no comment
    ("f('# noqa: CEL101')\n", []),
    ("'''\n# noqa: CEL101\n'''\n", []),
    # all of the file is left out, or cannot be read
    ("# flake8: noqa\nf()  # noqa: CEL101\n", []),
    ("f(  # noqa: CEL101\n", []),
    ("f()  # noqa: CEL101\n", [found(1, "CEL001")]),
]


@pytest.mark.parametrize(("text", "findings"), SILENT)
def test_it_is_silent(text: str, findings: list[Finding]) -> None:
    assert unused(text, findings) == []


@pytest.mark.parametrize(
    "settings",
    [
        Settings(),
        Settings(select=("CEL",)),
        Settings(extend_select=("CEL9",)),
        Settings(extend_select=("CEL002",), ignore=("CEL002",)),
        # CEL101 is not looked for, so nobody knows.
        Settings(select=("CEL002", "CEL2")),
        Settings(extend_select=("CEL002",), ignore=("CEL1",)),
    ],
)
def test_it_is_silent_unless_both_it_and_the_rule_are_selected(settings: Settings) -> None:
    assert unused("f()  # noqa: CEL101\n", [], settings) == []


def test_a_prefix_is_judged_only_if_all_that_it_stands_for_is_selected() -> None:
    text = "f()  # noqa: CEL3\n"
    assert unused(text)
    assert unused(text, [], Settings(extend_select=("CEL002",), ignore=("CEL303",))) == []


def test_an_opinion_is_judged_if_it_is_selected() -> None:
    text = "f()  # noqa: CEL901\n"
    assert unused(text, [], Settings(extend_select=("CEL002", "CEL901")))


GIVEN = [
    # text, findings, the code underlined, a part of the message, the text after the fix
    ("f()  # noqa: CEL101\n", [], "CEL101", "remove the code", "f()\n"),
    ("f()  # noqa: CEL101", [], "CEL101", "remove the code", "f()"),
    ("f()  # noqa: CEL101  \r\ng()\r\n", [], "CEL101", "remove the code", "f()\r\ng()\r\n"),
    ("\ufefff()  # noqa:CEL101\n", [], "CEL101", "remove the code", "\ufefff()\n"),
    ("f()  # NOQA: CEL2\n", [], "CEL2", "remove the code", "f()\n"),
    ("f()  # noqa: CEL10\n", [found(1, "CEL110")], "CEL10", "remove the code", "f()\n"),
    ("f()  # noqa: CEL101\n", [found(2)], "CEL101", "remove the code", "f()\n"),
    # what else stands in the comment stays
    ("f()  # noqa: E501, CEL101\n", [], "CEL101", "remove", "f()  # noqa: E501\n"),
    ("f()  # noqa: CEL101, E501\n", [], "CEL101", "remove", "f()  # noqa: E501\n"),
    ("f()  # noqa:A1,CEL101,B2\n", [], "CEL101", "remove", "f()  # noqa:A1,B2\n"),
    ("f()  # noqa: CEL201 CEL101 x\n", USED[1:], "CEL101", "remove", "f()  # noqa: CEL201 x\n"),
    ("f()  # words # noqa: CEL101\n", [], "CEL101", "remove", "f()  # words\n"),
    ("f()  # noqa: CEL101  # words\n", [], "CEL101", "remove", "f()  # words\n"),
    ("f()  # noqa: CEL101 - words\n", [], "CEL101", "remove", "f()  # words\n"),
    ("f()  # noqa: CEL101: words\n", [], "CEL101", "remove", "f()  # words\n"),
    ("f()  # a # noqa: CEL101 # b\n", [], "CEL101", "remove", "f()  # a # b\n"),
    # a comment that has the line to itself takes the line with it
    ("f()\n# noqa: CEL101\ng()\n", [], "CEL101", "remove", "f()\ng()\n"),
    ("f()\n    # noqa: CEL101", [], "CEL101", "remove", "f()\n"),
    # where flake8 looks
    ("f('''\n''', x)  # noqa: CEL101\n", [], "CEL101", "remove", "f('''\n''', x)\n"),
    ("f(\n    x,  # noqa: CEL101\n)\n", [found(1)], "CEL101", "remove", "f(\n    x,\n)\n"),
    ("f()  # noqa: E1  # noqa: CEL101\n", [], "CEL101", "remove", "f()  # noqa: E1\n"),
    # no such rule; not the code that hides, so no fix
    ("f()  # noqa: CEL199\n", [], "CEL199", "no such rule", "f()\n"),
    ("f()  # noqa: cel101\n", [], "cel101", "remove", "f()\n"),
    ("f()  # noqa: cel101\n", USED, "cel101", "write CEL101", None),
    ("f()  # noqa: E1  # noqa: CEL101\n", USED, "CEL101", "only the first", None),
    ("f('# noqa: E1')  # noqa: CEL101\n", USED, "CEL101", "only the first", None),
    # what is left would hide everything
    ("f()  # noqa: CEL101 # noqa\n", [], "CEL101", "remove", None),
    ("f()  # noqa: CEL101 noqa\n", [], "CEL101", "remove", None),
]


@pytest.mark.parametrize(("text", "findings", "code", "says", "fixed"), GIVEN)
def test_it_is_given(
    text: str, findings: list[Finding], code: str, says: str, fixed: str | None
) -> None:
    (finding,) = unused(text, findings)
    span = finding.span
    line = split_lines(text.removeprefix("\ufeff"))[span.line - 1]
    assert (finding.code, span.end_line) == ("CEL002", span.line)
    assert line[span.column : span.end_column] == code
    assert finding.message.startswith(f"`# noqa: {code}` hides nothing: ")
    assert says in finding.message
    if fixed is None:
        assert finding.fix is None
        return
    assert finding.fix is not None
    assert finding.fix.safe
    assert applied(text, [finding.fix])[0] == fixed
    source = text.removeprefix("\ufeff"), fixed.removeprefix("\ufeff")
    assert ast.dump(ast.parse(source[0])) == ast.dump(ast.parse(source[1]))
    assert unused(fixed, findings) == []


def test_several_are_taken_out_in_rounds() -> None:
    text = "f()  # noqa: CEL101, E501, CEL102, CEL103\n"
    rounds = 0
    while fixes := [finding.fix for finding in unused(text) if finding.fix]:
        text, _ = applied(text, fixes)
        rounds += 1
    assert (text, rounds <= 3) == ("f()  # noqa: E501\n", True)


def test_they_are_given_in_the_order_of_their_places() -> None:
    text = "f()  # noqa: CEL102, CEL101\ng()\nh()  # noqa: CEL2\n"
    places = [(finding.span.line, finding.span.column) for finding in unused(text)]
    assert places == [(1, 13), (1, 21), (3, 13)]


@pytest.mark.parametrize(
    ("text", "may"), [("f()  # noqa: E501\n# CEL101\n", False), ("CEL1", False)]
)
def test_most_files_are_passed_over_by_their_text(text: str, may: bool) -> None:
    assert may_have_unused(text) is may_have_unused(text.encode()) is may


@pytest.mark.parametrize("text", [text for text, *_ in GIVEN])
def test_no_file_that_has_one_is_passed_over(text: str) -> None:
    assert may_have_unused(text)
    assert may_have_unused(text.encode())

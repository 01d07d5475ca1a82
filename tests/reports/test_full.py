"""The format `full`: what is marked, how much is shown, and that nothing harms a terminal."""

from __future__ import annotations

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from flake8_celery_patterns.finding import Edit, Fix, Span
from flake8_celery_patterns.reports import full
from tests.reports.showing import Terminal, finding, replacing, result, run, written

LONG = 5000


def frame(text: str, *place: int, fix: Fix | None = None, encoding: str = "utf-8") -> str:
    """What is printed below the header of one finding, without the blank line at the end."""
    what = run(result(text, finding(*place, fix=fix)))
    header, _, rest = written(full.write, what, encoding=encoding).partition("\n")
    assert header.endswith("missing-bind: is wrong")
    assert rest.endswith("\n\n")
    return rest[:-2]


def expected(text: str) -> str:
    return dedent(text).strip("\n")


def test_nothing_found_is_nothing_written() -> None:
    assert written(full.write, run(result("x = 1\n"))) == ""


def test_a_finding_has_its_code_name_message_place_and_the_lines_around_it() -> None:
    text = "a = 1\n\nb = 2\nsend(it)\n\nd = 4\ne = 5\n"
    twice = run(result(text, finding(4, 5, 4, 7), finding(7, 0, 7, 1, code="CEL001")))
    assert written(full.write, twice) == expected(
        """
        CEL201 missing-bind: is wrong
         --> views.py:4:6
          |
        3 | b = 2
        4 | send(it)
          |      ^^
        5 |
        6 | d = 4

        CEL001 unreadable-file: is wrong
         --> views.py:7:1
          |
        6 | d = 4
        7 | e = 5
          | ^

        """
    ) + ("\n\n")


PLACES = {
    "a tab": ("\tsend(it)\n", (1, 6, 1, 8), "1 |     send(it)\n  |          ^^"),
    "wide characters": ("日本('語', it)\n", (1, 3, 1, 6), "1 | 日本('語', it)\n  |      ^^^^"),
    "a combining mark": ("e\u0301 = it\n", (1, 5, 1, 7), "1 | e\u0301 = it\n  |     ^^"),
    "an escape": ("\x1b[31m = it\n", (1, 8, 1, 10), r"1 | \x1b[31m = it" + "\n  |            ^^"),
    "turned text": ("'\u202e', it\n", (1, 5, 1, 7), r"1 | '\u202e', it" + "\n  |           ^^"),
    "a form feed": ("\fa\nit\n", (2, 0, 2, 2), "1 | \\x0ca\n2 | it\n  | ^^"),
    "CRLF": ("it\r\nb\r\n", (1, 0, 1, 2), "1 | it\n  | ^^\n2 | b"),
    "a BOM": ("\ufeffit\n", (1, 0, 1, 2), "1 | it\n  | ^^"),
    "no width": ("send(\n", (1, 5, 1, 5), "1 | send(\n  |      ^"),
    "a column behind the line": ("it\n", (1, 9, 1, 12), "1 | it\n  |   ^"),
    "a column far behind it": ("it\n", (1, 500, 1, 502), "1 | it\n  |   ^"),
    "whole lines": ("x(\n  a,\n)\n", (1, 0, 3, 1), "1 | / x(\n2 | |   a,\n3 | | )\n  | |_^"),
    "the start of the next line": ("it\nb\n", (1, 0, 2, 0), "1 | it\n  | ^^\n2 | b"),
    "a file that is shorter now": ("x(\n  a", (1, 0, 3, 1), "1 | / x(\n2 | |   a\n  | |___^"),
    "several lines, from within one": (
        "x = send(\n    a, '語'\n", (1, 4, 2, 10),
        "1 |   x = send(\n  |  _____^\n2 | |     a, '語'\n  | |___________^",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "place", "shown"), PLACES.values(), ids=PLACES.keys())
def test_exactly_the_place_is_marked(text: str, place: tuple[int, ...], shown: str) -> None:
    _, _, below = frame(text, *place).partition("  |\n")
    assert below == shown


def test_of_a_place_with_many_lines_the_middle_is_left_out() -> None:
    text = "send(\n" + "".join(f"    a{number},\n" for number in range(2, 22)) + ")\n"
    assert frame(text, 1, 0, 22, 1) == expected(
        """
           --> views.py:1:1
            |
          1 | / send(
          2 | |     a2,
          3 | |     a3,
          4 | |     a4,
          5 | |     a5,
        ... | |
         21 | |     a21,
         22 | | )
            | |_^
        """
    )


@pytest.mark.parametrize(
    ("start", "end"),
    [(0, 2), (100, 102), (LONG // 2, LONG // 2 + 2), (LONG - 2, LONG), (10, LONG), (3000, 4000)],
)
@pytest.mark.parametrize("character", ["x", "語", "\x00"])
def test_a_long_line_is_cut_around_the_place(character: str, start: int, end: int) -> None:
    line = character * start + "i" * (end - start) + character * (LONG - end)
    source, marks = frame(f"{line}\n", 1, start, 1, end).splitlines()[2:4]
    assert cell_len(source) <= 140
    assert source.endswith("...") is (end < LONG or end - start > 140)
    marked = source[len(source) - len(source.lstrip()) :]
    first, last = marks.index("^"), marks.rindex("^") + 1
    assert _cells(source, first, last) == "i" * (last - first)
    assert last - first >= min(end - start, 80), marked


def _cells(text: str, start: int, end: int) -> str:
    """What stands in these cells of a printed text."""
    found, cell = "", 0
    for character in text:
        found += character if start <= cell < end else ""
        cell += cell_len(character)
    return found


class TestFixes:
    def test_a_safe_fix_is_marked_and_shown(self) -> None:
        what = finding(1, 5, 1, 7, fix=replacing(1, 7, 1, 7, text=".pk"))
        assert (
            written(full.write, run(result("send(it)\n", what)))
            == expected(
                """
            CEL201 [*] missing-bind: is wrong
             --> views.py:1:6
              |
            1 | send(it)
              |      ^^
              |
            help: Mend it (safe fix: --fix)
              |
            1 - send(it)
            1 + send(it.pk)

            """
            )
            + "\n\n"
        )

    def test_an_unsafe_fix_says_so(self) -> None:
        fix = replacing(1, 5, 1, 7, text="1", safe=False)
        header, *_, helped, _, old, new = written(
            full.write, run(result("send(it)\n", finding(1, 5, 1, 7, fix=fix)))
        ).split("\n")[:-2]
        assert header == "CEL201 missing-bind: is wrong"
        assert helped == "help: Mend it (unsafe fix: --fix --unsafe-fixes)"
        assert (old, new) == ("1 - send(it)", "1 + send(1)")

    def test_edits_in_several_places_are_shown_without_what_stays_between(self) -> None:
        edits = (
            Edit(Span(1, 0, 1, 0), "import a\n"),
            Edit(Span(3, 5, 4, 2), "("),
            Edit(Span(4, 4, 5, 1), ",))"),
        )
        text = "import b\n\nsend(\n  it\n)\n"
        assert frame(text, 4, 2, 4, 4, fix=Fix("Mend it", edits, True)).endswith(
            expected(
                """
                help: Mend it (safe fix: --fix)
                  |
                1 + import a
                  |
                3 - send(
                4 -   it
                5 - )
                3 + send((it,))
                """
            )
        )

    def test_whole_lines_put_above_one(self) -> None:
        fix = replacing(2, 4, 2, 4, text="try:\n    ")
        assert frame("if a:\n    it\n", 2, 4, 2, 6, fix=fix).endswith("  |\n2 +     try:")

    def test_whole_lines_taken_away(self) -> None:
        fix = replacing(1, 0, 2, 0, text="")
        assert frame("a\nb\n", 1, 0, 1, 1, fix=fix).endswith("  |\n1 - a")

    def test_a_fix_of_a_text_that_is_gone_shows_its_title_alone(self) -> None:
        fix = replacing(9, 0, 9, 1, text="")
        assert frame("a\n", 1, 0, 1, 1, fix=fix).endswith("\nhelp: Mend it (safe fix: --fix)")

    def test_a_long_line_is_cut_around_the_change(self) -> None:
        fix = replacing(1, LONG - 1, 1, LONG, text="z")
        old, new = frame("x" * LONG + "\n", 1, 0, 1, 1, fix=fix).splitlines()[-2:]
        assert old.startswith("1 - ...x")
        assert new.startswith("1 + ...x")
        assert new.endswith("xz")
        assert len(new) <= 140


def test_a_file_that_is_gone_has_no_frame() -> None:
    assert frame("", 3, 0, 3, 4) == " --> views.py:3:1"


def test_what_the_encoding_lacks_is_escaped_and_marked_all_the_same() -> None:
    text = "größe = send('語', it)\n"
    marked = "1 | gr\\xf6\\xdfe = send('\\u8a9e', it)\n  |                    ^^^^^^^^"
    assert frame(text, 1, 13, 1, 16, encoding="ascii").endswith(marked)
    assert "größe = send('\\u8a9e', it)" in frame(text, 1, 13, 1, 16, encoding="cp1252")


@given(
    text=st.text(max_size=60),
    lines=st.lists(st.integers(1, 9), min_size=2, max_size=2).map(sorted),
    columns=st.lists(st.integers(0, 300), min_size=2, max_size=2).map(sorted),
    foreign=st.text(st.characters(exclude_categories=()), max_size=9),
    encoding=st.sampled_from(["utf-8", "ascii", "cp1252", "shift_jis"]),
)
def test_only_printable_lines_come_out_whatever_goes_in(
    text: str, lines: list[int], columns: list[int], foreign: str, encoding: str
) -> None:
    place = lines[0], columns[0], lines[1], columns[1]
    fix = replacing(*place, text=foreign)
    found = finding(*place, message=foreign, fix=fix)
    out = written(full.write, run(result(text, found, name=f"{foreign}.py")), encoding=encoding)
    assert all(line.isprintable() for line in out.split("\n"))


class TestTerminal:
    @pytest.fixture(autouse=True)
    def environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("COLUMNS", "60")
        monkeypatch.setenv("NO_COLOR", "1")

    def test_sentences_are_wrapped_and_code_is_cut(self) -> None:
        words = "task naïve gets 語 " * 9
        what = finding(1, 5, 1, 7, message=words.strip())
        out = written(full.write, run(result(f"send(it, {words})\n", what)), stream=Terminal)
        header, _, code = out.partition(" --> ")
        assert len(header.splitlines()) == 4
        assert " ".join(header.split()) == f"CEL201 missing-bind: {words.strip()}"
        assert max(map(cell_len, out.splitlines())) <= 60
        assert code.count("...") == 1

    def test_no_line_ends_in_a_blank(self) -> None:
        several = finding(1, 0, 3, 1)
        out = written(
            full.write,
            run(
                result("a\n\nb\n\nc\n", finding(1, 0, 1, 1, message="word " * 20 + "end"), several)
            ),
            stream=Terminal,
        )
        assert [line for line in out.splitlines() if line != line.rstrip()] == []

    def test_a_terminal_of_no_width_at_all_is_taken_for_a_narrow_one(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", "1")
        what = run(result("send(" + "it, " * 40 + ")\n", finding(1, 5, 1, 7)))
        assert max(map(len, written(full.write, what, stream=Terminal).splitlines())) == 35

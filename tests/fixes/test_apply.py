"""Fixes made to a text: which go in together, and what stays as it was."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_celery_patterns.finding import Edit, Fix, Span
from flake8_celery_patterns.fixes.apply import applied
from flake8_celery_patterns.source.lines import split_lines


def fix(*edits: tuple[int, int, int, int, str]) -> Fix:
    return Fix("Try", tuple(Edit(Span(*place), text) for *place, text in edits), safe=True)


def test_no_fix_changes_nothing() -> None:
    assert applied("a\r\nb", []) == ("a\r\nb", ())
    assert applied("a", [Fix("Do nothing", (), safe=True)]) == ("a", ())


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("one(x)\ntwo(x)\n", "one(x)\ntwo(y)\n"),
        ("one(x)\r\ntwo(x)\r\n", "one(x)\r\ntwo(y)\r\n"),
        ("one(x)\rtwo(x)\r", "one(x)\rtwo(y)\r"),
        ("one(x)\r\ntwo(x)", "one(x)\r\ntwo(y)"),
        ("\ufeffone(x)\ntwo(x)\n", "\ufeffone(x)\ntwo(y)\n"),
        ("one\f(x)\ntwo(x)\n", "one\f(x)\ntwo(y)\n"),
        ("one\u2028(x)\ntwo(x)\n", "one\u2028(x)\ntwo(y)\n"),
        ("'😀'\n'😀(x)\n", "'😀'\n'😀(y)\n"),
        ("\tn(x)\n\tn(x)\n", "\tn(x)\n\tn(y)\n"),
    ],
    ids=["lf", "crlf", "cr", "no end", "bom", "form feed", "separator", "wide", "tab"],
)
def test_places_are_lines_and_columns_of_code_points(text: str, after: str) -> None:
    at = split_lines(text)[1].index("x")
    assert applied(text, [fix((2, at, 2, at + 1, "y"))])[0] == after


def test_the_end_of_the_text_is_a_place() -> None:
    assert applied("a\n", [fix((2, 0, 2, 0, "b\n"))])[0] == "a\nb\n"
    assert applied("a", [fix((1, 1, 1, 1, "\nb"))])[0] == "a\nb"
    assert applied("", [fix((1, 0, 1, 0, "b"))])[0] == "b"


def test_edits_of_several_lines() -> None:
    text = "call(\n    a,\n    b,\n)\n"
    assert applied(text, [fix((2, 5, 3, 5, ""))])[0] == "call(\n    a,\n)\n"


FIRST = fix((1, 0, 1, 4, "A"))


@pytest.mark.parametrize(
    "other",
    [
        fix((1, 2, 1, 6, "B")),
        fix((1, 4, 1, 6, "B")),
        fix((1, 4, 1, 4, "B")),
        fix((1, 1, 1, 2, "B")),
        fix((1, 2, 1, 2, "B")),
        fix((1, 3, 1, 9, "B")),
        fix((1, 3, 1, 3, "B"), (1, 8, 1, 9, "B")),
    ],
    ids=[
        "overlaps",
        "follows",
        "follows, empty",
        "inside",
        "inside, empty",
        "longer",
        "one of two",
    ],
)
def test_a_fix_that_meets_another_waits_as_a_whole(other: Fix) -> None:
    assert applied("0123456789", [FIRST, other]) == ("A456789", (FIRST,))


def test_fixes_that_do_not_meet_go_in_together() -> None:
    other = fix((1, 5, 1, 6, "B"), (1, 9, 1, 9, "C"))
    assert applied("0123456789", [other, FIRST]) == ("A4B678C9", (FIRST, other))


def test_a_fix_may_stand_between_the_edits_of_another() -> None:
    outer, inner = fix((1, 0, 1, 0, "("), (1, 9, 1, 9, ")")), fix((1, 4, 1, 5, "-"))
    assert applied("0123456789", [inner, outer]) == ("(0123-5678)9", (outer, inner))


def test_the_same_import_twice_goes_in_once() -> None:
    one = fix((1, 0, 1, 0, "import pk\n"), (1, 3, 1, 4, "A"))
    two = fix((1, 0, 1, 0, "import pk\n"), (1, 7, 1, 8, "B"))
    assert applied("0123456789", [one, two]) == ("import pk\n012A456789", (one,))


def test_edits_of_one_fix_may_touch_and_stay_in_order() -> None:
    own = fix((1, 2, 1, 2, "("), (1, 2, 1, 2, "["), (1, 2, 1, 4, "x"), (1, 4, 1, 4, "])"))
    assert applied("0123456789", [own])[0] == "01([x])456789"


def test_a_fix_whose_own_edits_overlap_never_goes_in() -> None:
    assert applied("0123456789", [fix((1, 2, 1, 5, "x"), (1, 4, 1, 6, "y"))])[1] == ()


TEXTS = st.text(st.sampled_from("ab\n\r\f\t😀 "), max_size=30)


@st.composite
def fixed_texts(draw: st.DrawFn) -> tuple[str, list[Fix]]:
    """A text, and fixes whose edits lie in it; between the two characters of a CRLF, none ends."""
    text = draw(TEXTS)
    places = []
    for number, line in enumerate(split_lines(text), 1):
        places += [(number, column) for column in range(len(line.rstrip("\r\n")) + 1)]
    places = places or [(1, 0)]
    spans = st.tuples(st.sampled_from(places), st.sampled_from(places)).map(sorted)
    edits = st.builds(lambda ends, new: Edit(Span(*ends[0], *ends[1]), new), spans, TEXTS)
    fixes = st.lists(edits, max_size=3).map(lambda own: Fix("Try", tuple(own), safe=True))
    return text, draw(st.lists(fixes, max_size=6, unique=True))


def offset(text: str, line: int, column: int) -> int:
    return sum(map(len, split_lines(text)[: line - 1])) + column


def taken_by(text: str, own: Fix) -> list[tuple[int, int, str]]:
    taken = []
    for edit in own.edits:
        span = edit.span
        start, end = (span.line, span.column), (span.end_line, span.end_column)
        taken.append((offset(text, *start), offset(text, *end), edit.text))
    return sorted(taken, key=lambda edit: edit[:2])


def slowly_applied(text: str, fixes: tuple[Fix, ...]) -> str:
    """All edits, one after the other, from the last place to the first."""
    edits = sorted((e for own in fixes for e in taken_by(text, own)), key=lambda edit: edit[:2])
    for start, end, new in reversed(edits):
        text = text[:start] + new + text[end:]
    return text


def are_apart(text: str, one: Fix, other: Fix) -> bool:
    return all(
        mine[1] < theirs[0] or theirs[1] < mine[0]
        for mine in taken_by(text, one)
        for theirs in taken_by(text, other)
    )


@given(fixed_texts(), st.randoms(use_true_random=False))
def test_a_naive_model_agrees(drawn: tuple[str, list[Fix]], shuffling: random.Random) -> None:
    text, fixes = drawn
    new, went_in = applied(text, fixes)
    assert new == slowly_applied(text, went_in)
    for number, one in enumerate(went_in):
        assert all(are_apart(text, one, other) for other in went_in[:number])
    for left in set(fixes) - set(went_in):
        own = taken_by(text, left)
        is_broken = any(b[0] < a[1] for a, b in pairwise(own))
        met = not all(are_apart(text, left, other) for other in went_in)
        assert met or is_broken or not own
    shuffling.shuffle(fixes)
    assert applied(text, fixes)[0] == new

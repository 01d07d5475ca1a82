"""The opinion guard: CEL9xx needs a selector longer than CEL."""

from __future__ import annotations

import pytest

from flake8_celery_patterns.rules.registry import all_rules
from flake8_celery_patterns.suppress.select import COMPARED, anything_selected, opinion_allowed

SILENT = [
    # select, extend-select: nothing here names an opinion more closely than "everything of ours"
    ([], []),
    (["CEL"], []),
    ([], ["CEL"]),
    (["C"], ["CE"]),
    (["CEL", "E", "F"], ["W"]),
    ([""], []),
    (["CEL1", "CEL101"], []),
    (["CEL902"], []),
    ([], ["CEL902", "CEL910"]),
    (["E901"], []),
    (["CEL9011"], []),
    (["cel9"], ["cel901"]),
]
GIVEN = [
    (["CEL9"], []),
    ([], ["CEL9"]),
    (["CEL90"], []),
    (["CEL901"], []),
    ([], ["CEL901"]),
    (["CEL"], ["CEL901"]),
    (["CEL902", "CEL901"], []),
    (["E", "F"], ["CEL1", "CEL90"]),
]


@pytest.mark.parametrize(("select", "extend_select"), SILENT)
def test_an_opinion_is_silent(select: list[str], extend_select: list[str]) -> None:
    assert not opinion_allowed("CEL901", select, extend_select)


@pytest.mark.parametrize(("select", "extend_select"), GIVEN)
def test_an_opinion_is_given_when_it_is_named(select: list[str], extend_select: list[str]) -> None:
    assert opinion_allowed("CEL901", select, extend_select)


@pytest.mark.parametrize("code", ["CEL001", "CEL101", "CEL401", "CEL890"])
@pytest.mark.parametrize(("select", "extend_select"), SILENT + GIVEN)
def test_what_is_no_opinion_is_never_held_back(
    code: str, select: list[str], extend_select: list[str]
) -> None:
    assert opinion_allowed(code, select, extend_select)


@pytest.mark.parametrize("code", ["CEL900", "CEL902", "CEL911", "CEL999"])
def test_the_neighbours_of_a_named_opinion_stay_silent(code: str) -> None:
    assert not opinion_allowed(code, ["CEL901"], ["CEL901"])


@pytest.mark.parametrize(
    ("select", "extend_select", "expected"),
    [
        (None, [], True),
        (None, ["E"], True),
        ([], [], False),
        (["E", "F", "W6"], [], False),
        (["E", "C9", "CEX"], [], False),
        (["E"], ["CEL"], True),
        (["E", "CEL4"], [], True),
        (["C"], [], True),
        ([""], [], True),
    ],
)
def test_whether_any_of_our_codes_can_be_shown(
    select: list[str] | None, extend_select: list[str], expected: bool
) -> None:
    assert anything_selected(select, extend_select) is expected


def test_the_codes_that_need_a_revision_are_known() -> None:
    history = {
        rule.code
        for rule in all_rules()
        if ".history." in getattr(rule.listens_to, "__module__", "")
    }
    assert history == set(COMPARED)

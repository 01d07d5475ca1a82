"""Programs that use Celery in every way never crash a rule, and focus loses nothing of them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given

from flake8_celery_patterns.source import focus as focusing
from tests.source.worlds import focused
from tests.trust.checking import PLACE, PROJECT, lost_by_focus, unsound
from tests.trust.crossed import crossed
from tests.trust.effort import examples
from tests.trust.programs import programs


@examples(25)
@given(programs())
def test_programs_by_the_grammar(text: str) -> None:
    assert lost_by_focus(text) == []
    assert unsound(text, focused(text).findings(PLACE, PROJECT)) == []


@examples(18)
@given(crossed())
def test_programs_crossed_from_fixtures(text: str) -> None:
    assert lost_by_focus(text) == []
    assert unsound(text, focused(text).findings(PLACE, PROJECT)) == []


def test_the_grammar_reaches_tasks_and_rules() -> None:
    """A grammar that nothing is found in would prove nothing."""
    codes: set[str] = set()

    @examples(25)
    @given(programs())
    def look(text: str) -> None:
        codes.update(finding.code for finding in focused(text).findings(PLACE, PROJECT))

    look()
    assert len(codes) > 20, sorted(codes)
    assert "CEL001" not in codes


def test_the_property_fails_where_focus_leaves_too_much_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = (
        "from celery import shared_task\n@shared_task\ndef ship(pk): ...\n"
        "def view():\n    ship.delay(1, 2)\n"
    )
    assert lost_by_focus(text) == []
    monkeypatch.setattr(focusing, "_TELLING", re.compile("(?!)"))
    assert lost_by_focus(text) == ["findings", "tasks or dispatches"]

"""Programs that use Celery in every way never crash a rule, and focus loses nothing of them."""

from __future__ import annotations

from hypothesis import given

from tests.source.worlds import focused
from tests.trust.checking import PLACE, PROJECT, lost_by_focus, unsound
from tests.trust.crossed import crossed
from tests.trust.effort import examples
from tests.trust.programs import programs


@examples(40)
@given(programs())
def test_programs_by_the_grammar(text: str) -> None:
    assert lost_by_focus(text) == []
    assert unsound(text, focused(text).findings(PLACE, PROJECT)) == []


@examples(25)
@given(crossed())
def test_programs_crossed_from_fixtures(text: str) -> None:
    assert lost_by_focus(text) == []
    assert unsound(text, focused(text).findings(PLACE, PROJECT)) == []


def test_the_grammar_reaches_tasks_and_rules() -> None:
    """A grammar that nothing is found in would prove nothing."""
    codes: set[str] = set()

    @examples(40)
    @given(programs())
    def look(text: str) -> None:
        codes.update(finding.code for finding in focused(text).findings(PLACE, PROJECT))

    look()
    assert len(codes) > 25, sorted(codes)
    assert "CEL001" not in codes

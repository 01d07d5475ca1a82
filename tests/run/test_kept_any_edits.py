"""After any edits at all a warm run finds what a cold one finds."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from tests.edits import ROUNDS, Edit
from tests.runs import Runs


@settings(
    max_examples=25,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(ROUNDS)
def test_after_any_edits_a_warm_run_finds_what_a_cold_one_finds(
    shop: Runs, rounds: list[list[Edit]]
) -> None:
    """Each example goes on where the last one ended, with all that is remembered since."""
    for edits in rounds:
        shop.write({n: text for n, text in edits if text is not None or (shop.root / n).exists()})
        shop.warm()
    assert shop.warm().linted == []

"""After any edits at all the plugin finds with what is kept what it finds without."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from tests.edits import ROUNDS, Edit
from tests.plugged import Plugged
from tests.runs import Runs


@settings(
    max_examples=15,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(ROUNDS)
def test_after_any_edits_what_is_kept_is_right(
    runs: Runs, plugged: Plugged, rounds: list[list[Edit]]
) -> None:
    """Each example goes on where the last one ended, with all that is remembered since."""
    for edits in rounds:
        runs.write({n: text for n, text in edits if text is not None or (runs.root / n).exists()})
        plugged.warm()
        runs.warm()
    plugged.warm()
    assert plugged.linted == []

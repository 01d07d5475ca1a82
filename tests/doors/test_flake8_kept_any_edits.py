"""After any edits at all the plugin finds with what is kept what it finds without."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from flake8_celery_patterns.run import kept
from tests.edits import ROUNDS, Edit
from tests.plugged import Plugged
from tests.runs import SHOP, Runs


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    """The command line, whose findings are kept in the same place."""
    # The package may be edited while its tests run.
    monkeypatch.setattr(kept, "code_version", lambda: "this")
    runs = Runs(tmp_path, monkeypatch)
    runs.write(SHOP)
    return runs


@pytest.fixture
def plugged(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> Plugged:
    return Plugged(runs.root, monkeypatch)


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

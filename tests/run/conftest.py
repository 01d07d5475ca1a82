"""A project that is linted again and again."""

from __future__ import annotations

from pathlib import Path

import pytest

from flake8_celery_patterns.run import kept
from tests.runs import FOUND, SHOP, WITH_CELERY, Runs


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runs:
    """A project that was linted once."""
    # The package may be edited while its tests run.
    monkeypatch.setattr(kept, "code_version", lambda: "this")
    runs = Runs(tmp_path, monkeypatch)
    runs.write(SHOP)
    ran = runs()
    assert (ran.found, ran.linted) == (FOUND, WITH_CELERY)
    return runs

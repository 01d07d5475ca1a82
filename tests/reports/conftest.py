"""One linted project, for all reports."""

from __future__ import annotations

from pathlib import Path

import pytest

from flake8_celery_patterns.run.result import Run
from tests.reports import sample


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run in the project of `sample`, a folder of a git repository."""
    return sample.linted(sample.made(tmp_path_factory.mktemp("reported") / "repository"))


@pytest.fixture
def clean_run(tmp_path: Path) -> Run:
    """A run that looked at files and found none that concerns Celery."""
    return Run((), 3, 0.5, tmp_path)

"""Fixtures of the proofs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest

from tests.proofs import django_project
from tests.proofs.harness import Journal, journal
from tests.proofs.prefork import PreforkWorker


class StartWorker(Protocol):
    """Starts a prefork worker of `fixtures/rules/<code>/<program>.py`."""

    def __call__(self, code: str, program: str, *, concurrency: int) -> PreforkWorker: ...


@pytest.fixture(autouse=True)
def no_celery_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Celery prefers CELERY_BROKER_URL and its like to any setting: keep the caller's out."""
    for name in [name for name in os.environ if name.startswith("CELERY_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def django_configured(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Configures Django for this process, with an sqlite file."""
    django_project.configure(tmp_path_factory.mktemp("django") / "shop.sqlite3")


@pytest.fixture
def celery_journal() -> Iterator[Journal]:
    """What Celery publishes and runs during the test."""
    with journal() as seen:
        yield seen


@pytest.fixture
def prefork_worker(tmp_path: Path) -> Iterator[StartWorker]:
    """Starts prefork workers and kills them all when the test is over, passed or not."""
    with ExitStack() as workers:

        def start(code: str, program: str, *, concurrency: int) -> PreforkWorker:
            worker = PreforkWorker(code, program, tmp_path / program, concurrency)
            workers.callback(worker.stop)
            worker.start()
            return worker

        yield start

"""CEL810: with ATOMIC_REQUESTS, what a view writes is not there for the task that it sends."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.proofs import django_project
from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for


def shop(program_name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A program served by Django with its own settings, a table and a running worker."""
    from django.db import connections
    from django.test import override_settings

    program = load_program("CEL810", program_name)
    atomic = program.DATABASES["default"]["ATOMIC_REQUESTS"]
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", atomic)
    with (
        override_settings(ROOT_URLCONF=program.__name__, ALLOWED_HOSTS=["testserver"]),
        django_project.tables_of(program.Order),
        in_memory(program.app),
        worker_for(program.app),
    ):
        yield program


@pytest.fixture
def bad(django_configured: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    yield from shop("proof_bad", monkeypatch)


@pytest.fixture
def good(django_configured: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    yield from shop("proof_good", monkeypatch)


def answer(path: str) -> bytes:
    """What Django answers a request."""
    from django.test import Client

    return bytes(Client().get(path).content)


def test_the_worker_finds_no_row(
    bad: Any, celery_journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait_for_worker() -> None:
        wait_until(lambda: celery_journal.runs, "the worker, faster than the response")

    monkeypatch.setattr(bad, "wait_for_worker", [wait_for_worker])

    assert answer("/create/") == b"created"

    (run,) = celery_journal.runs
    assert isinstance(run.outcome, bad.Order.DoesNotExist)
    assert bad.Order.objects.count() == 1


def test_sent_on_commit_the_row_is_there(good: Any, celery_journal: Journal) -> None:
    assert answer("/create/") == b"created"

    wait_until(lambda: celery_journal.runs, "the worker")
    assert [run.outcome for run in celery_journal.runs] == ["ann@example.org"]

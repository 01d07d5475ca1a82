"""CEL101: an ORM object cannot be published (JSON), or arrives as a stale copy (pickle)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery.exceptions import Reject
from kombu.exceptions import EncodeError
from sqlalchemy import create_engine

from tests.proofs import django_project
from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for

DISPATCHES = [
    "confirm",
    "confirm_as_keyword",
    "confirm_with_options",
    "confirm_with_keyword_options",
    "confirm_after_visit",
    "digest_of_queryset",
    "digest_of_list",
    "digest_with_newest",
    "count_of_dict",
]


def shop(program_name: str) -> Iterator[Any]:
    """A program of the Django shop with a table for its orders."""
    program = load_program("CEL101", program_name)
    with django_project.tables_of(program.Order), in_memory(program.app):
        yield program


@pytest.fixture
def bad(django_configured: None) -> Iterator[Any]:
    yield from shop("proof_bad")


@pytest.fixture
def good(django_configured: None) -> Iterator[Any]:
    yield from shop("proof_good")


@pytest.mark.parametrize("dispatch", DISPATCHES)
def test_a_django_object_cannot_be_published(
    bad: Any, celery_journal: Journal, dispatch: str
) -> None:
    order = bad.Order.objects.create(email="ann@example.org")
    kind = "QuerySet" if dispatch == "digest_of_queryset" else "Order"

    with pytest.raises(EncodeError, match=f"Object of type {kind} is not JSON serializable"):
        getattr(bad, dispatch)(order.pk)

    assert celery_journal.messages == []


@pytest.mark.parametrize("dispatch", DISPATCHES)
def test_a_primary_key_is_published_and_the_worker_loads_the_row(
    good: Any, celery_journal: Journal, dispatch: str
) -> None:
    order = good.Order.objects.create(email="ann@example.org")
    steps = 2 if dispatch == "confirm_after_visit" else 1

    with worker_for(good.app):
        getattr(good, dispatch)(order.pk)
        wait_until(lambda: len(celery_journal.runs) == steps, "the worker to run what was sent")

    last = celery_journal.runs[-1]
    expected = "ann@example.org: open" if dispatch.startswith("confirm") else 1
    assert (last.state, last.outcome) == ("SUCCESS", expected)


def test_a_retry_with_a_django_object_is_lost(bad: Any, celery_journal: Journal) -> None:
    order = bad.Order.objects.create(email="ann@example.org")

    with worker_for(bad.app):
        bad.chase_payment.delay(order.pk)
        wait_until(lambda: celery_journal.runs, "the first attempt")

    (run,) = celery_journal.runs
    # Task.retry turns whatever its publishing raises into a Reject.
    assert isinstance(run.outcome, Reject)
    assert isinstance(run.outcome.reason, EncodeError)
    assert celery_journal.retries_of(bad.chase_payment) == []


def test_a_retry_with_a_primary_key_comes_back(good: Any, celery_journal: Journal) -> None:
    order = good.Order.objects.create(email="ann@example.org")

    with worker_for(good.app):
        good.chase_payment.delay(order.pk)
        wait_until(lambda: len(celery_journal.runs) == 2, "the attempt and its retry")

    assert [run.state for run in celery_journal.runs] == ["RETRY", "SUCCESS"]


def change_between_publishing_and_running(
    program: Any, dispatch: str, journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> object:
    """Dispatch an open order, cancel it, then let a worker run the task; gives its result."""
    # Celery refuses to run a worker that accepts pickle as root.
    monkeypatch.setenv("C_FORCE_ROOT", "1")
    order = program.Order.objects.create(email="ann@example.org", status="open")
    getattr(program, dispatch)(order.pk)
    program.Order.objects.filter(pk=order.pk).update(status="cancelled")
    with worker_for(program.app):
        wait_until(lambda: journal.runs, "the worker to run the task")
    (run,) = journal.runs
    assert run.state == "SUCCESS"
    return run.outcome


@pytest.mark.parametrize(
    ("dispatch", "stale"), [("archive", "open"), ("confirm_by_pickle", "ann@example.org: open")]
)
def test_a_pickled_object_is_a_stale_copy(
    bad: Any,
    celery_journal: Journal,
    monkeypatch: pytest.MonkeyPatch,
    dispatch: str,
    stale: str,
) -> None:
    seen = change_between_publishing_and_running(bad, dispatch, celery_journal, monkeypatch)

    assert seen == stale
    assert bad.Order.objects.get().status == "cancelled"


@pytest.mark.parametrize(
    ("dispatch", "fresh"), [("archive", "cancelled"), ("confirm", "ann@example.org: cancelled")]
)
def test_a_primary_key_gives_the_row_as_it_is(
    good: Any,
    celery_journal: Journal,
    monkeypatch: pytest.MonkeyPatch,
    dispatch: str,
    fresh: str,
) -> None:
    seen = change_between_publishing_and_running(good, dispatch, celery_journal, monkeypatch)

    assert seen == fresh


def letters(program_name: str, folder: Path) -> Iterator[Any]:
    """A program of the SQLAlchemy letters with one customer, whose id is 1."""
    program = load_program("CEL101", program_name)
    engine = create_engine(f"sqlite:///{folder / 'letters.sqlite3'}")
    program.Base.metadata.create_all(engine)
    program.SessionFactory.configure(bind=engine)
    with program.SessionFactory() as session:
        session.add(program.Customer(id=1, email="ann@example.org"))
        session.commit()
    try:
        with in_memory(program.app):
            yield program
    finally:
        engine.dispose()


@pytest.fixture
def bad_letters(tmp_path: Path) -> Iterator[Any]:
    yield from letters("proof_bad_sqlalchemy", tmp_path)


@pytest.fixture
def good_letters(tmp_path: Path) -> Iterator[Any]:
    yield from letters("proof_good_sqlalchemy", tmp_path)


@pytest.mark.parametrize(
    ("dispatch", "arguments"),
    [("welcome_customer", (1,)), ("announce_to_all", ()), ("announce_to_selected", ([1],))],
)
def test_a_sqlalchemy_object_cannot_be_published(
    bad_letters: Any, celery_journal: Journal, dispatch: str, arguments: tuple[Any, ...]
) -> None:
    with pytest.raises(EncodeError, match="Object of type Customer is not JSON serializable"):
        getattr(bad_letters, dispatch)(*arguments)

    assert celery_journal.messages == []


@pytest.mark.parametrize(
    ("dispatch", "arguments", "result"),
    [
        ("welcome_customer", (1,), "Welcome, ann@example.org"),
        ("announce_to_all", (), ["ann@example.org"]),
        ("announce_to_selected", ([1],), ["ann@example.org"]),
    ],
)
def test_a_sqlalchemy_primary_key_is_published_and_the_worker_loads_the_row(
    good_letters: Any,
    celery_journal: Journal,
    dispatch: str,
    arguments: tuple[Any, ...],
    result: object,
) -> None:
    with worker_for(good_letters.app):
        getattr(good_letters, dispatch)(*arguments)
        wait_until(lambda: celery_journal.runs, "the worker to run what was sent")

    (run,) = celery_journal.runs
    assert (run.state, run.outcome) == ("SUCCESS", result)

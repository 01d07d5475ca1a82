"""CEL107: the worker takes an eta or expires without a time zone for UTC."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from celery.signals import before_task_publish
from celery.worker.request import Request

from tests.proofs.harness import in_memory, load_program, worker_for

# The sign is that of POSIX: hours to add to local time to get UTC.
TOKYO, NEW_YORK = "JST-9", "EST+5"
HOUR = 3600.0


@pytest.fixture(autouse=True)
def _own_time_zone() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", TOKYO)
        time.tzset()
        yield
    time.tzset()


@pytest.fixture(params=[{}, {"timezone": "Asia/Tokyo"}, {"enable_utc": False}], ids=str)
def settings(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Settings of Celery that might be thought to help."""
    given: dict[str, Any] = request.param
    return given


def hours_as_read(program: Any, send: Callable[[int], object], option: str) -> float:
    """In how many hours from now the worker sees the `option` of the message that `send` sends."""
    seen: list[dict[str, Any]] = []

    def note(headers: dict[str, Any], **_: Any) -> None:
        seen.append(headers)

    before_task_publish.connect(note)
    with in_memory(program.app):
        send(1)
    (headers,) = seen
    message = SimpleNamespace(
        headers=headers,
        body="[[1], {}, {}]",
        properties={"correlation_id": headers["id"]},
        delivery_info={},
        content_type="application/json",
        content_encoding="utf-8",
    )
    read = Request(
        message,
        app=program.app,
        headers=headers,
        decoded=True,
        body=([1], {}, {}),
        task=program.remind,
    )
    difference = getattr(read, option) - datetime.now(timezone.utc)
    return float(round(difference.total_seconds() / HOUR, 2))


@pytest.mark.parametrize(
    ("zone", "hours"), [(TOKYO, 10.0), (NEW_YORK, -4.0)], ids=["Tokyo", "New York"]
)
@pytest.mark.parametrize(
    ("sender", "option"), [("remind_in_an_hour", "eta"), ("remind_within_an_hour", "expires")]
)
def test_a_naive_moment_is_hours_off(
    monkeypatch: pytest.MonkeyPatch,
    settings: dict[str, Any],
    zone: str,
    hours: float,
    sender: str,
    option: str,
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    bad = load_program("CEL107", "proof_bad")
    for name, value in settings.items():
        monkeypatch.setitem(bad.app.conf, name, value)
    assert hours_as_read(bad, getattr(bad, sender), option) == hours


@pytest.mark.parametrize("zone", [TOKYO, NEW_YORK], ids=["Tokyo", "New York"])
@pytest.mark.parametrize(
    ("sender", "option"),
    [
        ("remind_in_an_hour", "eta"),
        ("remind_within_an_hour", "expires"),
        ("remind_in_an_hour_by_utcnow", "eta"),
        ("remind_in_an_hour_by_countdown", "eta"),
    ],
)
def test_an_aware_moment_is_right(
    monkeypatch: pytest.MonkeyPatch, zone: str, sender: str, option: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    good = load_program("CEL107", "proof_good")
    assert hours_as_read(good, getattr(good, sender), option) == 1.0


def test_in_new_york_the_task_runs_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", NEW_YORK)
    time.tzset()
    bad = load_program("CEL107", "proof_bad")
    with in_memory(bad.app), worker_for(bad.app):
        result = bad.remind_in_an_hour(7)
        assert result.get(timeout=60, interval=0.01) == 7

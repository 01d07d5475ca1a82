"""CEL601: a field that is left out of a crontab is `*`."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from tests.proofs.harness import load_program

# The first of the month, and a Monday.
DAY = dt.datetime(2026, 6, 1, tzinfo=dt.timezone.utc)


def runs_in_a_day(crontab: Any) -> int:
    """How often a crontab is due on `DAY`, asked as beat asks: how long from here to the next."""
    last = DAY - dt.timedelta(seconds=1)
    runs = 0
    while True:
        crontab.nowfun = lambda last=last: last
        last += crontab.remaining_estimate(last)
        if last >= DAY + dt.timedelta(days=1):
            return runs
        runs += 1


@pytest.mark.parametrize(("name", "runs"), [("DAILY", 60), ("WEEKLY", 1440), ("MONTHLY", 24)])
def test_what_is_left_out_means_every_one(name: str, runs: int) -> None:
    assert runs_in_a_day(getattr(load_program("CEL601", "proof_bad"), name)) == runs


@pytest.mark.parametrize("name", ["DAILY", "WEEKLY", "MONTHLY"])
def test_what_is_written_out_runs_once(name: str) -> None:
    assert runs_in_a_day(getattr(load_program("CEL601", "proof_good"), name)) == 1

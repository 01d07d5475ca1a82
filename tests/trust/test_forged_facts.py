"""Facts that somebody forged, with a right checksum: refused, or at least without harm."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_celery_patterns.engine import lint
from flake8_celery_patterns.facts.encode import decode, encode
from flake8_celery_patterns.project.project import Project
from tests.source.worlds import focused
from tests.trust.checking import ALL_RULES, unsound
from tests.trust.effort import examples
from tests.trust.values import Values

REFUSED = (ValueError, KeyError, TypeError)


class _Forging(Values):
    """Replaces parts of JSON data by others."""

    OTHERS: tuple[Any, ...] = (
        "",
        "x",
        "**",
        None,
        True,
        0,
        -1,
        10**9,
        1.5,
        [],
        [None],
        {},
        {"x": [None]},
    )

    def forged(self, data: Any) -> Any:
        data = copy.deepcopy(data)
        for _ in range(1 + self.number(2)):
            places = list(_places(data))
            holder, key = self._far(places)
            if self.chance(2):
                other_holder, other = self._far(places)
                holder[key] = copy.deepcopy(other_holder[other])
            else:
                holder[key] = copy.deepcopy(self.pick(self.OTHERS))
        return data

    def _far(self, choices: list[Any]) -> Any:
        return choices[(self.number(255) * 256 + self.number(255)) % len(choices)]


def _places(data: Any) -> Iterator[tuple[Any, Any]]:
    """Every part of JSON data, as what holds it and under which key."""
    stack = [data]
    while stack:
        current = stack.pop()
        for key in range(len(current)) if isinstance(current, list) else list(current):
            yield current, key
            if isinstance(current[key], (list, dict)):
                stack.append(current[key])


SHOP = """\
from celery import Celery, Task, shared_task
from django.db import models

class Order(models.Model):
    pass

class Base(Task):
    autoretry_for = (OSError,)

app = Celery("shop", broker="redis://")
app.conf.update(task_time_limit=60, task_routes={"shop.*": {"queue": "slow"}})

def job(**options):
    return shared_task(bind=True, **options)

@job(base=Base, max_retries=3)
def ship(self, order, *, rush=False): ...

@shared_task(ignore_result=True)
def report(day: int = 1) -> None: ...

ORDERS = Order.objects.all()
"""
VIEWS = """\
from celery import chain
from shop import ORDERS, Base, Order, app, job, report, ship

@job()
def again(self): ...

def view(pk):
    ship.delay(Order.objects.get(pk=pk), rush=True)
    report.apply_async((1, 2), countdown=5)
    chain(ship.s(ORDERS), report.s())()
    report.delay().get()
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("shop").resolve()
    (root / "shop.py").write_text(SHOP)
    return root


class _Kept:
    """A cache that holds the same for every file."""

    def __init__(self, data: Any) -> None:
        self._data = data

    def get(self, key: str) -> Any:
        return copy.deepcopy(self._data) if key.startswith("facts:") else None

    def put(self, key: str, value: Any) -> None: ...


def found_with(root: Path, kept: Any) -> list[Any]:
    project = Project(root, ALL_RULES)
    project.__dict__["cache"] = _Kept(kept)
    return lint(VIEWS, root / "views.py", project)


def test_forged_facts_do_no_harm(shop: Path) -> None:
    """Whoever forged them: the linter goes on, and what is refused is read anew from the file."""
    real = encode(focused(SHOP, outside=True).facts.module)
    expected = found_with(shop, None)
    assert len({finding.code for finding in expected}) > 4
    assert found_with(shop, real) == expected

    @examples(80)
    @given(st.binary(min_size=32, max_size=32))
    def forge(choices: bytes) -> None:
        data = _Forging(choices).forged(real)
        found = found_with(shop, data)
        assert unsound(VIEWS, found) == []
        try:
            assert encode(decode(data)) == data
        except REFUSED:
            assert found == expected

    forge()

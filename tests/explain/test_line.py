"""A line explained: the facts that rules see there, and what became of the findings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from flake8_celery_patterns.check import check
from flake8_celery_patterns.options import SettingsError
from flake8_celery_patterns.project.project import Project
from flake8_celery_patterns.reading import reading
from tests.explain.explaining import details, explained, fact, line_of, write
from tests.linting import WITHOUT_CACHE

VIEWS = """\
from django.db import transaction
from shop.models import Order
from shop.tasks import send_receipt

LIMIT = 30


def pay(request, pk: int):
    order = Order.objects.get(pk=pk)
    with transaction.atomic():
        for copy in range(3):
            send_receipt.delay(order, note=LIMIT)
    send_receipt.apply_async((pk,))
    return order
"""
DISPATCH = "send_receipt.delay(order"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return write(tmp_path, VIEWS)


# What there is nothing to say about.


def test_a_file_without_celery_has_no_facts(shop: Path) -> None:
    explanation = explained(shop, 1, "shop/prices.py")
    assert not explanation.concerned
    assert (explanation.facts, explanation.findings, explanation.quiet) == ((), (), ())


def test_a_line_without_facts(shop: Path) -> None:
    explanation = explained(shop, line_of(shop, "LIMIT = 30") + 1)
    assert explanation.concerned
    assert (explanation.facts, explanation.findings, explanation.quiet) == ((), (), ())


def test_a_line_that_is_not_there_and_a_file_that_is_not(shop: Path) -> None:
    for line in (0, 99):
        with pytest.raises(IndexError):
            explained(shop, line)
    with pytest.raises(FileNotFoundError):
        explained(shop, 1, "shop/nothing.py")


def test_a_wrong_table_is_its_own_error(shop: Path) -> None:
    (shop / "pyproject.toml").write_text("[tool.celery-patterns]\nslect = []\n")
    with pytest.raises(SettingsError):
        explained(shop, 1)


def test_a_file_that_cannot_be_read_says_so_for_every_line(shop: Path) -> None:
    (shop / "shop/views.py").write_text("import celery\n\ndef broken(:\n")
    explanation = explained(shop, 1)
    assert [judged.finding.code for judged in explanation.findings] == ["CEL001"]
    assert explanation.facts == ()


# Facts.


def test_a_dispatch(shop: Path) -> None:
    told = fact(explained(shop, line_of(shop, DISPATCH)), "dispatch")
    assert told.title == "send_receipt.delay(order, note=LIMIT)"
    assert details(told) == {
        "task": "send_receipt, defined in shop/tasks.py:6",
        "takes": "(order_pk, note='')",
        "argument order_pk": (
            "`order` is a Django model instance (Order, from Order.objects.get(...))"
        ),
        "argument note": "`LIMIT` is the value 30",
        "stands in": (
            "a loop (line 11), in `with transaction.atomic()` (line 10), in the function pay"
        ),
        "transaction": "one of Django, that `transaction.atomic()` opens",
    }


def test_every_line_of_a_definitions_head_tells_of_the_task(shop: Path) -> None:
    first = line_of(shop, "@shared_task", "shop/tasks.py")
    tasks = [fact(explained(shop, line, "shop/tasks.py"), "task") for line in range(first, 10)]
    assert len(set(tasks)) == 1
    assert details(tasks[0]) == {
        "name": "shop.tasks.send_receipt",
        "takes": "(order_pk, note='')",
        "bound": "yes",
        "made by": "`@shared_task(bind=True, base=Patient, time_limit=60)`",
        "base": "`Patient`",
        "option max_retries": "9 (from shop/base.py)",
        "option queue": "'slow' (from shop/base.py)",
        "option time_limit": "60 (line 5)",
    }


def test_the_line_by_which_the_file_concerns_celery(shop: Path) -> None:
    assert explained(shop, 1).telling == line_of(shop, DISPATCH)
    assert explained(shop, 8, "shop/tasks.py").telling == 1


def test_a_value_is_told_once_whatever_its_quotes(shop: Path) -> None:
    decorator = '@shared_task(retry_kwargs={"max_retries": 6}, rate_limit=WAIT)'
    code = f"from celery import shared_task\n\nWAIT = 5\n\n\n{decorator}\ndef f(): ...\n"
    root = write(shop, code, "shop/slow.py")
    told = details(fact(explained(root, 6, "shop/slow.py"), "task"))
    assert told["option retry_kwargs"] == '{"max_retries": 6} (line 6)'
    assert told["option rate_limit"] == "WAIT, which is 5 (line 6)"


# Findings.

HIDING: list[tuple[tuple[tuple[str, Any], ...], str]] = [
    ((), "shown"),
    ((("ignore", ("CEL1",)),), "hidden by ignore"),
    ((("extend-ignore", ("CEL101",)),), "hidden by ignore"),
    ((("select", ("CEL8",)),), "hidden: not in select"),
    ((("per-file-ignores", (("*/views.py", ("CEL101",)),)),), "hidden by per-file-ignores"),
]


@pytest.mark.parametrize(("given", "verdict"), HIDING)
def test_what_hides_a_finding(shop: Path, given: Any, verdict: str) -> None:
    explanation = explained(shop, line_of(shop, DISPATCH), given=given)
    assert {j.finding.code: j.verdict for j in explanation.findings}["CEL101"] == verdict
    assert "CEL101" not in explanation.quiet


def test_a_finding_about_a_fact_is_told_in_all_its_lines(tmp_path: Path) -> None:
    root = write(tmp_path, VIEWS.replace("delay(order, ", "delay(\n                order, "))
    line = line_of(root, "send_receipt.delay(")
    explanation = explained(root, line)
    lines = {j.finding.code: j.finding.span.line for j in explanation.findings}
    assert lines["CEL101"] == line + 1
    assert "CEL101" not in explanation.quiet
    # Of another statement in the same function nothing is told here.
    assert "CEL101" in explained(root, line_of(root, "apply_async((pk,))")).quiet


def test_a_comment_hides_a_finding(tmp_path: Path) -> None:
    root = write(tmp_path, VIEWS.replace("note=LIMIT)", "note=LIMIT)  # noqa: CEL101"))
    explanation = explained(root, line_of(root, DISPATCH))
    verdicts = {judged.finding.code: judged.verdict for judged in explanation.findings}
    assert verdicts["CEL101"] == "hidden by a noqa comment"


def test_an_opinion_is_off_unless_it_is_named(shop: Path) -> None:
    line = line_of(shop, "def send_receipt", "shop/tasks.py")
    silent = explained(shop, line, "shop/tasks.py")
    named = explained(shop, line, "shop/tasks.py", (("extend-select", ("CEL902",)),))
    verdicts = [
        {judged.finding.code: judged.verdict for judged in explanation.findings}["CEL902"]
        for explanation in (silent, named)
    ]
    assert verdicts == ["off unless it is named: extend-select CEL902", "shown"]
    assert not [code for code in silent.quiet if code.startswith("CEL9")]


def test_the_rules_that_found_nothing_are_those_that_are_on(shop: Path) -> None:
    line = line_of(shop, "apply_async((pk,))")
    explanation = explained(shop, line)
    assert [j for j in explanation.findings if j.verdict == "shown"] == []
    assert {"CEL101", "CEL105", "CEL801"} <= set(explanation.quiet)
    # They look at definitions, and at schedules.
    assert not {"CEL201", "CEL601"} & set(explanation.quiet)
    assert explained(shop, line, given=(("select", ("CEL105",)),)).quiet == ("CEL105",)


def test_a_file_that_a_run_leaves_out_is_explained_all_the_same(shop: Path) -> None:
    given = (("extend-exclude", ("views.py",)),)
    assert not explained(shop, 8).excluded
    excluded = explained(shop, line_of(shop, DISPATCH), given=given)
    assert excluded.excluded
    assert [told.what for told in excluded.facts] == ["dispatch"]


def test_the_lines_together_have_all_findings_of_the_file(shop: Path) -> None:
    project = Project(shop, WITHOUT_CACHE)
    path = shop / "shop/views.py"
    with reading(VIEWS, path, project) as opened:
        found, _ = check(opened)
    assert found
    told = {
        judged.finding
        for line in range(1, len(VIEWS.splitlines()) + 1)
        for judged in explained(shop, line).findings
        if judged.verdict == "shown"
    }
    assert told == set(found)

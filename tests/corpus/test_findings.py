"""The findings in real applications are pinned; what changes them is shown."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.corpus import HERE, Application, applications
from benchmarks.findings import PINNED, differences, found_in
from flake8_celery_patterns.rules.registry import all_rules


def test_every_application_is_pinned_and_only_rules_that_exist() -> None:
    pinned = json.loads(PINNED.read_text(encoding="utf-8"))
    listed = applications((HERE / "corpus.txt").read_text(encoding="utf-8"))
    assert set(pinned) == {application.name for application in listed}
    assert {code for counts in pinned.values() for code in counts} <= {
        rule.code for rule in all_rules()
    }


def test_what_differs_is_told_by_application_and_code() -> None:
    before = {"shop": {"CEL101": 1, "CEL201": 2}, "gone": {"CEL301": 3}}
    after = {"shop": {"CEL101": 1, "CEL201": 1, "CEL304": 1}, "new": {}}
    assert list(differences(before, after)) == [
        "gone: CEL301 3 -> 0",
        "shop: CEL201 2 -> 1",
        "shop: CEL304 0 -> 1",
    ]
    assert list(differences(after, after)) == []


def test_an_application_is_linted_as_a_project_of_its_own(tmp_path: Path) -> None:
    package = tmp_path / "shop-1.0" / "shop"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "prices.py").write_text("def of(pk): ...\n")
    (package / "tasks.py").write_text(
        "from celery import shared_task\n\n\n@shared_task\ndef send(self, pk): ...\n"
    )
    (found,) = found_in(Application("shop", "1.0", bench=False), tmp_path)
    assert found[:2] == ("shop-1.0/shop/tasks.py:5:10", "CEL201")
    assert found[3] == "def send(self, pk): ..."

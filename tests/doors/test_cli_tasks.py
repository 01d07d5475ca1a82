"""`celery-patterns tasks`: the inventory, as a user sees it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.command import COMMAND, celery_patterns, usage_error
from tests.terminal import environment, in_terminal

PROJECTS = Path(__file__).resolve().parents[2] / "fixtures" / "projects"
KEYS = """
    name module function path line cell kind signature bind base options schedules dispatches
    followed_by never_dispatched mentions
""".split()


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the Django project, outside this repository."""
    root = tmp_path_factory.mktemp("projects") / "django_shop"
    shutil.copytree(PROJECTS / "django_shop", root)
    return root


@pytest.fixture(scope="session")
def listed(shop: Path) -> dict[str, Any]:
    """The whole inventory of that project."""
    done = celery_patterns("tasks", "--output-format", "json", folder=shop)
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def task(listed: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = (task for task in listed["tasks"] if task["name"] == name)
    return dict(found)


def test_a_folder_without_tasks(tmp_path: Path) -> None:
    done = celery_patterns("tasks", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "0 tasks, 0 dispatches, 0 schedule entries in 0 files\n"


def test_json_has_all_keys(listed: dict[str, Any]) -> None:
    assert list(listed) == [
        "format",
        "files",
        "tasks",
        "unresolved_dispatches",
        "unresolved_schedules",
        "errors",
    ]
    assert listed["format"] == 1
    assert (listed["unresolved_dispatches"], listed["errors"]) == ([], [])
    for each in listed["tasks"]:
        assert list(each) == KEYS
    places = [(each["path"], each["line"]) for each in listed["tasks"]]
    assert places == sorted(places)


def test_json_tells_what_is_set_for_a_task(listed: dict[str, Any]) -> None:
    found = task(listed, "orders.tasks.archive_shipped_orders")
    assert found["signature"] == "(older_than_days: int)"
    assert (found["bind"], found["base"], found["kind"]) == (False, None, "function")
    limit = {"state": "known", "value": 600, "text": "ARCHIVE_TIME_LIMIT"}
    assert found["options"]["time_limit"] == limit
    assert found["options"]["queue"] == {"state": "absent", "value": None, "text": None}
    (schedule,) = found["schedules"]
    assert schedule == {
        "entry": "archive-shipped-orders",
        "schedule": "crontab(hour=2, minute=30)",
        "form": "entry",
        "name": "orders.tasks.archive_shipped_orders",
        "path": "shop/settings/base.py",
        "line": 56,
        "cell": None,
    }


def test_json_tells_who_sends_a_task(listed: dict[str, Any]) -> None:
    found = task(listed, "orders.tasks.book_shipment")
    ship, chained = found["dispatches"]
    assert ship == {
        "function": "orders.services.ship",
        "task": None,
        "path": "orders/services.py",
        "line": 30,
        "cell": None,
        "form": "apply_async",
        "within": None,
        "called": True,
        "name": None,
        "label": "book_shipment",
    }
    assert (chained["form"], chained["within"]) == ("si", "chain")
    assert [(f["task"], f["form"]) for f in found["followed_by"]] == [
        ("orders.tasks.record_handler", "chain")
    ]
    (loop,) = (
        sent
        for sent in task(listed, "orders.tasks.archive_orders")["dispatches"]
        if sent["path"] == "orders/tasks.py"
    )
    assert loop["task"] == "orders.tasks.archive_shipped_orders"


def test_what_nothing_sends_is_marked(shop: Path, listed: dict[str, Any]) -> None:
    never = [each["name"] for each in listed["tasks"] if each["never_dispatched"]]
    assert "shop.celery.describe_request" in never
    done = celery_patterns("tasks", "--never-dispatched", folder=shop)
    *lines, last = done.stdout.splitlines()
    assert [line.split(" ")[1].partition("(")[0] for line in lines] == never
    assert all("nothing in view sends it" in line for line in lines)
    assert last.endswith(f"nothing in view sends {len(never)} tasks")


def test_piped_each_task_is_one_line(shop: Path) -> None:
    done = celery_patterns("tasks", "orders", folder=shop, COLUMNS="20")
    *lines, last = done.stdout.splitlines()
    assert lines[0] == (
        "orders/tasks.py:23: orders.tasks.confirm_order(self, order_id: int) "
        "[bind, max_retries=4, soft_time_limit=20, time_limit=30]: 5 dispatches"
    )
    assert last == "9 tasks, 17 dispatches, 1 schedule entry in 39 files"


def test_senders_are_looked_for_in_the_whole_project(shop: Path, listed: dict[str, Any]) -> None:
    """`orders/views.py` sends what `orders/tasks.py` defines, whichever of them is named."""
    done = celery_patterns("tasks", "tasks.py", "--output-format", "json", folder=shop / "orders")
    found = json.loads(done.stdout)["tasks"]
    wanted = [each for each in listed["tasks"] if each["path"] == "orders/tasks.py"]
    assert [len(each["dispatches"]) for each in found] == [len(e["dispatches"]) for e in wanted]
    assert {each["path"] for each in found} == {"tasks.py"}


def test_a_terminal_gets_a_table(shop: Path) -> None:
    shown = in_terminal([COMMAND, "tasks", "orders"], shop, environment(), columns=140)
    assert "orders.services.ship, line 30: apply_async" in shown
    assert "archive-shipped-orders: crontab(hour=2, minute=30)" in shown
    assert "then orders.tasks.record_handler (chain)" in shown
    plain = in_terminal([COMMAND, "tasks", "orders"], shop, environment(NO_COLOR="1"), columns=60)
    assert "\x1b[3" not in plain


@pytest.mark.parametrize("name", ["mermaid", "dot"])
def test_graphs(shop: Path, name: str) -> None:
    done = celery_patterns("tasks", "--output-format", name, folder=shop)
    assert done.returncode == 0
    first = {"mermaid": "flowchart LR", "dot": "digraph tasks {"}[name]
    assert done.stdout.splitlines()[0] == first
    assert "orders.tasks.book_shipment" in done.stdout


@pytest.mark.parametrize(
    ("project", "unnamed"),
    [
        ("fastapi_billing", []),
        # Their decorator makes their names while the program runs.
        ("flask_reports", ["build_report", "render_report", "compress_report"]),
    ],
)
def test_other_frameworks(tmp_path: Path, project: str, unnamed: list[str]) -> None:
    shutil.copytree(PROJECTS / project, tmp_path / project)
    done = celery_patterns("tasks", "--output-format", "json", folder=tmp_path / project)
    found = json.loads(done.stdout)
    assert (done.returncode, done.stderr, found["errors"]) == (0, "", [])
    assert found["unresolved_dispatches"] == found["unresolved_schedules"] == []
    assert [each["function"] for each in found["tasks"] if not each["name"]] == unnamed
    assert any(each["followed_by"] for each in found["tasks"])


@pytest.mark.parametrize("name", ["json", "mermaid", "dot"])
def test_what_programs_read_is_utf_8_everywhere(tmp_path: Path, name: str) -> None:
    text = "from celery import shared_task\n\n\n@shared_task\ndef größe(): ...\n"
    (tmp_path / "tasks.py").write_text(text, encoding="utf-8")
    arguments = ("tasks", "--no-cache", "--output-format", name)
    done = celery_patterns(*arguments, folder=tmp_path, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "größe" in done.stdout


def test_a_file_that_cannot_be_read_is_named_and_the_rest_is_listed(tmp_path: Path) -> None:
    head = "from celery import shared_task\n\n\n@shared_task\ndef send(): ...\n"
    (tmp_path / "a.py").write_text(f"{head}def broken(:\n")
    (tmp_path / "b.py").write_text(head)
    done = celery_patterns("tasks", folder=tmp_path)
    assert done.returncode == 0
    (said,) = done.stderr.splitlines()
    assert said.startswith("a.py:6: ")
    assert done.stdout.startswith("b.py:5: b.send(): nothing in view sends it\n")


def test_wrong_use(tmp_path: Path) -> None:
    assert "missing" in usage_error(celery_patterns("tasks", "missing", folder=tmp_path))
    wrong = celery_patterns("tasks", "--output-format", "svg", folder=tmp_path)
    assert "'svg' is not one of" in usage_error(wrong)
    (tmp_path / "pyproject.toml").write_text("[tool.celery-patterns]\nselct = []\n")
    (tmp_path / "a.py").write_text("import celery\n")
    message = usage_error(celery_patterns("tasks", folder=tmp_path))
    assert "unknown key 'selct'" in message

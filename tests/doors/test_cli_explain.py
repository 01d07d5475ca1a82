"""`celery-patterns explain`: for people and for tools, and one message for a wrong place."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from tests.command import celery_patterns, usage_error
from tests.explain.explaining import write

VIEWS = """\
from shop.models import Order
from shop.tasks import send_receipt


def pay(pk, job):
    order = Order.objects.get(pk=pk)
    send_receipt.delay(order)  # noqa: CEL101
    job.delay(pk)
"""
DISPATCH = "shop/views.py:7"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write(tmp_path_factory.mktemp("shop"), VIEWS)
    cells = [
        {"cell_type": "code", "source": "%pip list\nfrom shop.tasks import send_receipt"},
        {"cell_type": "markdown", "source": "Send it."},
        {"cell_type": "code", "source": "pk = 1\nif pk:\n    send_receipt.delay(pk)"},
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (root / "try.ipynb").write_text(json.dumps(notebook))
    return root


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("shop/views.py", "'shop/views.py' names no line: write FILE:LINE, such as "),
        ("shop/views.py:0", "'shop/views.py' has no line 0: it has 8"),
        ("shop/views.py:9", "'shop/views.py' has no line 9: it has 8"),
        ("shop/nothing.py:1", "'shop/nothing.py' cannot be read: No such file or directory"),
        ("shop:1", "'shop' cannot be read: Is a directory"),
        ("try.ipynb:2", "'try.ipynb' has no such line: name its cell too, as in try.ipynb:cell 1"),
    ],
)
def test_a_place_that_is_not_there_is_one_message(shop: Path, place: str, message: str) -> None:
    assert usage_error(celery_patterns("explain", place, folder=shop)).startswith(message)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes with a name")
def test_a_pipe_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    said = usage_error(celery_patterns("explain", "pipe.py:1", folder=tmp_path))
    assert said == "'pipe.py' cannot be read: it is no plain file"


def test_a_finding_in_another_line_is_told_with_its_line(tmp_path: Path) -> None:
    root = write(tmp_path, VIEWS.replace("delay(order)  # noqa: CEL101", "delay(\n        order)"))
    done = celery_patterns("explain", DISPATCH, folder=root)
    assert "\nCEL101 in line 8 (shown): " in done.stdout


def test_a_file_that_does_not_concern_celery(shop: Path) -> None:
    done = celery_patterns("explain", "shop/prices.py:2", folder=shop)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "shop/prices.py:2: return sum(prices)\n\n"
        "The file does not concern Celery: no word in it speaks of it, so it is not linted.\n"
    )


def test_a_line_without_facts(shop: Path) -> None:
    done = celery_patterns("explain", "shop/views.py:3", folder=shop)
    assert done.returncode == 0
    assert "\nNothing in this line is a fact that a rule looks at.\n\nNo finding.\n" in done.stdout


def test_a_dispatch_for_people(shop: Path) -> None:
    # As a report prints the place: with a column.
    done = celery_patterns("explain", f"{DISPATCH}:24", folder=shop)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{DISPATCH}:24: send_receipt.delay(order)  # noqa: CEL101\n\n")
    words = re.sub(" +", " ", done.stdout)
    for told in (
        "The file is linted: line 7 may concern Celery: send_receipt.delay(order)",
        "dispatch: send_receipt.delay(order)\n task send_receipt, defined in shop/tasks.py:6\n",
        "\n argument order_pk `order` is a Django model instance (Order, from Order.objects",
        "\n stands in the function pay\n",
        "\nCEL101 (hidden by a noqa comment): `order` is a Django model instance",
        "\nLooked and found nothing: CEL102, ",
    ):
        assert told in words


def test_a_receiver_that_could_not_be_resolved(shop: Path) -> None:
    done = celery_patterns("explain", "shop/views.py:8", "--select", "CEL", folder=shop)
    words = re.sub(" +", " ", done.stdout)
    assert "\n no dispatch `job` is not known to be a task\n" in words
    assert (
        "\n because it is unknown: `job` is a parameter of pay() without an annotation\n" in words
    )


def test_a_dispatch_for_tools(shop: Path) -> None:
    arguments = ("explain", DISPATCH, "--output-format", "json", "--select", "CEL101,CEL105")
    told = json.loads(celery_patterns(*arguments, folder=shop).stdout)
    assert told["filename"] == str(shop / "shop/views.py")
    assert (told["line"], told["cell"], told["concerns_celery"]) == (7, None, True)
    (dispatch,) = told["facts"]
    assert (dispatch["what"], dispatch["location"]["column"]) == ("dispatch", 5)
    assert {"name": "stands in", "text": "the function pay"} in dispatch["details"]
    (shown,) = [found for found in told["findings"] if found["code"] == "CEL101"]
    assert shown["verdict"] == "hidden by a noqa comment"
    assert shown["location"] == {"row": 7, "column": 24}
    assert shown["end_location"] == {"row": 7, "column": 29}
    assert told["found_nothing"] == ["CEL105"]


def test_a_cell_of_a_notebook_counts_its_own_lines(shop: Path) -> None:
    arguments = ("explain", "try.ipynb:cell 3:3", "--output-format", "json")
    done = celery_patterns(*arguments, folder=shop)
    told = json.loads(done.stdout)
    assert (told["cell"], told["line"]) == (3, 3)
    (dispatch,) = told["facts"]
    assert dispatch["title"] == "send_receipt.delay(pk)"
    assert (dispatch["cell"], dispatch["location"]) == (3, {"row": 3, "column": 5})
    assert dispatch["end_location"] == {"row": 3, "column": 27}
    text = celery_patterns("explain", "try.ipynb:cell 3:3", folder=shop).stdout
    assert "The file is linted: cell 3, line 3 may concern Celery: " in text


def test_a_wrong_table_is_one_message(tmp_path: Path) -> None:
    root = write(tmp_path, VIEWS)
    (root / "pyproject.toml").write_text("[tool.celery-patterns]\nslect = []\n")
    message = usage_error(celery_patterns("explain", DISPATCH, folder=root))
    assert message.startswith(f"{root / 'pyproject.toml'}: [tool.celery-patterns]: unknown key")

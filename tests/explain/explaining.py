"""A small project whose lines are explained."""

from __future__ import annotations

from pathlib import Path

from flake8_celery_patterns.explain.line import Explanation, explain
from flake8_celery_patterns.explain.told import Told
from flake8_celery_patterns.run.result import Target
from flake8_celery_patterns.settings import Values

FILES = {
    "pyproject.toml": "",
    "shop/__init__.py": "",
    "shop/models.py": "from django.db import models\n\n\nclass Order(models.Model): ...\n",
    "shop/base.py": (
        "from celery import Task\n\n\nclass Patient(Task):\n    max_retries = 9\n"
        '    queue = "slow"\n'
    ),
    "shop/tasks.py": (
        "from celery import shared_task\n"
        "from shop.base import Patient\n"
        "\n"
        "\n"
        "@shared_task(bind=True, base=Patient, time_limit=60)\n"
        "def send_receipt(\n"
        "    self,\n"
        "    order_pk,\n"
        "    note='',\n"
        "): ...\n"
    ),
    "shop/prices.py": "def total(prices):\n    return sum(prices)\n",
}
NO_CACHE: Values = (("no-cache", True),)


def write(root: Path, code: str = "", name: str = "shop/views.py") -> Path:
    """Write the project, with `code` as one more file; give its root."""
    for path, text in {**FILES, name: code}.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return root


def explained(
    root: Path, line: int, name: str = "shop/views.py", given: Values = ()
) -> Explanation:
    """Explain a line of a file of the project."""
    return explain(Target(root / name, name), line, (*NO_CACHE, *given), root)


def line_of(root: Path, text: str, name: str = "shop/views.py") -> int:
    """The number of the one line that holds `text`."""
    lines = (root / name).read_text(encoding="utf-8").splitlines()
    (number,) = [number for number, line in enumerate(lines, start=1) if text in line]
    return number


def fact(explanation: Explanation, what: str) -> Told:
    """The one fact of a kind."""
    (found,) = [told for told in explanation.facts if told.what == what]
    return found


def details(told: Told) -> dict[str, str]:
    """What is told of a fact, by name."""
    return {detail.name: detail.text for detail in told.details}

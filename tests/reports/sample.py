"""A project with everything that is hard to report: what it holds, and what is found there."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Iterable
from itertools import accumulate
from pathlib import Path
from typing import Any, Literal

from jsonschema.validators import validator_for

from flake8_celery_patterns.reports.formats import named
from flake8_celery_patterns.run.lint import lint_target
from flake8_celery_patterns.run.result import FileResult, Run, Target
from flake8_celery_patterns.settings import Values
from flake8_celery_patterns.source.lines import split_lines

# Line and column.
Place = tuple[int, int]
Unit = Literal["code point", "byte"]

SCHEMAS = Path(__file__).parent / "schemas"
GIVEN: Values = (("no-cache", True), ("extend-select", ("CEL913",)))

APP = """\
from celery import Celery

app = Celery("shop", broker="amqp://shop:Xu7rePh2@broker.internal//")
app.conf.accept_content = ["json", "pickle"]
"""
TASKS = """\
from celery import shared_task


@shared_task
def remind(customer, größe):
    print(customer)


@shared_task
def total(customer):
    return {1, customer}
"""
SENDING = """\
from celery import chain, shared_task

from shop.tasks import remind, total


def send(customer):
    größe = "🐰🐰🐰🐰🐰"; remind.delay(customer, größe, countdown=3600)
    total.delay(
        customer,
        countdown=3600,
    )
    größe = "🐰"; total.apply_async(args=7)


class Again:
    def send(self, customer):
        total.delay(customer, countdown=3600)
        total.delay(customer, countdown=3600)

    def hidden(self, customer):
        total.delay(customer, countdown=3600)  # noqa: CEL103


@shared_task(autoretry_for=(OSError,))
def fetch(url):
    return chain(total.s(1), total.s(2, 3))
"""
BROKEN = "from celery import shared_task\n\ndef (:\n"
CLEAN = "from celery import shared_task\n\n\n@shared_task(time_limit=9)\ndef clean(): ...\n"
CELLS = (
    "# A *title*",
    "import math\n",
    "from shop.tasks import total\n\ntotal.delay(1, countdown=2)\n",
)
# What JSON, XML, workflow commands and URIs escape, and a byte that is no UTF-8.
ODD = os.fsdecode(b"odd \"'&<%,:;]=\n\xff.py")


def made(folder: Path) -> Path:
    """Write the project into the repository `folder`; give the project's own folder."""
    project = folder / "back end"
    (folder / ".git").mkdir(parents=True)
    texts = {
        "pyproject.toml": "",
        "shop/__init__.py": "",
        "shop/app.py": APP,
        "shop/tasks.py": TASKS,
        "shop/sending.py": SENDING,
        "shop/broken.py": BROKEN,
        "shop/clean.py": CLEAN,
        ODD: SENDING,
        "notes.ipynb": notebook(CELLS),
    }
    for name, text in texts.items():
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return project


def notebook(cells: tuple[str, ...]) -> str:
    """Give a notebook; its first cell is text, the others are code."""
    written: list[dict[str, object]] = [
        {"cell_type": "code" if number else "markdown", "metadata": {}, "source": source}
        | ({"outputs": [], "execution_count": None} if number else {})
        for number, source in enumerate(cells)
    ]
    return json.dumps({"cells": written, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def linted(folder: Path) -> Run:
    """Lint all files below `folder`, as a run that was started there."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix in (".py", ".ipynb"))
    shown = [os.path.relpath(path, folder).replace(os.sep, "/") for path in paths]
    targets = [Target(path, name) for path, name in zip(paths, shown, strict=True)]
    results = [lint_target(target, GIVEN) for target in targets]
    found = tuple(result for result in results if result is not None)
    return Run(found, len(targets), 0.5, folder)


def result_of(run: Run, name: str) -> FileResult:
    """Give the result of the file that is shown as `name`."""
    return next(result for result in run.results if result.target.shown == name)


def written(name: str, run: Run) -> str:
    """Give the report of a run in the format `name`."""
    out = io.StringIO()
    named(name).write(run, out)
    return out.getvalue()


def edited(text: str, edits: Iterable[tuple[Place, Place, str]], unit: Unit) -> str:
    """Make edits as a program does that has the report alone; lines and columns count from 1."""
    encoding, width = ("utf-8", 1) if unit == "byte" else ("utf-32-le", 4)
    lines = [line.encode(encoding) for line in split_lines(text)]
    starts = list(accumulate(map(len, lines), initial=0))
    content = text.encode(encoding)
    for start, end, new in sorted(edits, reverse=True):
        first, last = (starts[line - 1] + (column - 1) * width for line, column in (start, end))
        content = content[:first] + new.encode(encoding) + content[last:]
    return content.decode(encoding)


def schema(name: str) -> Any:
    """Give a JSON schema of the folder `schemas`."""
    return json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))


def check_schema(name: str, report: Any) -> None:
    """Fail unless `report` is what the schema `name` describes."""
    found = schema(name)
    checker = validator_for(found)
    checker.check_schema(found)
    checker(found, format_checker=checker.FORMAT_CHECKER).validate(report)

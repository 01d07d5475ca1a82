"""Linting takes work in proportion to what a file holds: calls are counted, no time is measured."""

from __future__ import annotations

import cProfile
import pstats
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from flake8_celery_patterns.engine import UNREADABLE, lint
from flake8_celery_patterns.project.project import Project
from flake8_celery_patterns.settings import Settings

# How often a shape is repeated. Between the last two lies twice as much as between the first two:
# linear work grows by 2 there, quadratic work by 4. The bound lets no quadratic part through that
# were most of the work where a shape stands 300 times.
TIMES = (8, 16, 32)
LINEAR = 2.2

START = """\
from celery import Celery, chain, group, shared_task
from celery.signals import task_success
from django.db import models, transaction

app = Celery("shop")


class Order(models.Model):
    count = models.IntegerField()


@shared_task(bind=True)
def work(self, first, second=1):
    return first


"""
TASK = "@shared_task(bind=True)\ndef run(self, first):\n    order = Order.objects.get(pk=first)\n"


@dataclass(frozen=True)
class Shape:
    """A file: `part` stands in it again and again, each time with another number for `$`.

    `$+` stands for the next number.
    """

    part: str
    before: str = ""
    after: str = ""

    def text(self, times: int) -> str:
        """The file, with so many parts."""
        parts = (
            self.part.replace("$+", str(number + 1)).replace("$", str(number))
            for number in range(times)
        )
        return START + self.before + "".join(parts) + self.after


SHAPES = {
    "tasks": Shape("@shared_task\ndef task_$(pk):\n    work.delay(pk)\n\n\n"),
    "tasks of one last name": Shape("@shared_task(name='m$.t')\ndef task_$(pk):\n    pass\n\n\n"),
    "tasks sending the next": Shape("@shared_task\ndef task_$(pk):\n    task_$+.delay(pk)\n\n\n"),
    "one task bound again": Shape("@shared_task\ndef again(pk):\n    pass\n\n\n"),
    "dispatches": Shape("    work.delay($)\n", TASK),
    "dispatches in a module": Shape("work.apply_async((1, $), countdown=$)\n"),
    "names of tasks": Shape("    app.send_task('shop.tasks.task_$', args=(1,))\n", TASK),
    "results": Shape("    result_$ = work.delay($)\n    print(result_$.get())\n", TASK),
    "signatures": Shape("    signature_$ = work.s($)\n    signature_$.delay()\n", TASK),
    "chain": Shape("        work.si($),\n", TASK + "    chain(\n", "    ).delay()\n"),
    "group": Shape("        work.si($),\n", TASK + "    group([\n", "    ]).delay()\n"),
    "pipes": Shape("    s |= work.s()\n", TASK + "    s = work.s(1)\n", "    s.delay()\n"),
    "objects": Shape("    order_$ = Order.objects.get(pk=$)\n    work.delay(order_$.pk)\n", TASK),
    "saves": Shape("    order.count = order.count + $\n    order.save()\n", TASK),
    "blocks": Shape("    with transaction.atomic():\n        work.delay(Order().pk)\n", TASK),
    "loops": Shape("    for pk in first:\n        work.delay(pk)\n", TASK),
    "branches": Shape("    if first == $:\n        work.delay($)\n", TASK),
    "attempts": Shape(
        "    try:\n        print($)\n    except ValueError as e:\n"
        "        raise self.retry(exc=e)\n",
        TASK,
    ),
    "handlers": Shape("    except E$:\n        raise\n", TASK + "    try:\n        print(1)\n"),
    "lambdas": Shape("    later_$ = lambda: work.delay($)\n", TASK),
    "after a commit": Shape("    transaction.on_commit(lambda: work.delay($))\n", TASK),
    "functions in a task": Shape(
        "    def inner_$():\n        work.delay($)\n    inner_$()\n", TASK
    ),
    "callers of a function": Shape(
        "@shared_task\ndef task_$(pk):\n    order = Order.objects.get(pk=pk)\n    helper(order)\n",
        "def helper(order):\n    order.save()\n    work.delay(order.pk)\n\n\n",
    ),
    "functions calling the next": Shape(
        "def call_$(pk):\n    work.delay(1)\n    call_$+(pk)\n\n\n"
    ),
    "ways out of a loop": Shape(
        "        order_$ = Order.objects.get(pk=first)\n        if order_$.count:\n"
        "            work.delay(order_$.pk)\n            break\n",
        TASK + "    while True:\n",
    ),
    "names bound in handlers": Shape(
        "    except E$ as e:\n        order_$ = Order(pk=1)\n        work.delay(order_$.pk)\n",
        TASK + "    try:\n        print(1)\n",
    ),
    "cases": Shape(
        "        case [$, x_$]:\n            work.delay(x_$)\n", TASK + "    match first:\n"
    ),
    "one function defined again": Shape(
        "    def inner():\n        work.delay($)\n    inner()\n", TASK
    ),
    "attributes of self": Shape(
        "        self.order_$ = Order(pk=$)\n        self.load()\n"
        "        work.delay(self.order_$.pk)\n",
        "class C:\n    def go(self):\n",
    ),
    "in one statement": Shape("        work.delay($),\n", TASK + "    sent = [\n", "    ]\n"),
    "sent before the save": Shape(
        "    made.count = $\n    work.delay(made.pk)\n",
        "def make():\n    made = Order()\n",
        "    made.save()\n",
    ),
    "callbacks in a loop": Shape(
        "        x_$ = pk\n        transaction.on_commit(lambda: work.delay(x_$))\n",
        "def send(pks):\n    for pk in pks:\n",
    ),
    "in a transaction": Shape(
        "        helper_$(order)\n        work.delay(order.pk)\n",
        "def pay(order: Order):\n    with transaction.atomic():\n",
    ),
    "rows made and tried again": Shape(
        "    Order.objects.create(count=$)\n    print(first)\n",
        "@shared_task(autoretry_for=(ValueError,), max_retries=3)\ndef make_all(first):\n",
    ),
    "retries": Shape(
        "    try:\n        print($)\n    except ValueError:\n        self.retry(countdown=$)\n",
        TASK,
    ),
    "errors swallowed": Shape(
        "        try:\n            print($)\n        except Exception:\n            pass\n",
        "@shared_task(soft_time_limit=5)\ndef go_on(pks):\n    for pk in pks:\n",
    ),
    "requests": Shape("    requests.get('http://x/$')\n", "import requests\n\n\n" + TASK),
    "fields": Shape(
        "    field_$ = models.IntegerField(default=$)\n", "class Wide(models.Model):\n"
    ),
    "tasks sent by name": Shape(
        "@shared_task(name='n.t$')\ndef named_$():\n    pass\n\n\napp.send_task('n.t$')\n"
    ),
    "methods": Shape("    def save_$(self):\n        work.delay(self.pk)\n", "class M(Order):\n"),
    "models": Shape(
        "class M$(models.Model):\n    n = models.IntegerField()\n\n\n"
        "def send_$(m: M$):\n    work.delay(m.pk)\n\n\n"
    ),
    "receivers": Shape("@task_success.connect\ndef done_$(sender=None, **kwargs):\n    pass\n\n\n"),
    "settings": Shape("app.conf.task_time_limit = $\n"),
    "annotated tasks": Shape(
        "@shared_task\ndef annotated_$(pk):\n    pass\n\n\n"
        "app.conf.task_annotations = {'m.annotated_$': {'rate_limit': '$/m'}}\n"
    ),
    "attributes set from outside": Shape(
        "class Thing$:\n    pass\n\n\nThing$.__json__ = str\nwork.delay(Thing$())\n"
    ),
    "apps": Shape("app_$ = Celery('a$')\n\n\n@app_$.task\ndef of_app_$():\n    pass\n\n\n"),
    "schedule": Shape(
        "    'entry_$': {'task': 'm.work', 'schedule': $.0},\n",
        "app.conf.beat_schedule = {\n",
        "}\n",
    ),
    "routes": Shape("    'm.task_$': {'queue': 'q$'},\n", "app.conf.task_routes = {\n", "}\n"),
    "imports": Shape("from shop.m$ import task_$\n\n\ndef send_$():\n    task_$.delay(1)\n\n\n"),
}


def calls(text: str, root: Path) -> int:
    """How many calls, of Python's functions and of C's, linting a file of a new project makes."""
    # Patterns that are compiled for a name are kept for the next file.
    re.purge()
    project = Project(root, Settings(cache=False, select=("CEL", "CEL9")))
    profile = cProfile.Profile()
    profile.enable()
    findings = lint(text, root / "shop.py", project)
    profile.disable()
    assert UNREADABLE not in {finding.code for finding in findings}
    counted: int = pstats.Stats(profile).total_calls  # type: ignore[attr-defined]
    return counted


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_twice_as_much_takes_twice_the_work(shape: Shape, tmp_path: Path) -> None:
    # What is imported, and kept for the life of the process, is so before anything is counted.
    calls(shape.text(1), tmp_path)
    first, second, third = (calls(shape.text(times), tmp_path) for times in TIMES)
    assert first < second < third
    assert (third - second) / (second - first) < LINEAR

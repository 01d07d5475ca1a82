"""CEL911 long-loop-without-progress."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import (
    Attribute,
    Call,
    Constant,
    Expression,
    Name,
    Subscript,
)
from flake8_celery_patterns.facts.read import read
from flake8_celery_patterns.facts.sends import SENDING_METHODS
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.flow.course import parts_of
from flake8_celery_patterns.meaning.flow.places import Called, InLoop, InWith, Place
from flake8_celery_patterns.meaning.flow.quick import LOGGING, QUICK
from flake8_celery_patterns.meaning.kinds import External, Stream
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.names.literals import followed
from flake8_celery_patterns.meaning.tasks.retrying import body_speaks_of
from flake8_celery_patterns.meaning.tasks.tasks import Task, option, option_value
from flake8_celery_patterns.rules.rule import Report, Rule

_STREAMS = frozenset({"queryset", "query", "result", "scalars"})
_FILES = frozenset(
    {"builtins.open()", "csv.DictReader()", "csv.reader()", "gzip.open()", "io.open()"}
)
# What gives the same things once more, in another order or with a number.
_WRAPPERS = frozenset({"enumerate", "iter", "list", "reversed", "sorted", "tuple"})
_PROGRESS = re.compile(r"(?i)progress|update_state|send_event|tqdm|heartbeat|percent|set_state")


class LongLoopWithoutProgress(Rule[Called]):
    """Task works through much, and nobody sees how far it is.

    ## What it reports

    In a task, a `for` loop over a queryset or the lines of a file that does work for each of them,
    where nothing in the task says how far it is.

    ## Why it is a risk

    From outside, a task that will be through in a minute and one that hangs at the first row look
    alike: `STARTED`. Whoever waits for it, or decides whether to kill it before a deployment, has
    nothing to go by. `update_state()` with a count costs one write to the result backend.

    ## Example

    ```python
    from celery import shared_task
    from django.db import models


    class Order(models.Model):
        def export(self):
            print(self.pk)


    @shared_task
    def export_orders():
        for order in Order.objects.all():
            order.export()
    ```

    ## Use instead

    ```python
    from celery import shared_task
    from django.db import models


    class Order(models.Model):
        def export(self):
            print(self.pk)


    @shared_task(bind=True)
    def export_orders(self):
        for done, order in enumerate(Order.objects.all()):
            order.export()
            if done % 100 == 0:
                self.update_state(state="PROGRESS", meta={"done": done})
    ```

    Better still: a task for each order, or for each hundred.

    ## Fix

    None: what is worth telling, and how often, is yours to say.

    ## When it stays silent

    - Where a name in the task speaks of progress, or of `update_state`.
    - For a task with `ignore_result`, or under `task_ignore_result`: nobody looks at its state.
    - For slices, the rows of one object (`order.lines.all()`), for what is not certainly a queryset
      or a file, and in test code.
    - For a loop that sends tasks, that only collects, or that logs.

    ## References

    - [Celery: custom states](https://docs.celeryq.dev/en/stable/userguide/tasks.html#custom-states)
    """

    code: ClassVar[str] = "CEL911"
    name: ClassVar[str] = "long-loop-without-progress"
    tier = "opinion"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Called

    def check(self, fact: Called, meaning: Meaning) -> Iterator[Report]:
        task, loop = fact.place.task, _outermost_loop(fact.place)
        if task is None or loop is None or _is_quick(fact):
            return
        what = _walked(read(loop.iter), fact.place, meaning)
        if what is None or is_test_code(meaning.source.path, meaning.project.root):
            return
        # One and the same for each call in the loop.
        if _tells(loop) or body_speaks_of(meaning, task, _PROGRESS):
            return
        if not _is_ignored(task, meaning):
            yield Report(loop.iter, _message(task, what))


def _outermost_loop(place: Place) -> cst.For | None:
    loops = [around.node for around in place.here if isinstance(around, InLoop)]
    return loops[-1] if loops and isinstance(loops[-1], cst.For) else None


def _is_quick(fact: Called) -> bool:
    """Whether a call is over at once, so that a loop of such calls takes no time."""
    if isinstance(fact.function, External) and fact.function.name.startswith("builtins."):
        return True
    function = fact.call.function
    return isinstance(function, Attribute) and function.name in QUICK


def _walked(iterable: Expression, place: Place, meaning: Meaning) -> str | None:
    """What a loop walks through, if there may be any number of it."""
    found, there = followed(meaning, iterable, place.environment)
    if isinstance(found, Subscript):
        return None
    if isinstance(iterable, Call) and isinstance(iterable.function, Name):
        inner = iterable.positional(0)
        if iterable.function.id in _WRAPPERS and inner is not None:
            return _walked(inner, place, meaning)
    if isinstance(found, Call) and isinstance(found.function, Attribute):
        if found.function.name in ("iterator", "aiterator", "readlines"):
            return _walked(found.function.value, place, meaning)
    kind = meaning.evaluate(iterable, place.environment)
    if isinstance(kind, Stream) and kind.form in _STREAMS:
        # Of one object there are mostly few: `order.lines.all()`.
        return None if _is_of_one(found, there, meaning) else "the rows of a query"
    if isinstance(kind, External) and kind.name in _FILES:
        return "the lines of a file"
    return "the lines of a file" if _is_opened(iterable, place, meaning) else None


def _is_of_one(expression: Expression, where: Environment, meaning: Meaning) -> bool:
    """Whether a query starts at one object's related rows."""
    while isinstance(expression, (Attribute, Call)):
        kind = meaning.evaluate(expression, where)
        if isinstance(kind, Stream) and kind.form in ("related", "relationship"):
            return True
        inner = expression.function if isinstance(expression, Call) else expression.value
        expression = inner
    return False


def _is_opened(iterable: Expression, place: Place, meaning: Meaning) -> bool:
    """Whether a name is that of a file that a `with` around the place opened."""
    if not isinstance(iterable, Name):
        return False
    for around in place.here:
        if isinstance(around, InWith):
            for item in around.node.items:
                alias = item.asname.name if item.asname is not None else None
                if isinstance(alias, cst.Name) and alias.value == iterable.id:
                    opened = meaning.evaluate(read(item.item), place.environment)
                    return isinstance(opened, External) and opened.name in _FILES
    return False


def _tells(loop: cst.For) -> bool:
    """Whether the loop hands its work on to tasks, or each turn leaves a line in the log."""
    return any(
        isinstance(part, cst.Attribute)
        and part.attr.value in SENDING_METHODS | LOGGING - {"map", "replace"}
        for part in parts_of(loop.body)
    )


def _is_ignored(task: Task, meaning: Meaning) -> bool:
    """Whether the task's state is not kept, or may not be."""
    found = option(meaning, task, "ignore_result")
    if found.is_absent:
        given = meaning.config.settings("task_ignore_result")
        return any(setting.value != Constant(False) for _, setting in given)
    return option_value(meaning, found) is not False


def _message(task: Task, what: str) -> str:
    return (
        f"task {task.name} works through {what} and never says how far it is: nobody can tell a "
        "long run from one that hangs; call self.update_state() from time to time, or split the "
        "work into tasks"
    )

"""CEL904 dispatch-without-expires."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.expressions import Attribute, Call, Mapping
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.kinds import Partial, TaskSelf
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.literals import followed, value
from flake8_celery_patterns.meaning.schedules.entries import Field, Scheduled
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.meaning.tasks.tasks import Task, option
from flake8_celery_patterns.rules.rule import Report, Rule

_FORMS = ("apply_async", "apply_async_on_commit", "send_task")
# What django-celery-beat calls it.
_STORED = ("expires", "expire_seconds")
_PLAIN_SIGNATURES = ("s", "si")


class DispatchWithoutExpires(Rule[Dispatch | Scheduled]):
    """Message waits in the queue for ever.

    ## What it reports

    Of a task that has no `expires` itself: an entry of a schedule without one (`beat_schedule`,
    `add_periodic_task()`, a `PeriodicTask` of django-celery-beat), and `.apply_async()` or
    `send_task()` without one. `.delay()` is left alone: it takes no options.

    ## Why it is a risk

    Beat sends on, whether a worker runs or not. After a night without workers, a task that runs
    every minute lies in the queue 600 times, and all 600 run one after the other while everything
    else waits. The same with a mail that says "your code is valid for ten minutes": it goes out
    hours later. A message with `expires` is dropped by the worker once its time is over.

    ## Example

    ```python
    from celery import Celery

    app = Celery("shop", task_soft_time_limit=60)


    @app.task(name="shop.check_stock")
    def check_stock():
        print("checking")


    app.conf.beat_schedule = {
        "check-stock": {"task": "shop.check_stock", "schedule": 60},
    }
    ```

    ## Use instead

    ```python
    from celery import Celery

    app = Celery("shop", task_soft_time_limit=60)


    @app.task(name="shop.check_stock")
    def check_stock():
        print("checking")


    app.conf.beat_schedule = {
        "check-stock": {
            "task": "shop.check_stock",
            "schedule": 60,
            "options": {"expires": 50},
        },
    }
    ```

    Or once for all who send it: `@app.task(expires=50)`.

    ## Fix

    None: how long the work is worth doing is yours to say.

    ## When it stays silent

    - Where the task has `expires` by its decorator, its base class or `task_annotations`, or may
      have.
    - Where the options are not all in view (`**options`, a name), or the task is not.
    - For signatures and canvas, `functools.partial`, `self.apply_async()` in the task itself, and
      in test code.

    ## References

    - [Celery: expiration](https://docs.celeryq.dev/en/stable/userguide/calling.html#expiration)
    - [flake8-pie: PIE785 celery-require-tasks-expire](https://github.com/sbdchd/flake8-pie#pie785-celery-require-tasks-expire)
    """

    code: ClassVar[str] = "CEL904"
    name: ClassVar[str] = "dispatch-without-expires"
    tier = "opinion"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type | tuple[type, ...]] = (Dispatch, Scheduled)

    def check(self, fact: Dispatch | Scheduled, meaning: Meaning) -> Iterator[Report]:
        if is_test_code(meaning.source.path, meaning.project.root):
            return
        if isinstance(fact, Scheduled):
            yield from _of_entry(fact, meaning)
        elif fact.form in _FORMS and not fact.is_partial:
            yield from _of_dispatch(fact, meaning)


def _of_dispatch(fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
    call = fact.call
    if call.node is None or call.is_open or call.keyword("expires") is not None:
        return
    task = _task_sent(fact, meaning)
    if task is not None and option(meaning, task, "expires").is_absent:
        yield Report(call.node, _message_of_dispatch(fact, task))


def _task_sent(fact: Dispatch, meaning: Meaning) -> Task | None:
    """The task that a dispatch sends, if it is no signature with options of its own."""
    if fact.form != "send_task":
        return None if isinstance(fact.receiver, (Partial, TaskSelf)) else fact.task
    first = fact.call.positional(0)
    named = value(meaning, first, fact.place.environment) if first is not None else None
    return meaning.task_names.task(named) if isinstance(named, str) else None


def _of_entry(fact: Scheduled, meaning: Meaning) -> Iterator[Report]:
    if fact.node is None or fact.is_open or not fact.is_certain or "task" not in fact.fields:
        return
    if fact.form == "entry":
        options = fact.fields.get("options")
        lacks = options is None or _is_dict_without_expires(options, meaning)
    else:
        lacks = not any(name in fact.fields for name in _STORED)
    task = _task_scheduled(fact, meaning) if lacks else None
    if task is not None and option(meaning, task, "expires").is_absent:
        yield Report(fact.node, _message_of_entry(fact, task))


def _is_dict_without_expires(options: Field, meaning: Meaning) -> bool:
    found, where = followed(meaning, options.value, options.where)
    shown = value(meaning, found, where) if isinstance(found, (Mapping, Call)) else None
    return isinstance(shown, dict) and "expires" not in shown


def _task_scheduled(fact: Scheduled, meaning: Meaning) -> Task | None:
    """The task of the project that an entry names, or whose plain signature it adds."""
    given = fact.fields["task"]
    if fact.form != "added":
        named = value(meaning, given.value, given.where)
        return meaning.task_names.task(named) if isinstance(named, str) else None
    signature, kind = given.value, meaning.evaluate(given.value, given.where)
    if isinstance(signature, Call):
        made = signature.function
        is_plain = isinstance(made, Attribute) and made.name in _PLAIN_SIGNATURES
    else:
        is_plain = not isinstance(kind, Partial)
    return meaning.task_behind(kind) if is_plain else None


def _message_of_dispatch(fact: Dispatch, task: Task) -> str:
    return (
        f"{fact.form}() of task {task.name} gives no expires, nor does the task: when the queue "
        "stands, the message waits for ever and runs when nobody needs it any more; give it "
        "expires="
    )


def _message_of_entry(fact: Scheduled, task: Task) -> str:
    cure = {
        "entry": 'give the entry "options": {"expires": …}',
        "added": "give it expires=",
        "stored": "give it expire_seconds=",
    }[fact.form]
    label = f"schedule {fact.label}" if fact.label else "this schedule"
    return (
        f"{label} sends task {task.name} without expires: while no worker runs the messages pile "
        f"up, and all of them run afterwards; {cure}, or the task an expires="
    )

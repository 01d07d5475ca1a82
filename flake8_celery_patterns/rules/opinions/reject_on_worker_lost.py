"""CEL919 reject-on-worker-lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.literals import value
from flake8_celery_patterns.meaning.settings.written import Written
from flake8_celery_patterns.meaning.tasks.acknowledging import acknowledges_late
from flake8_celery_patterns.meaning.tasks.own_options import decorator_takes, own_option
from flake8_celery_patterns.meaning.tasks.retrying import body_of
from flake8_celery_patterns.meaning.tasks.tasks import Task, option, option_value
from flake8_celery_patterns.rules.rule import Report, Rule

_OPTION, _SETTING = "reject_on_worker_lost", "task_reject_on_worker_lost"
# Queues of a broker that counts deliveries itself, and Celery's own counting since 5.7.
_COUNTING = re.compile(
    rb"x-queue-type|x-delivery-limit|delivery[_-]limit|\bquorum\b|task_default_queue_type"
    rb"|\btask_retry_on_worker_lost\b"
)


class RejectOnWorkerLost(Rule[Task | Written]):
    """Puts a task that ends its worker process back into the queue, without end.

    ## What it reports

    `reject_on_worker_lost=True` on a task that acknowledges late, and the setting
    `task_reject_on_worker_lost`.

    ## Why it is a risk

    A worker process is lost by bad luck (a deployment, another task's memory), and then the task
    should run again. But it is also lost by the task itself: one that needs more memory than there
    is, or that crashes a C library. That message is put back, taken by the next worker, ends its
    process too, and so on for ever; no retry is counted, `max_retries` has no say. A single bad
    upload takes the workers down one by one.

    ## Example

    ```python
    from celery import shared_task


    @shared_task(acks_late=True, reject_on_worker_lost=True)
    def resize(path):
        print(path)
    ```

    ## Use instead

    Look whether the message was delivered before:

    ```python
    from celery import shared_task
    from celery.exceptions import Reject


    @shared_task(bind=True, acks_late=True, reject_on_worker_lost=True)
    def resize(self, path):
        if self.request.delivery_info["redelivered"]:
            raise Reject("it may have ended a worker", requeue=False)
        print(path)
    ```

    Or queues that count: quorum queues of RabbitMQ with `x-delivery-limit` (20 by default since
    RabbitMQ 4), `retry_on_worker_lost=True` since Celery 5.7.

    ## Fix

    None: how often a task may try is yours to say.

    ## When it stays silent

    - Without `acks_late`, where it has no effect (CEL316).
    - Where the task asks for `redelivered`, or has `retry_on_worker_lost`.
    - Where the project speaks of quorum queues or a delivery limit.
    - For the setting, where `task_acks_late` is certainly off; in test code.

    ## References

    - [Celery: task_reject_on_worker_lost](https://docs.celeryq.dev/en/stable/userguide/configuration.html#task-reject-on-worker-lost)
    - [RabbitMQ: quorum queues, poison message handling](https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling)
    """

    code: ClassVar[str] = "CEL919"
    name: ClassVar[str] = "reject-on-worker-lost"
    tier = "opinion"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type | tuple[type, ...]] = (Task, Written)

    def check(self, fact: Task | Written, meaning: Meaning) -> Iterator[Report]:
        found = _of_task(fact, meaning) if isinstance(fact, Task) else _of_setting(fact, meaning)
        if found is None or meaning.project.tree.matching(_COUNTING, "counted deliveries"):
            return
        if not is_test_code(meaning.source.path, meaning.project.root):
            yield found


def _of_task(task: Task, meaning: Meaning) -> Report | None:
    node = own_option(task, _OPTION)
    if node is None or decorator_takes(meaning, task, _OPTION):
        return None
    if option_value(meaning, option(meaning, task, _OPTION)) is not True:
        return None
    if not acknowledges_late(meaning, task):
        return None
    if not option(meaning, task, "retry_on_worker_lost").is_absent or _looks_first(task):
        return None
    return Report(node, _message(f"task {task.name}"))


def _looks_first(task: Task) -> bool:
    """Whether the body asks how often its message was delivered."""
    return any(
        isinstance(node, (cst.Name, cst.SimpleString))
        and ("redelivered" in node.value or "deliver" in node.value)
        for node in body_of(task)
    )


def _of_setting(written: Written, meaning: Meaning) -> Report | None:
    if written.setting != _SETTING or value(meaning, written.value, written.where) is not True:
        return None
    if written.is_conditional or meaning.config.is_off("task_acks_late"):
        return None
    return Report(written.node, _message("all tasks"))


def _message(whose: str) -> str:
    return (
        f"reject_on_worker_lost of {whose} puts the message back each time its worker process is "
        "lost: a task that crashes the process does so for ever; ask for "
        "self.request.delivery_info['redelivered'] first, or let the queue count deliveries"
    )

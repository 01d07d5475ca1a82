"""CEL123 task-removed-or-renamed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.history.changes import TaskGone
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.rules.rule import Report, Rule


class TaskRemovedOrRenamed(Rule[TaskGone]):
    """Name of a task is gone while messages may still carry it.

    ## What it reports

    With `celery-patterns check --against REV` alone: the names of the project's tasks are compared
    with those at the git revision REV, which should be what is deployed. A name is reported that no
    task has any more: the task was removed, its function has another name or another `name=`, or it
    was moved to another module, which is part of its name.

    It is reported where the task is that it seems to have become; else where it was; if that file
    is gone too, in the first line of the nearest `__init__.py` above it.

    ## Why it is a bug

    While the new code is being deployed, workers get messages that the old code has sent: those in
    the queue, those with an `eta` or `countdown`, retries, and what web servers and beat still send
    that are replaced later. A worker that does not know the name logs `Received unregistered task
    of type 'shop.tasks.send_receipt'. The message has been ignored and discarded.` The work is
    lost, and nobody is told. Entries that django-celery-beat keeps in the database go on sending
    the old name for ever.

    ## Example

    ```python
    # old/shop/tasks.py
    from celery import shared_task


    @shared_task
    def send_receipt(order_id):
        print(order_id)
    ```

    ```python
    # new/shop/tasks.py
    from celery import shared_task


    @shared_task
    def mail_receipt(order_id):
        print(order_id)
    ```

    ## Use instead

    A task of the old name that does the same, until no message carries it; for a task that was
    moved, its old name: `@shared_task(name="shop.tasks.send_receipt")`.

    ```python
    # old/shop/tasks.py
    from celery import shared_task


    @shared_task
    def send_receipt(order_id):
        print(order_id)
    ```

    ```python
    # new/shop/tasks.py
    from celery import shared_task


    @shared_task
    def mail_receipt(order_id):
        print(order_id)


    @shared_task(name="shop.tasks.send_receipt")
    def send_receipt_of_old_messages(order_id):
        mail_receipt(order_id)
    ```

    ## Fix

    None: whether messages may be lost, only you know.

    ## When it stays silent

    - Where a task of the old name is there, wherever in the project.
    - Where the function still stands there and may be a task all the same: under a decorator that
      is not known, or handed to one by a call.
    - Where the name stands anywhere else in the project, other than to be sent, scheduled or
      routed: it may be given to a task there.
    - Where not every file of the project can be seen, or some task is named while the program runs:
      `name=f"…"`, `gen_task_name`.
    - For tasks whose name did not show, that were defined in a function or under a condition, and
      for test code.
    - Where the file to report it in is not among those that are checked.

    A branch that lacks what its base has got since would be told that tasks are gone. Compare with
    what both have in common: `--against $(git merge-base origin/main HEAD)`.

    ## References

    - [Celery: task names](https://docs.celeryq.dev/en/stable/userguide/tasks.html#names)
    - [Celery: automatic naming and relative imports](https://docs.celeryq.dev/en/stable/userguide/tasks.html#automatic-naming-and-relative-imports)
    """

    code: ClassVar[str] = "CEL123"
    name: ClassVar[str] = "task-removed-or-renamed"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = TaskGone

    def check(self, fact: TaskGone, meaning: Meaning) -> Iterator[Report]:
        yield Report(fact.node, _message(fact))


def _message(fact: TaskGone) -> str:
    now = f", the task here is called '{fact.now}'" if fact.now else ""
    where = f" ({fact.path})" if not fact.now else ""
    return (
        f"no task is called '{fact.name}' any more{where}{now}: workers throw messages in flight "
        f'away as an unregistered task; keep a task with name="{fact.name}" until they are gone'
    )

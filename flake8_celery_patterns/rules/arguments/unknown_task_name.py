"""CEL112 unknown-task-name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.meaning.tasks.tasknames import name_sent
from flake8_celery_patterns.rules.rule import Report, Rule


class UnknownTaskName(Rule[Dispatch]):
    """Sends a task by a name that no task of the project has.

    ## What it reports

    `app.send_task("…")`, `signature("…")` and `app.signature("…")` with a name that stands in the
    text, that no task of the project has, and that was meant for one of them: a task's name is
    nearly the same, its function now stands in another module of the package, the task that it
    points at has another `name=`, or the module that the name points into is one of the project
    with tasks, and none of them is called so.

    ## Why it is a bug

    Nothing checks the name. The message is published, and the worker that gets it logs `Received
    unregistered task of type 'shop.tasks.send_recipt'. The message has been ignored and discarded`:
    the work is lost. Whoever waits for the result gets `NotRegistered`.

    ## Example

    ```python
    from celery import current_app, shared_task


    @shared_task(name="shop.send_receipt")
    def send_receipt(order_id):
        print(order_id)


    def pay(order_id):
        current_app.send_task("shop.send_recipt", args=(order_id,))
    ```

    ## Use instead

    ```python
    from celery import current_app, shared_task


    @shared_task(name="shop.send_receipt")
    def send_receipt(order_id):
        print(order_id)


    def pay(order_id):
        current_app.send_task("shop.send_receipt", args=(order_id,))
    ```

    ## Fix

    None: the name nearest to a slip is a guess.

    ## When it stays silent

    - For names that have nothing to do with the project's own: other programs have tasks, too.
    - Where the name, or the module it is made of, differs from others by a number only, or the
      module is called as any program's may be (`tasks`, `app.worker`), and no name is near.
    - Where not every file of the project can be seen, or some task is named while the program runs:
      `name=f"…"`, `gen_task_name`.
    - Where the name stands anywhere else in the project, other than to be sent or scheduled.
    - In test code.

    ## References

    - [Celery: task names](https://docs.celeryq.dev/en/stable/userguide/tasks.html#names)
    - [Celery: app.send_task](https://docs.celeryq.dev/en/stable/reference/celery.html#celery.Celery.send_task)
    """

    code: ClassVar[str] = "CEL112"
    name: ClassVar[str] = "unknown-task-name"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Dispatch

    def check(self, fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
        named = name_sent(meaning, fact)
        if named is None or is_test_code(meaning.source.path, meaning.project.root):
            return
        name, expression = named
        meant = meaning.task_names.unknown(name)
        if meant is not None and expression.node is not None:
            yield Report(expression.node, _message(name, meant))


def _message(name: str, meant: str) -> str:
    cure = f"write '{meant}'" if meant else "write the name of a task that is there"
    return (
        f"no task of the project is called '{name}': the message is sent, and workers throw it "
        f"away as an unregistered task; {cure}"
    )

"""CEL920 missing-ignore-result."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.scopes import Function
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.result_uses import is_only_sent, is_whole
from flake8_celery_patterns.meaning.tasks.retrying import body_of
from flake8_celery_patterns.meaning.tasks.tasks import Task, option
from flake8_celery_patterns.rules.rule import Report, Rule

# What a body says that somebody looks at its state, or that its result becomes another's.
_TELLING = frozenset({"update_state", "send_event", "replace", "add_to_chord"})


class MissingIgnoreResult(Rule[Task]):
    """Task's result is stored, and nobody reads it.

    ## What it reports

    A task in a project with a result backend, whose result nothing in the project can want: it is
    only ever sent by a `.delay(…)` or `.apply_async(…)` whose value is dropped, by `on_commit` or
    by beat, and neither it nor the settings say `ignore_result`.

    ## Why it is a risk

    Every run writes its result and state to the backend, where they lie for a day
    (`result_expires`). For small tasks that is half of their time, and the backend is often the
    same Redis or database that everything else waits for; in a database the table grows until beat
    clears it.

    ## Example

    ```python
    # shop/app.py
    from celery import Celery

    app = Celery("shop", broker="redis://localhost", backend="redis://localhost")
    app.conf.task_time_limit = 600
    ```

    ```python
    # shop/tasks.py
    from shop.app import app


    @app.task
    def send_receipt(order_pk):
        print(order_pk)


    def pay(order):
        send_receipt.delay(order.pk)
    ```

    ## Use instead

    ```python
    # shop/app.py
    from celery import Celery

    app = Celery("shop", broker="redis://localhost", backend="redis://localhost")
    app.conf.task_time_limit = 600
    ```

    ```python
    # shop/tasks.py
    from shop.app import app


    @app.task(ignore_result=True)
    def send_receipt(order_pk):
        print(order_pk)


    def pay(order):
        send_receipt.delay(order.pk)
    ```

    Or for all tasks `task_ignore_result = True`, and `ignore_result=False` for the few that are
    asked. Errors can be kept all the same: `store_errors_even_if_ignored=True`.

    ## Fix

    None: whether somebody outside the project reads results is yours to say.

    ## When it stays silent

    - Where the project has no result backend, or its whole configuration is not in view.
    - Where a mention of the task's name anywhere does more than define, import, send or schedule
      it: a signature, a canvas, a value that is kept, a string with its name.
    - Where the project asks for any result by id (`AsyncResult`, `TaskResult`), shows results
      (django-celery-results, Flower) or has handlers for success.
    - Where the task updates its state; for class-based tasks; in test code.

    ## References

    - [Celery: ignore results you don't want](https://docs.celeryq.dev/en/stable/userguide/tasks.html#ignore-results-you-don-t-want)
    - [Celery: task_ignore_result](https://docs.celeryq.dev/en/stable/userguide/configuration.html#task-ignore-result)
    """

    code: ClassVar[str] = "CEL920"
    name: ClassVar[str] = "missing-ignore-result"
    tier = "opinion"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Task

    def check(self, fact: Task, meaning: Meaning) -> Iterator[Report]:
        node = fact.node
        if node is None or not isinstance(fact.definition, Function):
            return
        if not option(meaning, fact, "ignore_result").is_absent or _tells(fact):
            return
        if is_test_code(fact.source.path, meaning.project.root):
            return
        config = meaning.config
        if not config.has_app or not config.is_off("task_ignore_result"):
            return
        if config.may_store_results and is_whole(meaning) and is_only_sent(meaning, fact.name):
            yield Report(node, _message(fact))


def _tells(task: Task) -> bool:
    return any(
        isinstance(node, cst.Attribute) and node.attr.value in _TELLING for node in body_of(task)
    )


def _message(task: Task) -> str:
    return (
        f"nothing in the project reads the result of task {task.name}, and each run writes it to "
        "the result backend, where it lies for a day; give it ignore_result=True"
    )

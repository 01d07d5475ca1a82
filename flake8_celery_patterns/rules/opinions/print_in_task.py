"""CEL913 print-in-task."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.flow.course import parts_of
from flake8_celery_patterns.meaning.flow.places import Called, InBranch, InWith, Place
from flake8_celery_patterns.meaning.kinds import NOTHING, External
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.rules.rule import Report, Rule

# What prints, and the argument that says where to; "" for one that cannot be sent elsewhere.
_PRINTING = {
    "builtins.print": "file",
    "pprint.pp": "stream",
    "pprint.pprint": "stream",
    "sys.stderr.write": "",
    "sys.stdout.write": "",
    "traceback.print_exc": "file",
    "traceback.print_exception": "file",
    "traceback.print_stack": "file",
}
_STREAMS = frozenset({"sys.stderr", "sys.stdout", "sys.__stderr__", "sys.__stdout__"})
_REDIRECTING = ("contextlib.redirect_stdout()", "contextlib.redirect_stderr()")
_ASKED_FOR = ("debug", "verbos")


class PrintInTask(Rule[Called]):
    """Prints in a task.

    ## What it reports

    `print()`, `pprint()`, `sys.stdout.write()`, `sys.stderr.write()` and `traceback.print_exc()` in
    the body of a task.

    ## Why it is a risk

    A worker has no terminal. It turns what is printed into log records of the logger
    `celery.redirected`, all of the level WARNING, without the name and id of the task, one record
    for each line. Whatever collects errors and warnings then gets every progress message as one; a
    traceback falls apart into records that nothing holds together. With
    `worker_redirect_stdouts=False` the text has no time, no level and no task at all.

    ## Example

    ```python
    from celery import shared_task


    @shared_task
    def sync_stock(shop_id):
        print("stock of shop", shop_id)
    ```

    ## Use instead

    ```python
    from celery import shared_task
    from celery.utils.log import get_task_logger

    logger = get_task_logger(__name__)


    @shared_task
    def sync_stock(shop_id):
        logger.info("stock of shop %s", shop_id)
    ```

    The records of this logger know the task's name and id (`%(task_name)s`, `%(task_id)s` in
    `worker_task_log_format`).

    ## Fix

    None: which level a message has is yours to say.

    ## When it stays silent

    - Where the text goes elsewhere: `print(…, file=report)`, in `with redirect_stdout(…):`.
    - Under a condition that speaks of debugging or verbosity: it was asked for.
    - In functions that the task calls but does not hold, and for any other `print`.
    - In test code.

    ## References

    - [Celery: logging in tasks](https://docs.celeryq.dev/en/stable/userguide/tasks.html#logging)
    - [Celery: worker_redirect_stdouts](https://docs.celeryq.dev/en/stable/userguide/configuration.html#worker-redirect-stdouts)
    """

    code: ClassVar[str] = "CEL913"
    name: ClassVar[str] = "print-in-task"
    tier = "opinion"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Called

    def check(self, fact: Called, meaning: Meaning) -> Iterator[Report]:
        task, node = fact.place.task, fact.call.node
        if task is None or node is None or not isinstance(fact.function, External):
            return
        name = fact.function.name
        if name not in _PRINTING or not _is_to_terminal(fact, _PRINTING[name], meaning):
            return
        if _is_asked_for(fact.place) or is_test_code(meaning.source.path, meaning.project.root):
            return
        yield Report(node, _message(task, name))


def _is_to_terminal(fact: Called, argument: str, meaning: Meaning) -> bool:
    """Whether what is printed certainly goes where the worker catches it."""
    if any(argument.star == "**" for argument in fact.call.arguments):
        return False
    for around in fact.place.around:
        if isinstance(around, InWith) and isinstance(around.kind, External):
            if around.kind.name in _REDIRECTING:
                return False
    if argument == "stream" and fact.call.positional(1) is not None:
        return False
    given = fact.call.keyword(argument) if argument else None
    if given is None:
        return True
    where = meaning.evaluate(given.value, fact.place.environment)
    return where == NOTHING or (isinstance(where, External) and where.name in _STREAMS)


def _is_asked_for(place: Place) -> bool:
    """Whether a condition around a place speaks of debugging."""
    return any(
        isinstance(part, cst.Name) and any(word in part.value.lower() for word in _ASKED_FOR)
        for around in place.here
        if isinstance(around, InBranch) and around.outcome and around.test.node is not None
        for part in parts_of(around.test.node)
    )


def _message(task: Task, name: str) -> str:
    what = name.removeprefix("builtins.").removeprefix("pprint.")
    method = "exception" if name.startswith("traceback.") else "info"
    return (
        f"{what}() in task {task.name} becomes a warning of the logger celery.redirected, without "
        f"the task's name and id; use logger.{method}() of get_task_logger(__name__)"
    )

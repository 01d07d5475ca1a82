"""CEL408 process-pool-in-task."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.meaning.flow.places import Called
from flake8_celery_patterns.meaning.kinds import External
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.settings.pools import may_not_fork
from flake8_celery_patterns.meaning.tasks.retrying import body_of
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.rules.rule import Report, Rule

# What starts processes by the standard library's multiprocessing, under all its names.
_STARTING = re.compile(
    r"multiprocessing(?:\.context|\.managers|\.get_context\(\))?\.(?:Process|Pool|Manager)"
    r"|multiprocessing\.(?:process\.(?:Base)?Process|pool\.Pool)"
    r"|concurrent\.futures\.(?:process\.)?ProcessPoolExecutor"
)
# Ways to make the worker's process look like no daemon.
_UNDAEMONED = re.compile(rb"_config\b[^\n]*daemon|\.daemon\s*=\s*False|[\"']daemon[\"']\]\s*=")


class ProcessPoolInTask(Rule[Called]):
    """Starts processes by multiprocessing in a task.

    ## What it reports

    `multiprocessing.Process`, `multiprocessing.Pool`, `multiprocessing.Manager` and
    `concurrent.futures.ProcessPoolExecutor` in the body of a task.

    ## Why it is a risk

    The worker's default pool runs tasks in daemonic processes, and Python lets these have no
    children: `AssertionError: daemonic processes are not allowed to have children`. It works with
    the solo and the thread pool, and so in every test that calls the task itself.

    ## Example

    ```python
    from concurrent.futures import ProcessPoolExecutor

    from celery import shared_task


    def thumbnail(path):
        return path


    @shared_task
    def make_thumbnails(paths):
        with ProcessPoolExecutor() as pool:
            return list(pool.map(thumbnail, paths))
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task
    def make_thumbnail(path):
        return path


    def make_thumbnails(paths):
        for path in paths:
            make_thumbnail.delay(path)
    ```

    The worker is a pool of processes already: one task for each piece of work, in a `group` where
    the results are needed. Where it must be in one task, `billiard.Pool` (what Celery itself uses)
    and `subprocess` work.

    ## Fix

    None: the work has to be cut up another way.

    ## When it stays silent

    - For `billiard`, `subprocess`, `multiprocessing.pool.ThreadPool`, `multiprocessing.dummy`.
    - Where the project starts a worker with another pool (`--pool=solo`, `-P threads`,
      `worker_pool`), with `PYTHONOPTIMIZE`, or changes the process's `daemon` flag.
    - Where the task itself asks for that flag: `if current_process().daemon`.
    - In functions that the task calls but does not hold.

    ## References

    - [Celery: concurrency](https://docs.celeryq.dev/en/stable/userguide/concurrency/index.html)
    - [Celery issue 1709: tasks are not allowed to start subprocesses](https://github.com/celery/celery/issues/1709)
    """

    code: ClassVar[str] = "CEL408"
    name: ClassVar[str] = "process-pool-in-task"
    tier = "risk"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Called

    def check(self, fact: Called, meaning: Meaning) -> Iterator[Report]:
        task, node = fact.place.task, fact.call.node
        if task is None or node is None or not isinstance(fact.function, External):
            return
        if not _STARTING.fullmatch(fact.function.name) or meaning.known(
            ("asks for daemons first", task.definition), True, _asks_first, task
        ):
            return
        if not _may_have_children(meaning):
            yield Report(node, _message(task, fact.function.name))


def _asks_first(task: Task) -> bool:
    """Whether the task's body reads the flag of a daemon: `if current_process().daemon`."""
    nodes = list(body_of(task))
    set_there = {id(node.target) for node in nodes if isinstance(node, cst.AssignTarget)}
    return any(
        isinstance(node, cst.Attribute)
        and node.attr.value == "daemon"
        and id(node) not in set_there
        for node in nodes
    )


def _may_have_children(meaning: Meaning) -> bool:
    """Whether the project may run its tasks where processes can be started."""
    if may_not_fork(meaning):
        return True
    return bool(meaning.project.tree.matching(_UNDAEMONED, "no daemon"))


def _message(task: Task, name: str) -> str:
    return (
        f"{name.rpartition('.')[2]} in task {task.name} cannot start a process: the worker's own "
        "processes are daemonic and may have no children (AssertionError); send a task for each "
        "piece of work, or use billiard"
    )

"""CEL903 no-logging."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.read import read
from flake8_celery_patterns.facts.scopes import Class
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.kinds import ClassKind, External, FunctionKind, Kind
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.retrying import body_of
from flake8_celery_patterns.meaning.tasks.tasks import Task, base_of, is_plain_task_base
from flake8_celery_patterns.rules.rule import Report, Rule

# `logger`, `_log`, `LOGGING`, `audit_log`, `AuditLog`, `capture_exception`; not `login`, `catalog`.
_LOGGING = (
    r"(?:(?:^|_)(?i:log|logs|logger|logging|logged)(?:_|$)|Log(?:s|ger|ging|Entry|Record)?(?:[A-Z_]|$)"
    r"|logger$|^(?:structlog|loguru|logbook|sentry_sdk|capture_\w+|add_breadcrumb|warn|warnings)$)"
)
_WORD = re.compile(_LOGGING)
# A file in which something is logged.
_LOGS = re.compile(rb"(?i)logger|logging|\blog\b|\blog[._(]|_log\b|loguru|capture_exception")


class NoLogging(Rule[Task]):
    """Task leaves no line in the log.

    ## What it reports

    A task whose body neither logs nor speaks of a logger. Once a task, at its decorator.

    ## Why it is a risk

    The worker writes that a task was received and that it succeeded, with its id, and nothing of
    what it did and to what. When a customer asks next week why no invoice came, there is nothing
    to look up. A task runs far from any user, so its log is all that is seen of it.

    ## Example

    ```python
    from celery import shared_task

    from shop.orders import Orders


    @shared_task
    def send_invoice(order_id):
        Orders.get(order_id).send_invoice()
    ```

    ## Use instead

    ```python
    from celery import shared_task
    from celery.utils.log import get_task_logger

    from shop.orders import Orders

    logger = get_task_logger(__name__)


    @shared_task
    def send_invoice(order_id):
        Orders.get(order_id).send_invoice()
        logger.info("sent the invoice of order %s", order_id)
    ```

    ## Fix

    None: what is worth a line is yours to say.

    ## When it stays silent

    - Where any name in the body speaks of a log, or of Sentry.
    - Where it calls a function or class of its own file, or one of the project that stands in a
      file that logs.
    - With a decorator or a task class that may log: those of the project, those not in view.
    - For a body that does nothing (`pass`, `...`, `raise NotImplementedError`), and in test code.

    ## References

    - [Celery: logging](https://docs.celeryq.dev/en/stable/userguide/tasks.html#logging)
    """

    code: ClassVar[str] = "CEL903"
    name: ClassVar[str] = "no-logging"
    tier = "opinion"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Task

    def check(self, fact: Task, meaning: Meaning) -> Iterator[Report]:
        if fact.node is None or is_test_code(fact.source.path, meaning.project.root):
            return
        if _does_nothing(fact) or _may_be_logged_around(fact, meaning):
            return
        if not _speaks_of_a_log(fact) and not _calls_what_logs(fact, meaning):
            yield Report(fact.node, _message(fact))


def _does_nothing(task: Task) -> bool:
    """Whether there is no call in the body, or it only says that it is not there yet."""
    nodes = list(body_of(task))
    return not any(isinstance(node, (cst.Call, cst.Await)) for node in nodes) or any(
        isinstance(node, cst.Name) and node.value == "NotImplementedError" for node in nodes
    )


def _may_be_logged_around(task: Task, meaning: Meaning) -> bool:
    """Whether a decorator or a task class may log what the body does not."""
    made = task.maker
    if task.is_wrapped or not task.keeps_signature or made.is_project or made.is_named:
        return True
    if isinstance(task.definition, Class):
        family = meaning.ancestry(ClassKind(task.source, task.definition))
        return len(family.classes) > 1 or not all(map(is_plain_task_base, family.external))
    base = base_of(meaning, task)
    if base is not None:
        return not _is_plain(base)
    return "base" not in made.options and (
        made.is_open or not all(map(_is_plain, meaning.config.task_classes(task)))
    )


def _is_plain(kind: Kind) -> bool:
    return isinstance(kind, External) and is_plain_task_base(kind.name)


def _speaks_of_a_log(task: Task) -> bool:
    return any(isinstance(n, cst.Name) and _WORD.search(n.value) for n in body_of(task))


def _calls_what_logs(task: Task, meaning: Meaning) -> bool:
    """Whether the task calls a function or class of the project that may log.

    In its own file any may: the body of a function that says nothing of Celery is not parsed.
    """
    if task.run is None:
        return False
    where = meaning.lexical(task.source, task.run)
    called = [
        meaning.evaluate(read(node.func), where)
        for node in body_of(task)
        if isinstance(node, cst.Call)
    ]
    homes = {
        kind.source.path
        for kind in called
        if isinstance(kind, (FunctionKind, ClassKind)) and meaning.task_behind(kind) is None
    }
    if task.source.path in homes:
        return True
    logging = meaning.project.tree.matching(_LOGS, "files that log") if homes else ()
    return bool(homes.intersection(logging))


def _message(task: Task) -> str:
    return (
        f"task {task.name} logs nothing: of what it did, the worker's log will show no more than "
        "that it ended; log what it was about and what came of it"
    )

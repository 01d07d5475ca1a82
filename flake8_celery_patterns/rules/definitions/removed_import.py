"""CEL211 removed-import."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.definitions import module_name
from flake8_celery_patterns.facts.imports import Importing
from flake8_celery_patterns.facts.scopes import Import
from flake8_celery_patterns.fixes.plan import Plan, Replace
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.project.project import Outside
from flake8_celery_patterns.rules.rule import Report, Rule

# Modules that are gone since Celery 5 (many since 4), and what does their work now.
_MODULES = {
    "celery.app.abstract": "attributes of your own",
    "celery.backends.amqp": "the rpc:// result backend",
    "celery.backends.riak": "another result backend",
    "celery.bin.camqadm": "the command `celery amqp`",
    "celery.bin.celerybeat": "the command `celery beat`",
    "celery.bin.celeryctl": "the command `celery`",
    "celery.bin.celeryd": "the command `celery worker`",
    "celery.bin.celeryd_detach": "the command `celery worker --detach`",
    "celery.bin.celeryev": "the command `celery events`",
    "celery.concurrency.processes": "celery.concurrency.prefork",
    "celery.concurrency.threads": "celery.concurrency.thread",
    "celery.conf": "app.conf",
    "celery.contrib.batches": "the package celery-batches",
    "celery.contrib.bundles": "packages of their own",
    "celery.contrib.methods": "a task function that is given what it needs",
    "celery.datastructures": "celery.utils.collections",
    "celery.db": "celery.backends.database",
    "celery.decorators": "celery.shared_task",
    "celery.five": "Python 3 itself",
    "celery.loaders.djangoapp": "app.config_from_object('django.conf:settings')",
    "celery.models": "the package django-celery-results",
    "celery.monitoring": "celery.events",
    "celery.task": "celery.shared_task, celery.Task and app.control",
    "celery.utils.compat": "Python 3 itself",
    "celery.utils.dispatch.saferef": "the weakref module",
    "celery.utils.encoding": "kombu.utils.encoding",
    "celery.utils.mail": "a task_failure signal receiver",
    "celery.utils.timeutils": "celery.utils.time",
    "celery.views": "views of your own",
    "celery.worker.autoreload": "a tool that restarts the worker",
    "celery.worker.job": "celery.worker.request",
    "djcelery": "django-celery-beat and django-celery-results",
}
# Names that are gone from modules that are still there.
_NAMES = {
    "celery.PeriodicTask": "app.conf.beat_schedule",
    "celery.TaskSet": "celery.group",
    "celery.bin.base.Command": "celery.bin.base.CeleryCommand, with click",
    "celery.bin.base.Option": "click.Option",
    "celery.periodic_task": "app.conf.beat_schedule",
    "celery.result.BaseAsyncResult": "celery.result.AsyncResult",
    "celery.result.TaskSetResult": "celery.result.GroupResult",
}
# The same names in another place: an import of nothing else can be rewritten.
_NEW_HOMES = {
    "celery.datastructures": (
        "celery.utils.collections",
        "AttributeDict AttributeDictMixin ConfigurationView DictAttribute LimitedSet",
    ),
    "celery.task": ("celery", "chain chord group subtask"),
    "celery.task.schedules": ("celery.schedules", "crontab crontab_parser maybe_schedule schedule"),
    "celery.task.sets": ("celery", "subtask"),
    "celery.utils.encoding": (
        "kombu.utils.encoding",
        """bytes_to_str default_encode default_encoding ensure_bytes from_utf8 safe_repr safe_str
        str_to_bytes""",
    ),
    "celery.utils.timeutils": (
        "celery.utils.time",
        """delta_resolution get_exponential_backoff_interval humanize_seconds is_naive localize
        make_aware maybe_iso8601 maybe_make_aware maybe_timedelta rate remaining timezone to_utc
        utcoffset weekday""",
    ),
    "celery.worker.job": ("celery.worker.request", "Request"),
}


class RemovedImport(Rule[Importing]):
    """Import of something that Celery no longer has.

    ## What it reports

    Imports of modules and names that were removed before or with Celery 5: `celery.task`,
    `celery.decorators`, `celery.five`, `celery.utils.encoding`, `from celery import task` and the
    like, and of `djcelery`, which works with Celery 3 only.

    ## Why it is a bug

    The import raises `ModuleNotFoundError` or `ImportError`: at the top of a module neither the web
    process nor the worker starts, inside a function its first call fails.

    ## Example

    ```python
    from celery.task import task


    @task
    def add(left, right):
        return left + right
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task
    def add(left, right):
        return left + right
    ```

    ## Fix

    Safe, where all that is imported has the same name in a new home: `celery.task.schedules`,
    `celery.utils.encoding`, `celery.utils.timeutils`, `celery.worker.job` and a few more. Where the
    name or its use has changed, as with `celery.task.task`: none.

    ## When it stays silent

    - Where the import stands under a `try` or an `if`: the program may go on without it.
    - For what is old but still there: `celery.execute`, `celery.registry`, `celery.subtask`,
      `celery.utils.uuid`.
    - For relative imports, and where the project has a package of its own of that name.

    ## References

    - [Celery 5.0: the compatibility modules are gone](https://docs.celeryq.dev/en/stable/history/whatsnew-5.0.html)
    - [Celery: using Celery with Django](https://docs.celeryq.dev/en/stable/django/first-steps-with-django.html)
    """

    code: ClassVar[str] = "CEL211"
    name: ClassVar[str] = "removed-import"
    tier = "bug"
    fix = "safe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Importing

    def check(self, fact: Importing, meaning: Meaning) -> Iterator[Report]:
        if fact.guarded or fact.level:
            return
        if fact.module.partition(".")[0] not in ("celery", "djcelery"):
            return
        found = _removed(fact)
        if found is None or _is_own(fact, meaning):
            return
        gone, node, fix = found
        now = _MODULES.get(gone) or _NAMES.get(gone) or _MODULES[_gone_module(gone) or gone]
        yield Report(node, _message(gone, now), fix)


def _removed(fact: Importing) -> tuple[str, cst.CSTNode, Plan | None] | None:
    """What of an import is gone: its full name, its node, and how to mend it."""
    if _gone_module(fact.module) is not None:
        if fact.statement is None or fact.statement.module is None:
            return fact.module, fact.node, None
        return fact.module, fact.statement.module, _fix(fact.statement, fact.module)
    if fact.name is None:
        return None
    full = f"{fact.module}.{fact.name}"
    if full in _NAMES or _gone_module(full) is not None:
        return full, fact.node, None
    return None


def _gone_module(full: str) -> str | None:
    """The removed module that `full` is or lies in."""
    parts = full.split(".")
    names = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
    return next((name for name in names if name in _MODULES), None)


def _fix(statement: cst.ImportFrom, module: str) -> Plan | None:
    if module not in _NEW_HOMES or isinstance(statement.names, cst.ImportStar):
        return None
    home, known = _NEW_HOMES[module]
    if not {module_name(alias.name) for alias in statement.names} <= set(known.split()):
        return None
    assert statement.module is not None
    return Plan(f"Import from {home}", (Replace(statement.module, home),), safe=True)


def _is_own(fact: Importing, meaning: Meaning) -> bool:
    """Whether the project has a package of that name at a place that it imports from."""
    top = fact.module.partition(".")[0]
    if not isinstance(meaning.project.find(meaning.source, Import(top)), Outside):
        return True
    roots = meaning.project.roots(meaning.source.path)
    places = (meaning.project.below(root, top) for root in roots)
    return any(place is not None and place.name == "__init__.py" for place in places)


def _message(gone: str, now: str) -> str:
    if gone.partition(".")[0] == "djcelery":
        return f"{gone} works with Celery 3 only, Celery 5 cannot be used with it; use {now}"
    return f"{gone} no longer exists in Celery 5: ImportError where it is imported; use {now}"

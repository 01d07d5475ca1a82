"""CEL710 app-not-imported."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.assigned import ConfiguringCall
from flake8_celery_patterns.facts.scopes import Import
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.environment import Lexical
from flake8_celery_patterns.meaning.tasks.wrappers import is_celery_app
from flake8_celery_patterns.project.project import Source
from flake8_celery_patterns.rules.rule import Report, Rule

_SHARED = re.compile(rb"\bshared_task\b")
_SENDING = re.compile(rb"\.(?:delay|apply_async)\w*\s*\(")
# Apps found while the program runs: django's own loaders, and those of a project.
_LOADING = re.compile(rb"\bimport_module\s*\((?!\s*[\"'])|\b__import__\s*\(")


class AppNotImported(Rule[ConfiguringCall]):
    """Nothing imports the module that makes the Celery app.

    ## What it reports

    In a Django project that sends shared tasks: the `Celery(…)` call of a module that nothing in
    the project imports, neither the package it is in nor any other file.

    ## Why it is a bug

    The worker finds the app by its command line (`celery -A shop worker`); the web process does
    not. There `shared_task` belongs to a default app that knows no settings: `.delay()` tries
    `amqp://guest@localhost`, and fails with `OperationalError: Connection refused`, or sends to a
    broker that no worker listens to.

    ## Example

    ```python
    # manage.py
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
    ```

    ```python
    # shop/__init__.py
    ```

    ```python
    # shop/celery.py
    from celery import Celery

    app = Celery("shop")
    app.config_from_object("django.conf:settings", namespace="CELERY")
    ```

    ```python
    # orders/tasks.py
    from celery import shared_task


    @shared_task(time_limit=60)
    def send_receipt(order_id):
        print(order_id)


    def order_paid(order_id):
        send_receipt.delay(order_id)
    ```

    ## Use instead

    ```python
    # manage.py
    import os

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
    ```

    ```python
    # shop/__init__.py
    from .celery import app as celery_app

    __all__ = ["celery_app"]
    ```

    ```python
    # shop/celery.py
    from celery import Celery

    app = Celery("shop")
    app.config_from_object("django.conf:settings", namespace="CELERY")
    ```

    ```python
    # orders/tasks.py
    from celery import shared_task


    @shared_task(time_limit=60)
    def send_receipt(order_id):
        print(order_id)


    def order_paid(order_id):
        send_receipt.delay(order_id)
    ```

    ## Fix

    None: the line belongs into another file.

    ## When it stays silent

    - Where any file imports the module, or speaks of it by its full name, test code left out.
    - Where not every file of the project can be seen, or modules are imported by a name that is
      made while the program runs.
    - Where the project has no `manage.py`, no shared task, or sends none.

    ## References

    - [Celery: first steps with Django](https://docs.celeryq.dev/en/stable/django/first-steps-with-django.html)
    - [Celery: shared_task](https://docs.celeryq.dev/en/stable/userguide/tasks.html#how-do-i-use-the-task-decorator-without-having-an-app-instance)
    """

    code: ClassVar[str] = "CEL710"
    name: ClassVar[str] = "app-not-imported"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = ConfiguringCall

    def check(self, fact: ConfiguringCall, meaning: Meaning) -> Iterator[Report]:
        source = meaning.source
        if fact.scope or fact.call.node is None or source.is_package:
            return
        if is_test_code(source.path, meaning.project.root) or source.facts.is_script:
            return
        where = Lexical(meaning, source, source.facts)
        if not is_celery_app(meaning, meaning.evaluate(fact.call, where)):
            return
        readings = meaning.holders.all
        if not any(r.is_django and w.scope is source.facts for _, w, r in readings):
            return
        if _sends_shared_tasks(meaning) and not _is_imported(meaning, source):
            yield Report(fact.call.node, _message(_dotted(meaning, source)))


def _sends_shared_tasks(meaning: Meaning) -> bool:
    """Whether this is a Django project, all in view, that sends shared tasks."""
    tree = meaning.project.tree
    if not tree.whole or not any(path.name == "manage.py" for path in tree.python_files):
        return False
    for pattern, label in ((_SHARED, "shared tasks"), (_SENDING, "sending")):
        found = tree.matching(pattern, label)
        if all(is_test_code(path, meaning.project.root) for path in found):
            return False
    return not tree.unread


def _is_imported(meaning: Meaning, source: Source) -> bool:
    """Whether another file imports the module, or may do so."""
    project = meaning.project
    last = re.escape(os.fsencode(source.path.stem))
    dotted = re.escape(os.fsencode(_dotted(meaning, source)))
    if project.tree.matching(_LOADING, "imports by name"):
        return True
    for path in project.tree.matching(re.compile(rb"\b" + last + rb"\b"), f"module {last!r}"):
        if path == source.path or is_test_code(path, project.root):
            continue
        other = project.source(path)
        if other is None or _imports(meaning, other, source):
            return True
        if re.search(rb"(?<![\w.])" + dotted + rb"(?!\w)", project.content(path) or b""):
            return True
    return False


def _imports(meaning: Meaning, other: Source, source: Source) -> bool:
    """Whether a file imports `source`: itself, something in it, or all of it."""
    bindings = [
        binding
        for scope in other.facts.all_scopes()
        for bound in scope.bindings.values()
        for binding in bound
        if isinstance(binding, Import)
    ]
    for binding in (*bindings, *other.facts.stars):
        found = meaning.project.find(other, Import(binding.module, level=binding.level))
        if isinstance(found, Source):
            if found.path == source.path:
                return True
            if binding.name == source.path.stem and found.folder == source.path.parent:
                return True
    return False


def _dotted(meaning: Meaning, source: Source) -> str:
    """The name that a module is imported by, as its place says."""
    parts = source.path.relative_to(meaning.project.root).with_suffix("").parts
    return ".".join(parts[1:] if parts[:1] == ("src",) else parts)


def _message(dotted: str) -> str:
    package, _, last = dotted.rpartition(".")
    where = f"the __init__.py of {package}" if package else "the package of the settings"
    return (
        f"nothing imports {dotted}: outside the worker shared tasks belong to no app and are sent "
        f"to amqp://localhost; import the app in {where}: from .{last} import app"
    )

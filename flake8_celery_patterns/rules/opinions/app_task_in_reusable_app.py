"""CEL905 app-task-in-reusable-app."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from flake8_celery_patterns.facts.expressions import Attribute, Call
from flake8_celery_patterns.facts.scopes import Class
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.kinds import ClassKind, External, Kind, Unresolved
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.names.literals import followed
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.rules.rule import Report, Rule


class AppTaskInReusableApp(Rule[Task]):
    """Django app hangs on one project's Celery app.

    ## What it reports

    `@app.task` in a Django app (a package with `apps.py` or `migrations`), where the Celery app is
    imported from elsewhere: mostly from the project's `celery` module.

    ## Why it is a risk

    A Django app is made to be put into any project. One that imports `app` from
    `mysite.celery` can only ever run in `mysite`: in another project, and in its own tests, the
    import fails. Importing its tasks also loads the project's settings and its whole
    configuration, and where that module imports the tasks in turn, the import is a circle.

    ## Example

    ```python
    # mysite/celery.py
    from celery import Celery

    app = Celery("mysite", task_soft_time_limit=60)
    ```

    ```python
    # orders/apps.py
    from django.apps import AppConfig


    class OrdersConfig(AppConfig):
        name = "orders"
    ```

    ```python
    # orders/tasks.py
    from mysite.celery import app


    @app.task
    def send_invoice(order_id):
        print(order_id)
    ```

    ## Use instead

    ```python
    # mysite/celery.py
    from celery import Celery

    app = Celery("mysite", task_soft_time_limit=60)
    ```

    ```python
    # orders/apps.py
    from django.apps import AppConfig


    class OrdersConfig(AppConfig):
        name = "orders"
    ```

    ```python
    # orders/tasks.py
    from celery import shared_task


    @shared_task
    def send_invoice(order_id):
        print(order_id)
    ```

    ## Fix

    None: for `shared_task` to find it, the project's `__init__.py` must import the Celery app.

    ## When it stays silent

    - Outside Django apps: in the project's own package, in Flask, FastAPI and plain projects.
    - For a Django app inside the package that makes the Celery app (`mysite.orders`): it goes
      nowhere without it.
    - Where the app is made in the Django app itself, and for `celery.current_app`.
    - For tasks under the project's own decorators, and in test code.

    ## References

    - [Celery: using the @shared_task decorator](https://docs.celeryq.dev/en/stable/django/first-steps-with-django.html#using-the-shared-task-decorator)
    """

    code: ClassVar[str] = "CEL905"
    name: ClassVar[str] = "app-task-in-reusable-app"
    tier = "opinion"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Task

    def check(self, fact: Task, meaning: Meaning) -> Iterator[Report]:
        decorator = fact.decorator
        function = decorator.function if isinstance(decorator, Call) else decorator
        if not isinstance(function, Attribute) or function.name != "task" or fact.node is None:
            return
        if fact.maker.is_project or is_test_code(fact.source.path, meaning.project.root):
            return
        folder = _django_app(fact, meaning)
        if folder is None:
            return
        where = meaning.lexical(fact.source, fact.definition.parent or fact.source.facts)
        home = _home(function, where, folder, meaning)
        if home is not None:
            yield Report(fact.node, _message(fact, folder.name, home))


def _django_app(task: Task, meaning: Meaning) -> Path | None:
    """The folder of the Django app that a module, or a package of tasks, belongs to."""
    path = task.source.path
    if meaning.known(("has config", task.source), False, _has_config, task, meaning):
        return path.parent
    files = frozenset(meaning.project.tree.python_files)
    for folder in (path.parent, path.parent.parent):
        if folder == meaning.project.root:
            break
        if folder / "apps.py" in files or folder / "migrations" / "__init__.py" in files:
            return folder
    return None


def _has_config(task: Task, meaning: Meaning) -> bool:
    """Whether the task stands beside the `AppConfig` itself."""
    return any(
        isinstance(scope, Class)
        and meaning.ancestry(ClassKind(task.source, scope)).derives("django.apps.AppConfig")
        for scope in task.source.facts.all_scopes()
    )


def _home(function: Attribute, where: Environment, folder: Path, meaning: Meaning) -> str | None:
    """The module of another package that the Celery app comes from; None if it is not certain."""
    root = meaning.project.root
    own = _dotted(folder, root) or folder.name
    made, there = followed(meaning, function.value, where)
    if isinstance(made, Call):
        module = _dotted(there.source.path.with_suffix(""), root)
        home = module.removesuffix(".__init__") if folder != there.source.path.parent else None
    else:
        home = _module(meaning.evaluate(function.value, where))
    # What is part of the same package is no app to be put elsewhere.
    return home if home and home.partition(".")[0] != own.partition(".")[0] else None


def _dotted(path: Path, root: Path) -> str:
    """The name that a module or package of the project is imported by."""
    parts = path.relative_to(root).parts if path.is_relative_to(root) else ()
    return ".".join(parts[1:] if parts[:1] == ("src",) else parts)


def _module(kind: Kind) -> str | None:
    """The module that an app comes from which is not in view."""
    if isinstance(kind, External) and "()" not in kind.name:
        module = kind.name.rpartition(".")[0]
    elif isinstance(kind, Unresolved):
        module = kind.module
    else:
        return None
    return module if module.partition(".")[0] != "celery" else None


def _message(task: Task, name: str, home: str) -> str:
    return (
        f"task {task.name} of the Django app {name} hangs on the Celery app of {home}: it cannot "
        "be used or tested without that project; use @shared_task"
    )

"""CEL117 dispatch-at-import."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

from flake8_celery_patterns.facts.expressions import Attribute, Expression, Name, everything
from flake8_celery_patterns.facts.scopes import Class, Function
from flake8_celery_patterns.meaning.files.testcode import NOTEBOOK, is_test_code
from flake8_celery_patterns.meaning.flow.places import InBranch, Place
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.rules.rule import Report, Rule

_SENDING = frozenset(
    {"apply_async", "apply_async_on_commit", "delay", "delay_on_commit", "send_task"}
)
# Modules that are imported whenever the application starts: by Celery, Django or Flask.
_IMPORTED = frozenset(
    """
    __init__ admin apps asgi celery celery_app celeryapp celeryconfig handlers models receivers
    routes serializers settings signals tasks urls views wsgi
    """.split()
)
_FOR_SHOW = re.compile(r"(?i)(docs?|demos?|examples?|samples?|scripts?|sandbox|notebooks?)")
# Who asks for one of these tells a start of the module's own from an import.
_ASKED = frozenset({"__name__", "TYPE_CHECKING", "argv", "environ", "getenv"})


class DispatchAtImport(Rule[Dispatch]):
    """Task is sent when a module is imported.

    ## What it reports

    `.delay()`, `.apply_async()` or `send_task()` outside of any function, in a module that the
    application imports: one that defines tasks, or `__init__`, `models`, `signals`, `views` …

    ## Why it is a bug

    Whoever imports the module sends the task: each start of a worker, each `celery inspect`, each
    management command, each run of the tests, each process of the web server. The module may even
    be imported before the broker can be reached, and then nothing starts at all.

    ## Example

    ```python
    from celery import Celery

    app = Celery("shop")
    app.conf.task_time_limit = 300


    @app.task
    def warm_cache():
        print("warm")


    warm_cache.delay()
    ```

    ## Use instead

    ```python
    from celery import Celery
    from celery.signals import worker_ready

    app = Celery("shop")
    app.conf.task_time_limit = 300


    @app.task
    def warm_cache():
        print("warm")


    @worker_ready.connect
    def start(**kwargs):
        warm_cache.delay()
    ```

    ## Fix

    None: only you know when the task is to be sent.

    ## When it stays silent

    - In functions and lambdas; under `if __name__ == "__main__":`, though not in the rest of that
      file, and under any test of `sys.argv` or of the environment.
    - In scripts, that is modules that define no task and are none of those that are imported; in
      folders of scripts, examples, documentation and notebooks, and in test code.
    - Where the project makes no Celery app.

    ## References

    - [Celery: worker_ready](https://docs.celeryq.dev/en/stable/userguide/signals.html#worker-ready)
    """

    code: ClassVar[str] = "CEL117"
    name: ClassVar[str] = "dispatch-at-import"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Dispatch

    def check(self, fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
        if fact.form not in _SENDING or fact.is_partial or not fact.place.is_module_level:
            return
        if fact.call.node is None or _is_guarded(fact.place):
            return
        root = meaning.project.root
        if is_test_code(meaning.source.path, root) or _is_for_show(meaning.source.path, root):
            return
        if _is_imported(meaning) and meaning.config.has_app:
            yield Report(fact.call.node, _message(fact))


def _is_guarded(place: Place) -> bool:
    return any(isinstance(a, InBranch) and _tells(a.test) for a in place.around)


def _tells(test: Expression) -> bool:
    return any(
        (isinstance(part, Name) and part.id in _ASKED)
        or (isinstance(part, Attribute) and part.name in _ASKED)
        for part in everything(test)
    )


def _is_for_show(path: Path, root: Path) -> bool:
    """Whether a file is a notebook, or lies in a folder of scripts or examples inside the root."""
    if path.suffix == NOTEBOOK:
        return True
    folders = path.relative_to(root).parts[:-1] if path.is_relative_to(root) else ()
    return any(_FOR_SHOW.fullmatch(folder) for folder in folders)


def _is_imported(meaning: Meaning) -> bool:
    source = meaning.source
    if source.path.stem in _IMPORTED or source.path.parent.name == "tasks":
        return True
    return any(
        isinstance(scope, (Function, Class)) and meaning.task(source, scope) is not None
        for scope in source.facts.all_scopes()
    )


def _message(fact: Dispatch) -> str:
    task = f"task {fact.label}" if fact.label else "a task"
    return (
        f"{task} is sent when this module is imported: at every start of a worker, a web process, "
        'a command or a test run; send it from a function, or under `if __name__ == "__main__"`'
    )

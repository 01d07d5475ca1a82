"""CEL409 exit-in-task."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import Attribute, Expression, Name
from flake8_celery_patterns.facts.read import read
from flake8_celery_patterns.facts.scopes import Assignment, Function, Import
from flake8_celery_patterns.meaning.errors.handling import caught as classes_caught
from flake8_celery_patterns.meaning.errors.handling import suppressed_classes, takes
from flake8_celery_patterns.meaning.flow.places import running_task
from flake8_celery_patterns.meaning.kinds import External
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.environment import Lexical
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.rules.rule import Report, Rule
from flake8_celery_patterns.source.walk import children

# What raises SystemExit; and what ends the process without a word, whoever would catch it.
_RAISING = frozenset({"sys.exit", "builtins.exit", "builtins.quit", "builtins.SystemExit"})
_ENDING = frozenset({"os._exit", "os.abort"})
_FAMILY = frozenset({"builtins.SystemExit", "builtins.BaseException"})
# In the child of a fork, this is the way to end.
_FORKING = frozenset({"os.fork", "os.forkpty", "pty.fork"})

_CATCHING = (cst.With, cst.Try, cst.TryStar)
_LAST_NAMES = {name.rpartition(".")[2] for name in _RAISING | _ENDING | _FORKING}


class ExitInTask(Rule[Function]):
    """Task ends the worker process it runs in.

    ## What it reports

    `sys.exit()`, `exit()`, `quit()`, `raise SystemExit` and `os._exit()` in the body of a task.

    ## Why it is a bug

    A task is not a program of its own: it runs in a process of the worker's pool, and that process
    is what ends. The task is recorded as failed with `WorkerLostError: Worker exited prematurely`,
    `exit(0)` included, and with the solo pool the whole worker stops. With the thread pool the task
    stays `STARTED` for ever. Retries, `on_failure` and `link_error` never see the real reason.

    ## Example

    ```python
    import sys

    from celery import shared_task


    @shared_task
    def import_catalogue(path):
        if not path:
            print("nothing to import")
            sys.exit(1)
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task
    def import_catalogue(path):
        if not path:
            raise ValueError("nothing to import")
    ```

    Or `return`, where there is nothing wrong; `raise Ignore()` to leave no result at all.

    ## Fix

    None: whether the task has failed there, or is just done, only you know.

    ## When it stays silent

    - Where a handler around it catches `SystemExit`.
    - In functions that the task hands elsewhere (signal handlers, threads), and in functions that
      it calls but does not hold: they may serve a command line too.
    - In a task that forks by itself: the child must end so.

    ## References

    - [Celery: Ignore](https://docs.celeryq.dev/en/stable/userguide/tasks.html#ignore)
    - [Celery: WorkerLostError](https://docs.celeryq.dev/en/stable/reference/celery.exceptions.html#celery.exceptions.WorkerLostError)
    """

    code: ClassVar[str] = "CEL409"
    name: ClassVar[str] = "exit-in-task"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Function

    def check(self, fact: Function, meaning: Meaning) -> Iterator[Report]:
        task = running_task(meaning, meaning.source, fact)
        if task is None or fact.node is None:
            return
        where = meaning.lexical(meaning.source, fact)
        found: list[tuple[cst.CSTNode, str]] = []
        for node, name, caught in _named(fact.node.body, where, meaning):
            if name in _FORKING:
                return
            if name in _ENDING or (name in _RAISING and not caught):
                found.append((node, name))
        for node, name in found:
            yield Report(node, _message(task, node, name))


def _named(
    body: cst.CSTNode, where: Lexical, meaning: Meaning
) -> Iterator[tuple[cst.CSTNode, str, bool]]:
    """What of libraries is called or raised in a body, and whether SystemExit is caught there."""
    stack: list[tuple[cst.CSTNode, bool]] = [(body, False)]
    while stack:
        node, caught = stack.pop()
        # (Of each node, so not by `isinstance`: libcst's classes are abstract base classes.)
        if type(node) in (cst.FunctionDef, cst.ClassDef, cst.Lambda):
            continue
        named: cst.BaseExpression | None = None
        if type(node) is cst.Call:
            named = node.func
        elif type(node) is cst.Raise and not isinstance(node.exc, cst.Call):
            named = node.exc
        if named is not None and _may_be_one(read(named), where, meaning):
            kind = meaning.evaluate(read(named), where)
            if isinstance(kind, External) and (
                isinstance(node, cst.Call) or kind.name == "builtins.SystemExit"
            ):
                shown = node.exc if isinstance(node, cst.Raise) else node
                assert shown is not None
                yield shown, kind.name, caught
        for child in reversed(children(node)):
            catches = type(node) in _CATCHING and _catches(node, child, where, meaning)
            stack.append((child, caught or catches))


def _may_be_one(named: Expression, where: Lexical, meaning: Meaning) -> bool:
    """Whether a name may stand for one that matters: by itself, or as an alias of the file's."""
    if isinstance(named, Attribute):
        return named.name in _LAST_NAMES
    if not isinstance(named, Name):
        return False
    key = ("may end a process", where.scope, named.id)
    return meaning.known(key, True, _may_be_bound_to_one, named.id, where)


def _may_be_bound_to_one(name: str, where: Lexical) -> bool:
    bound = [b for scope in where.scope.enclosing() for b in scope.bindings.get(name, ())]
    if not bound:
        return name in _LAST_NAMES
    return any(
        b.name in _LAST_NAMES if isinstance(b, Import) else isinstance(b, Assignment) for b in bound
    )


def _catches(node: cst.CSTNode, child: cst.CSTNode, where: Lexical, meaning: Meaning) -> bool:
    """Whether `node` may catch a SystemExit that is raised in its part `child`."""
    if isinstance(node, cst.With):
        managers = (suppressed_classes(meaning, read(item.item), where) for item in node.items)
        return child is node.body and any(
            classes is not None and takes(classes, _FAMILY) is not False for classes in managers
        )
    if not isinstance(node, (cst.Try, cst.TryStar)) or child is not node.body:
        return False
    return any(
        takes(classes_caught(meaning, handler, where), _FAMILY) is not False
        for handler in node.handlers
    )


def _message(task: Task, node: cst.CSTNode, name: str) -> str:
    last = name.removeprefix("builtins.")
    what = f"{last}()" if isinstance(node, cst.Call) and last != "SystemExit" else last
    return (
        f"{what} in task {task.name} ends the worker's process, not the task alone: the task is "
        "recorded as failed with WorkerLostError, or is stuck; raise an error of your own, or "
        "return"
    )

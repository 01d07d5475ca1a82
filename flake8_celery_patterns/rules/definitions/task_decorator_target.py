"""CEL216 task-decorator-target."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.expressions import Call, Expression, Lambda, shown
from flake8_celery_patterns.facts.scopes import Assignment, Class, Function, Module
from flake8_celery_patterns.fixes.decorators import raised
from flake8_celery_patterns.fixes.plan import Plan
from flake8_celery_patterns.meaning.kinds import ClassKind, External
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.tasks.running import below
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.meaning.tasks.wrappers import maker
from flake8_celery_patterns.rules.rule import Report, Rule

# What is given an object that Celery cannot make a task of, and what that raises.
_ERRORS = {
    "builtins.staticmethod": "AttributeError",
    "builtins.classmethod": "TypeError",
    "functools.cache": "AttributeError",
    "functools.lru_cache": "AttributeError",
    "functools.lru_cache()": "AttributeError",
    "asgiref.sync.async_to_sync": "AttributeError",
    "asgiref.sync.async_to_sync()": "AttributeError",
    "asgiref.sync.AsyncToSync": "AttributeError",
}


class TaskDecoratorTarget(Rule[Task | Class | Module]):
    """Task decorator on something that cannot be a task: the worker does not start.

    ## What it reports

    A task decorator on a class, on a lambda, or right above `@staticmethod`, `@classmethod`,
    `@functools.lru_cache`, `@functools.cache` or asgiref's `@async_to_sync`.

    ## Why it is a bug

    Celery builds the task from the function's signature when the app is finalized, for all tasks
    at once. A `staticmethod` object, a cached function, a class and a lambda have none that it can
    read: the worker ends at its start with `AttributeError: 'method-wrapper' object has no
    attribute '__module__'`, `TypeError: unsupported callable` or `SyntaxError: invalid syntax`,
    none of which names the task. What `async_to_sync` gives has no name to call the task by:
    `AttributeError: 'AsyncToSync' object has no attribute '__name__'`, even with `name=`. A class
    whose signature can be read, such as a `Task` with a `run`, is taken for a function: calling
    the task makes an object of it, and `run` is never called.

    ## Example

    ```python
    from celery import shared_task


    class Mailer:
        @shared_task
        @staticmethod
        def send(address):
            print(address)
    ```

    ## Use instead

    ```python
    from celery import shared_task


    class Mailer:
        @staticmethod
        @shared_task
        def send(address):
            print(address)
    ```

    A class-based task goes to `app.register_task(SendMail())`.

    ## Fix

    Safe: `@staticmethod` above the task decorator, in a class. There is none for the other cases.

    ## When it stays silent

    - With `@staticmethod` above the task decorator. (`@classmethod` there is CEL204.)
    - Under a decorator of the project, which may make something else of what it is given.
    - For a class that says by `__new__` or by its metaclass what calling it makes, or that has
      another decorator below.

    ## References

    - [Celery issue 3863: tasks from class methods](https://github.com/celery/celery/issues/3863)
    - [Celery issue 5241: tasks from callable objects](https://github.com/celery/celery/issues/5241)
    - [Celery: custom task classes](https://docs.celeryq.dev/en/stable/userguide/tasks.html#custom-task-classes)
    """

    code: ClassVar[str] = "CEL216"
    name: ClassVar[str] = "task-decorator-target"
    tier = "bug"
    fix = "safe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[tuple[type, ...]] = (Task, Class, Module)

    def check(self, fact: Task | Class | Module, meaning: Meaning) -> Iterator[Report]:
        if isinstance(fact, Task):
            yield from _above_method(fact, meaning)
        elif isinstance(fact, Class):
            yield from _on_class(fact, meaning)
        else:
            for scope in fact.all_scopes():
                where = meaning.lexical(meaning.source, scope)
                for binding in [b for bound in scope.bindings.values() for b in bound]:
                    value = binding.value if isinstance(binding, Assignment) else None
                    if isinstance(value, Call):
                        yield from _on_lambda(value, where, meaning)


def _makes_task(decorator: Expression, where: Environment, meaning: Meaning) -> bool:
    """Whether this is a task decorator of Celery itself."""
    made = maker(meaning, decorator, where)
    return made is not None and not made.is_project and not made.is_named and not made.wraps


def _above_method(task: Task, meaning: Meaning) -> Iterator[Report]:
    function = task.definition
    lower = below(task)
    if not isinstance(function, Function) or function.node is None or not lower:
        return
    decorator = task.decorator
    where = meaning.lexical(task.source, function.parent or task.source.facts)
    kind = meaning.evaluate(lower[0], where)
    name = kind.name if isinstance(kind, External) else ""
    if name not in _ERRORS or decorator is None or decorator.node is None:
        return
    if not _makes_task(decorator, where, meaning):
        return
    fix = None
    if name.startswith("asgiref"):
        lacks, way_out = "no name", "write a plain function that calls async_to_sync(…)(…)"
    elif name.startswith("functools"):
        lacks, way_out = "no signature", f"put @{shown(lower[0])} on a function that the task calls"
    elif name == "builtins.classmethod":
        lacks, way_out = "no signature", "make it a function outside the class"
    elif not isinstance(function.parent, Class):
        lacks, way_out = "no signature", "take @staticmethod away"
    else:
        lacks, way_out = "no signature", f"put @staticmethod above @{shown(decorator)}"
        position = len(function.decorators) - len(lower)
        changes = raised(function.node, position, position - 1)
        fix = Plan("Put @staticmethod on top", changes, safe=True) if changes is not None else None
    message = (
        f"@{shown(decorator)} of {task.name} is given what @{shown(lower[0])} makes, which has "
        f"{lacks} that Celery can read: {_ERRORS[name]}, and the worker does not start; {way_out}"
    )
    yield Report(decorator.node, message, fix)


def _on_class(definition: Class, meaning: Meaning) -> Iterator[Report]:
    if not definition.decorators or _makes_what_it_likes(definition, meaning):
        return
    lowest = definition.decorators[-1]
    where = meaning.lexical(meaning.source, definition.parent or meaning.source.facts)
    if lowest.node is None or not _makes_task(lowest, where, meaning):
        return
    if meaning.task(meaning.source, definition) is not None:
        effect = "a call of the task makes an object, and never calls its run()"
        way_out = f"give app.register_task() an object of {definition.name}"
    else:
        effect = "the worker does not start, or a call of the task only makes an object"
        way_out = "write a function, or a class derived from Task for app.register_task()"
    message = (
        f"@{shown(lowest)} on class {definition.name} takes the class for a function: {effect}; "
        f"{way_out}"
    )
    yield Report(lowest.node, message)


def _makes_what_it_likes(definition: Class, meaning: Meaning) -> bool:
    """Whether calling a class may give something else than an object of it."""
    family = meaning.ancestry(ClassKind(meaning.source, definition))
    if not family.whole or family.binding("__new__") is not None:
        return True
    return any(kind.definition.keyword("metaclass") is not None for kind in family.classes)


def _on_lambda(call: Call, where: Environment, meaning: Meaning) -> Iterator[Report]:
    given = call.positional(0)
    if not isinstance(given, Lambda) or given.node is None or len(call.arguments) != 1:
        return
    if not _makes_task(call.function, where, meaning):
        return
    message = (
        f"{shown(call.function)} is given a lambda: Celery writes a header from its name, "
        "`<lambda>`, which is a SyntaxError when the app is finalized, so that the worker does not "
        "start; define a function"
    )
    yield Report(given.node, message)

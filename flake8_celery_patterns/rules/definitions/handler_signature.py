"""CEL221 handler-signature."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.scopes import Class, Function
from flake8_celery_patterns.meaning.kinds import External
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.task_classes import task_class_of
from flake8_celery_patterns.rules.rule import Report, Rule

# What Celery hands each handler, by position, and what happens if it does not take that.
_GIVEN = {
    "before_start": ("task_id", "args", "kwargs"),
    "on_success": ("retval", "task_id", "args", "kwargs"),
    "on_failure": ("exc", "task_id", "args", "kwargs", "einfo"),
    "on_retry": ("exc", "task_id", "args", "kwargs", "einfo"),
    "after_return": ("status", "retval", "task_id", "args", "kwargs", "einfo"),
}
_EFFECTS = {
    "before_start": "TypeError before every run, the task's body never runs",
    "on_success": "it never runs, all that is left is a TypeError in the worker's log",
    "on_failure": "TypeError takes the place of the error that the task failed with",
    "on_retry": "it never runs, a TypeError is raised in the middle of the retry",
    "after_return": "it never runs, all that is left is a TypeError in the worker's log",
}
# Decorators that leave the parameters of a method as they are.
_PLAIN = frozenset(
    {
        "abc.abstractmethod",
        "builtins.classmethod",
        "builtins.staticmethod",
        "typing.final",
        "typing.override",
        "typing_extensions.final",
        "typing_extensions.override",
    }
)


class HandlerSignature(Rule[Function]):
    """Handler of a task class does not take what Celery hands it.

    ## What it reports

    `before_start`, `on_success`, `on_failure`, `on_retry` or `after_return` of a class derived from
    `celery.Task`, when it takes fewer or more arguments than Celery passes by position, or demands
    one by keyword.

    ## Why it is a bug

    Celery calls these methods itself, always with the same positional arguments. One that cannot
    take them raises `TypeError` in the worker: in `before_start` the task's body never runs; in
    `on_failure` the `TypeError` is recorded in the place of the real error; the others never run,
    and nobody but the log tells.

    ## Example

    ```python
    from celery import Task


    class ReportingTask(Task):
        def on_failure(self, exc, task_id):
            print(f"{task_id} failed: {exc}")
    ```

    ## Use instead

    ```python
    from celery import Task


    class ReportingTask(Task):
        def on_failure(self, exc, task_id, args, kwargs, einfo):
            print(f"{task_id} failed: {exc}")
    ```

    ## Fix

    None: what the handler is to do with the other arguments is for you to say.

    ## When it stays silent

    - Where the handler takes `*args`, or more parameters that have defaults; their names do not
      matter.
    - Where a decorator that is not known stands on the handler.
    - For classes that are not certainly derived from `celery.Task`, mixins among them.

    ## References

    - [Celery: task handlers](https://docs.celeryq.dev/en/stable/userguide/tasks.html#handlers)
    """

    code: ClassVar[str] = "CEL221"
    name: ClassVar[str] = "handler-signature"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Function

    def check(self, fact: Function, meaning: Meaning) -> Iterator[Report]:
        given = _GIVEN.get(fact.name)
        if given is None or fact.node is None:
            return
        owner = task_class_of(meaning, meaning.source, fact)
        if owner is None:
            return
        self_given = _self_given(fact, meaning)
        if self_given is not None and not _takes(fact, len(given) + self_given):
            yield Report(fact.node.name, _message(fact.name, owner, given, self_given))


def _self_given(method: Function, meaning: Meaning) -> int | None:
    """How many arguments the method itself brings, 1 or 0; None under an unknown decorator."""
    where = meaning.lexical(meaning.source, method.parent or meaning.source.facts)
    found = [meaning.evaluate(decorator, where) for decorator in method.decorators]
    if not all(isinstance(kind, External) and kind.name in _PLAIN for kind in found):
        return None
    return 0 if External("builtins.staticmethod") in found else 1


def _takes(function: Function, count: int) -> bool:
    """Whether a function can be called with `count` positional arguments and nothing else."""
    kinds = [parameter.kind for parameter in function.parameters]
    plain = [p for p in function.parameters if p.kind in ("positional", "positional_only")]
    required = sum(parameter.default is None for parameter in plain)
    if any(p.kind == "keyword_only" and p.default is None for p in function.parameters):
        return False
    return required <= count and (count <= len(plain) or "args" in kinds)


def _message(name: str, owner: Class, given: tuple[str, ...], self_given: int) -> str:
    parameters = ", ".join(("self",) * self_given + given)
    return (
        f"Celery calls {name} of {owner.name} with ({', '.join(given)}), which it cannot take: "
        f"{_EFFECTS[name]}; write `def {name}({parameters})`"
    )

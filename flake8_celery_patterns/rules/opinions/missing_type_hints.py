"""CEL902 missing-type-hints."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.scopes import Class, Function
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.tasks import Task, is_bound
from flake8_celery_patterns.rules.rule import Report, Rule

_UNNAMED = ("args", "kwargs")
_RESULT = "what it returns"
_WITH_LINES_ABOVE = (cst.SimpleStatementLine, cst.If, cst.For, cst.While, cst.Try, cst.With)


class MissingTypeHints(Rule[Task]):
    """Task does not say what it takes and gives.

    ## What it reports

    A task with a parameter that has no type hint, or without a hint for what it returns. Once a
    task, at the name of the function; of a class-based task, at its `run`.

    ## Why it is a risk

    Between `.delay(order)` and the task lies a message: whoever sends sees only the signature, and
    no type checker looks into a function without hints (mypy leaves out its body, too). Whether
    `order` is an id, a number as a text or a dict then shows in the worker, on live data. The hints
    are what `pydantic=True` (Celery 5.5) converts and validates by.

    ## Example

    ```python
    from celery import shared_task


    @shared_task
    def send_invoice(order_id):
        print(order_id)
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task
    def send_invoice(order_id: int) -> None:
        print(order_id)
    ```

    ## Fix

    None: the types are yours to say.

    ## When it stays silent

    - For the `self` of a bound task, for `*args` and `**kwargs`.
    - For what a type comment says (`# type: (int) -> None`).
    - In test code.

    ## References

    - [Celery: argument validation with Pydantic](https://docs.celeryq.dev/en/stable/userguide/tasks.html#argument-validation-with-pydantic)
    - [mypy: dynamic and static typing](https://mypy.readthedocs.io/en/stable/getting_started.html#dynamic-vs-static-typing)
    """

    code: ClassVar[str] = "CEL902"
    name: ClassVar[str] = "missing-type-hints"
    tier = "opinion"
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Task

    def check(self, fact: Task, meaning: Meaning) -> Iterator[Report]:
        function = fact.run
        if function is None or function.node is None:
            return
        if is_test_code(fact.source.path, meaning.project.root):
            return
        missing = _missing(fact, function, meaning)
        if missing and not _has_type_comment(function):
            yield Report(function.node.name, _message(fact, missing))


def _missing(task: Task, function: Function, meaning: Meaning) -> list[str]:
    """What has no hint, in the user's words."""
    gets_itself = isinstance(task.definition, Class) or is_bound(meaning, task) is not False
    missing = [
        parameter.name
        for parameter in function.parameters
        if parameter.annotation is None
        and parameter.kind not in _UNNAMED
        and not (
            parameter is function.first_parameter and (gets_itself or parameter.name == "self")
        )
    ]
    return [*missing, *([_RESULT] if function.returns is None else [])]


def _has_type_comment(function: Function) -> bool:
    """Whether a comment below the function's head gives the types: `# type: (int) -> None`."""
    body = function.node.body if function.node is not None else None
    if not isinstance(body, cst.IndentedBlock):
        return False
    first = body.body[0]
    lines = first.leading_lines if isinstance(first, _WITH_LINES_ABOVE) else ()
    comments = [body.header.comment, *(line.comment for line in lines)]
    return any(c is not None and c.value.startswith("# type:") for c in comments)


def _message(task: Task, missing: list[str]) -> str:
    listed = missing[0] if len(missing) == 1 else f"{', '.join(missing[:-1])} and {missing[-1]}"
    if missing == [_RESULT]:
        why = "a type checker leaves its body out, and who reads the result must guess"
    else:
        why = "what is sent to it is only found wrong in the worker"
    return f"task {task.name} has no type hint for {listed}: {why}; annotate it"

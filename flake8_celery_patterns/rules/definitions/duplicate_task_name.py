"""CEL205 duplicate-task-name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from flake8_celery_patterns.facts.scopes import Module
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.apps import SHARED
from flake8_celery_patterns.meaning.tasks.same_names import (
    Claim,
    Claimed,
    claims,
    elsewhere,
    given_by,
    place_of,
)
from flake8_celery_patterns.rules.rule import Report, Rule

if TYPE_CHECKING:
    import libcst as cst


class DuplicateTaskName(Rule[Module]):
    """Two tasks have one name: both are the same one.

    ## What it reports

    A task function whose name another one of the same app has already: given twice by `name=`, or
    made twice of the module's and the function's name. The class around a method is no part of it.
    In two files, the one reported is that whose path comes later.

    ## Why it is a bug

    Celery keeps the first function that it registers under a name. Of the other, the decorator
    gives the task that is there already: `remind.delay()` then runs the body of `invoice`, and its
    own is never run. Which one is first is not said: the tasks of an app wait for it in a set.
    Celery 5.7 warns of it at import (`DuplicateTaskNameWarning`), earlier ones say nothing.

    ## Example

    ```python
    from celery import shared_task


    @shared_task(name="mail.send")
    def invoice(order_id):
        print(order_id)


    @shared_task(name="mail.send")
    def remind(order_id):
        print(order_id)
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task(name="mail.invoice")
    def invoice(order_id):
        print(order_id)


    @shared_task(name="mail.remind")
    def remind(order_id):
        print(order_id)
    ```

    ## Fix

    None: the name is what messages, schedules and routes know the task by.

    ## When it stays silent

    - For alternatives: definitions in `if`, `try`, `match` and loops, and in functions.
    - For tasks of different apps, and in test code.
    - Where the name is not a literal, or a decorator may have given it.
    - Across files: where the project makes several apps.

    ## References

    - [Celery: task names](https://docs.celeryq.dev/en/stable/userguide/tasks.html#names)
    - [Celery issue 10576: two callables under one name](https://github.com/celery/celery/issues/10576)
    """

    code: ClassVar[str] = "CEL205"
    name: ClassVar[str] = "duplicate-task-name"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Module

    def check(self, fact: Module, meaning: Meaning) -> Iterator[Report]:
        if is_test_code(meaning.source.path, meaning.project.root):
            return
        claimed = Claimed(meaning)
        for claim in claims(meaning, meaning.source):
            earlier = claimed.earlier(claim)
            node = _node(claim)
            if node is None:
                continue
            if earlier is not None:
                yield Report(node, _in_file(claim, earlier))
            elif claim.is_given:
                other = _in_other_file(claim, meaning)
                if other is not None:
                    yield Report(node, other)


def _node(claim: Claim) -> cst.CSTNode | None:
    """The name in the decorator, or the decorator."""
    call = given_by(claim.task)
    named = call.keyword("name") if call is not None else None
    return named.value.node if named is not None else claim.task.node


def _in_other_file(claim: Claim, meaning: Meaning) -> str | None:
    here = place_of(meaning, meaning.source.path)
    for place, function, app in elsewhere(meaning).get(claim.name, ()):
        if place < here and (app == claim.app or SHARED in (app, claim.app)):
            return _message(claim, claim.name, f"{function} in {place}", function)
    return None


def _in_file(claim: Claim, earlier: Claim) -> str:
    if claim.is_given or earlier.is_given:
        name = claim.name if claim.is_given else earlier.name
        return _message(claim, name, f"{earlier.task.name} above", earlier.task.name)
    return (
        f"task {claim.task.name} is the second of its name in this module: Celery keeps one of "
        "them, and every call of either runs that one; rename it, or give it a name= of its own"
    )


def _message(claim: Claim, name: str, other: str, function: str) -> str:
    return (
        f"task {claim.task.name} is called '{name}' like {other}: Celery keeps one of them, and "
        f"every call of {claim.task.name} or {function} runs that one; give it a name of its own"
    )

"""CEL214 unpicklable-exception."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import Call
from flake8_celery_patterns.meaning.errors.handling import caught, given_exc, surroundings, taking
from flake8_celery_patterns.meaning.flow.places import Called, InTry, Place
from flake8_celery_patterns.meaning.kinds import ClassKind, Method
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.tasks import option, option_value
from flake8_celery_patterns.meaning.values.pickling import (
    Unbuildable,
    external_classes,
    unbuildable,
)
from flake8_celery_patterns.rules.rule import Report, Rule


class UnpicklableException(Rule[Called]):
    """Exception raised in a task cannot be rebuilt where its result is read.

    ## What it reports

    A class of the project that a task raises, or gives to `self.retry(exc=…)`, whose `__init__`
    cannot be called with the arguments that it hands to `super().__init__()`: there are fewer than
    it requires, or more than it takes, or it requires one by keyword. The finding is at the
    `__init__`, or where the exception is raised if the class is in another file.

    ## Why it is a risk

    An exception is pickled as its class and its `args`, those given to `Exception.__init__`, and
    rebuilt by calling the class with them. Celery tries that before it records a failure, whatever
    the serializer. Where it cannot be done, the error loses its type and its attributes: callers
    of `.get()`, `on_failure`, errbacks and `task_failure` receive an `UnpickleableExceptionWrapper`
    or an instance of a base class, and `except` clauses for the real class never match.

    ## Example

    ```python
    from celery import shared_task


    class CardDeclined(Exception):
        def __init__(self, order_id, code):
            super().__init__(f"order {order_id}: {code}")
            self.code = code


    @shared_task
    def charge(order_id):
        raise CardDeclined(order_id, "expired")
    ```

    ## Use instead

    ```python
    from celery import shared_task


    class CardDeclined(Exception):
        def __init__(self, order_id, code):
            super().__init__(order_id, code)
            self.code = code

        def __str__(self):
            return "order {}: {}".format(*self.args)


    @shared_task
    def charge(order_id):
        raise CardDeclined(order_id, "expired")
    ```

    A `__reduce__` that returns the class and all its arguments does as well.

    ## Fix

    None: handing on all arguments changes the text of the exception.

    ## When it stays silent

    - Where `__init__` hands on as many arguments as it requires, has defaults for the others, or
      calls no base: Python keeps all positional arguments then.
    - Where the class, or a base in the project, has `__reduce__` or `__new__`, sets `args`, or has
      a decorator; where a base is not found, or is another library's.
    - Where the exception does not leave the task: something around the `raise` catches it.
    - Where the task's result is ignored.

    ## References

    - [Celery: pickleable exceptions](https://docs.celeryq.dev/en/stable/userguide/tasks.html#creating-pickleable-exceptions)
    """

    code: ClassVar[str] = "CEL214"
    name: ClassVar[str] = "unpicklable-exception"
    tier = "risk"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Called

    def check(self, fact: Called, meaning: Meaning) -> Iterator[Report]:
        place = fact.place
        raised = _raised(fact, meaning)
        if raised is None or place.task is None:
            return
        found = unbuildable(meaning, raised)
        if found is None or _is_caught(meaning, raised, place):
            return
        if option_value(meaning, option(meaning, place.task, "ignore_result")) is True:
            return
        node: cst.CSTNode | None = fact.call.node
        if found.owner.source is meaning.source and found.init.node is not None:
            node = found.init.node.name
        if node is not None:
            yield Report(node, _message(raised, found))


def _raised(fact: Called, meaning: Meaning) -> ClassKind | None:
    """The class of the project of which an instance is made here to be raised."""
    statement = fact.place.statement
    if isinstance(fact.function, ClassKind):
        is_raised = isinstance(statement, cst.Raise) and statement.exc is fact.call.node
        return fact.function if is_raised else None
    given = given_exc(fact.call) if _is_retry(fact) else None
    if not isinstance(given, Call):
        return None
    kind = meaning.evaluate(given.function, fact.place.environment)
    return kind if isinstance(kind, ClassKind) else None


def _is_retry(fact: Called) -> bool:
    return isinstance(fact.function, Method) and fact.function.name == "retry"


def _is_caught(meaning: Meaning, raised: ClassKind, place: Place) -> bool:
    """Whether something in the task may keep the exception from leaving it."""
    family = meaning.ancestry(raised)
    if taking(meaning, place, external_classes(family)) is not None:
        return True
    where = surroundings(meaning, place)
    return any(
        kind in family.classes
        for around in place.here
        if isinstance(around, InTry)
        for handler in around.node.handlers
        for kind in caught(meaning, handler, where)
    )


def _message(raised: ClassKind, found: Unbuildable) -> str:
    name = raised.definition.name
    if found.missing:
        why = f"requires {found.missing} by keyword"
    else:
        count = {0: "no arguments", 1: "the one argument"}.get(
            found.count, f"the {found.count} arguments"
        )
        why = f"cannot be called with {count} it hands to super().__init__()"
    return (
        f"exception {name} cannot be rebuilt from its pickle, its __init__ {why}: callers get a "
        "wrapper or a base class instead, without its attributes; hand on all arguments or define "
        "__reduce__"
    )

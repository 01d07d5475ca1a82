"""CEL215 option-type."""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import Call, Expression, Mapping, Sequence, shown
from flake8_celery_patterns.fixes.plan import (
    Insert,
    Plan,
    Replace,
    ReplaceHead,
    ReplaceTail,
    as_tuple,
)
from flake8_celery_patterns.meaning.kinds import ClassKind, External
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.literals import UNSEEN, followed, value
from flake8_celery_patterns.meaning.tasks.own_options import decorator_takes, own_option
from flake8_celery_patterns.meaning.tasks.tasks import Task, option
from flake8_celery_patterns.meaning.tasks.wrappers import Given
from flake8_celery_patterns.rules.rule import Report, Rule

_TIMEDELTA = External("datetime.timedelta()")
_EXCEPTION_NAME = re.compile(
    r"[A-Z]\w*[a-z]\w*(Error|Exception|Failure|Interrupt|Timeout|Warning)|[A-Z]+Error|Timeout"
)
_ISO_DATE = re.compile(r"\d{4}-?\d\d")
_NUMBER = re.compile(r"\s*\d+(\.\d+)?\s*")
_MAKING = "Celery raises TypeError when it makes the task, and no worker starts"
_LOOKING = "Celery raises TypeError in place of the task's error"


class OptionType(Rule[Task]):
    """Task option is of a type that Celery cannot use.

    ## What it reports

    `autoretry_for` or `dont_autoretry_for` that is a class and no tuple, a name in quotes or an
    exception already made; `throws` as a list or set; a text or `timedelta` as `max_retries`,
    `default_retry_delay` or `expires`; a `timedelta`, `None` or a word as `retry_backoff`;
    `retry_kwargs` that is no dict. In decorators and in task classes.

    ## Why it is a bug

    Celery checks none of them. `autoretry_for=ValueError` raises `TypeError: 'type' object is not
    iterable` when the worker starts. The others are found out by the first task that fails: the
    comparison or the `except` raises `TypeError`, the task is not retried, and its own error is
    lost.

    ## Example

    ```python
    from celery import shared_task


    @shared_task(autoretry_for=OSError, retry_backoff=True, max_retries="5")
    def import_feed(url):
        print(url)
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task(autoretry_for=(OSError,), retry_backoff=True, max_retries=5)
    def import_feed(url):
        print(url)
    ```

    ## Fix

    Safe: makes a tuple of the class or list, a number of a number in quotes, the exception of a
    built-in one's name in quotes, and `.total_seconds()` of a `timedelta`. None for the others.

    ## When it stays silent

    - For what Celery converts: a list of exceptions in `autoretry_for`, a number in quotes as
      `retry_backoff`, a single class as `throws`.
    - For a value that the text does not show, a decorator of the project's own that takes the
      option itself, and what a base class gives.
    - Time limits are CEL402's, and `rate_limit` is CEL213's.

    ## References

    - [Celery: automatic retry for known exceptions](https://docs.celeryq.dev/en/stable/userguide/tasks.html#automatic-retry-for-known-exceptions)
    - [Celery: list of task options](https://docs.celeryq.dev/en/stable/userguide/tasks.html#list-of-options)
    """

    code: ClassVar[str] = "CEL215"
    name: ClassVar[str] = "option-type"
    tier = "bug"
    fix = "safe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Task

    def check(self, fact: Task, meaning: Meaning) -> Iterator[Report]:
        for name, look in _LOOKS.items():
            own = own_option(fact, name)
            if own is None or decorator_takes(meaning, fact, name):
                continue
            given = option(meaning, fact, name).given
            if given is not None and given.expression.node is own.value:
                yield from look(name, given, fact, meaning)


def _exceptions(name: str, given: Given, task: Task, meaning: Meaning) -> Iterator[Report]:
    """`autoretry_for`, `dont_autoretry_for`, `throws`."""
    expression, where = followed(meaning, given.expression, given.environment)
    node = given.expression.node
    assert isinstance(node, cst.BaseExpression)
    is_throws = name == "throws"
    start = f"`{name}` of task {task.name} is "
    effect = _LOOKING if is_throws else _MAKING
    text = value(meaning, expression, where)
    if isinstance(expression, Sequence):
        if is_throws and expression.kind != "tuple":
            fix = _tuple_of(node) if expression is given.expression else None
            yield Report(node, f"{start}a {expression.kind}: {effect}; write a tuple", fix)
            return
        for item in expression.items:
            yield from _item(name, item, expression is given.expression, given, task, meaning)
    elif isinstance(text, str):
        yield from _item(name, expression, False, given, task, meaning)
    elif is_throws:
        return
    elif _is_exception_class(meaning, expression, where):
        written = shown(given.expression)
        message = f"{start}a class and no tuple: {effect}; write ({written},)"
        yield Report(node, message, Plan("Make it a tuple", as_tuple(node), safe=True))
    elif text is None or isinstance(text, (bool, int, float)):
        yield Report(node, f"{start}{text!r}: {effect}; write a tuple of exceptions")


def _item(
    name: str, item: Expression, is_own: bool, given: Given, task: Task, meaning: Meaning
) -> Iterator[Report]:
    """What stands among the exceptions and is no exception class."""
    node = item.node if is_own else given.expression.node
    assert isinstance(node, cst.BaseExpression)
    expression, where = followed(meaning, item, given.environment)
    text = value(meaning, expression, where)
    start = f"`{name}` of task {task.name} names "
    if isinstance(text, str):
        message = f"{start}the text {text!r} and no exception: {_LOOKING}; write the class itself"
        yield Report(node, message, _unquoted(node, text, is_own, given))
    elif isinstance(expression, Call) and _is_exception_class(meaning, expression.function, where):
        written = shown(expression.function)
        yield Report(node, f"{start}an exception already made: {_LOOKING}; write {written}")


def _unquoted(node: cst.BaseExpression, text: str, is_item: bool, given: Given) -> Plan | None:
    known = given.environment.lookup(text) == External(f"builtins.{text}")
    if not isinstance(node, cst.SimpleString) or not known or not _is_builtin_exception(text):
        return None
    written = text if is_item or node.lpar else f"({text},)"
    changes: tuple[Any, ...] = (Replace(node, written),)
    if not is_item and node.lpar:
        changes = (Replace(node, f"{text},"),)
    return Plan(f"Write {text}", changes, safe=True)


def _tuple_of(node: cst.BaseExpression) -> Plan | None:
    if not isinstance(node, (cst.List, cst.Set)) or not node.elements:
        return None
    single = len(node.elements) == 1 and not isinstance(node.elements[0].comma, cst.Comma)
    last = ",)" if single else ")"
    changes = (ReplaceHead(node, 1, "("), ReplaceTail(node, 1, last))
    return Plan("Make it a tuple", changes, safe=True)


def _is_exception_class(meaning: Meaning, expression: Expression, where: Any) -> bool:
    kind = meaning.evaluate(expression, where)
    if isinstance(kind, ClassKind):
        return True
    if not isinstance(kind, External) or kind.name.endswith("()"):
        return False
    module, _, last = kind.name.rpartition(".")
    if module == "builtins":
        return _is_builtin_exception(last)
    return _EXCEPTION_NAME.fullmatch(last) is not None


def _is_builtin_exception(name: str) -> bool:
    found = getattr(builtins, name, None)
    return isinstance(found, type) and issubclass(found, BaseException)


def _number(name: str, given: Given, task: Task, meaning: Meaning) -> Iterator[Report]:
    """`max_retries`, `default_retry_delay`, `expires`: a text or duration is no number."""
    held = value(meaning, given.expression, given.environment)
    node = given.expression.node
    assert isinstance(node, cst.BaseExpression)
    if isinstance(held, str) and not (name == "expires" and _ISO_DATE.match(held)):
        fix = None
        if isinstance(node, cst.SimpleString) and _NUMBER.fullmatch(held):
            fix = Plan("Write the number", (Replace(node, held.strip()),), safe=True)
        yield Report(node, _wrong_number(name, f"the text {held!r}", task), fix)
    elif isinstance(held, (tuple, list, dict)):
        yield Report(node, _wrong_number(name, f"a {type(held).__name__}", task))
    elif meaning.evaluate(given.expression, given.environment) == _TIMEDELTA:
        fix = None if name == "max_retries" else _seconds(node)
        yield Report(node, _wrong_number(name, "a timedelta", task), fix)


def _wrong_number(name: str, found: str, task: Task) -> str:
    when = {
        "max_retries": "self.retry() raises TypeError in place of the task's error",
        "default_retry_delay": "self.retry() fails to publish, and the task is not retried",
        "expires": f"{task.name}.delay() raises an error",
    }[name]
    unit = "a number" if name == "max_retries" else "seconds as a number"
    return f"`{name}` of task {task.name} is {found}: {when}; write {unit}"


def _seconds(node: cst.BaseExpression) -> Plan | None:
    if node.lpar or not isinstance(node, (cst.Attribute, cst.Call, cst.Name)):
        return None
    change = Insert(node, ".total_seconds()")
    return Plan("Write the seconds", (change,), safe=True)


def _backoff(name: str, given: Given, task: Task, meaning: Meaning) -> Iterator[Report]:
    """`retry_backoff`, `retry_backoff_max`: Celery makes a number of it, where it can."""
    held = value(meaning, given.expression, given.environment)
    node = given.expression.node
    assert isinstance(node, cst.BaseExpression)
    found, fix = "", None
    if isinstance(held, str) and not _NUMBER.fullmatch(held):
        found = f"the text {held!r}"
    elif held is None or isinstance(held, (tuple, list, dict)):
        found = "None" if held is None else f"a {type(held).__name__}"
    elif meaning.evaluate(given.expression, given.environment) == _TIMEDELTA:
        found, fix = "a timedelta", _seconds(node)
    if found:
        error = "ValueError" if isinstance(held, str) else "TypeError"
        effect = f"Celery raises {error} when it makes the task, and no worker starts"
        message = f"`{name}` of task {task.name} is {found}: {effect}; write seconds as a number"
        yield Report(node, message, fix)


def _retry_kwargs(name: str, given: Given, task: Task, meaning: Meaning) -> Iterator[Report]:
    """`retry_kwargs`: only automatic retries read it."""
    expression, where = followed(meaning, given.expression, given.environment)
    held = value(meaning, expression, where)
    if held is UNSEEN or isinstance(held, dict) or isinstance(expression, Mapping):
        return
    if option(meaning, task, "autoretry_for").is_absent or given.expression.node is None:
        return
    found = "None" if held is None else f"a {type(held).__name__}"
    yield Report(
        given.expression.node,
        f"`{name}` of task {task.name} is {found} and no dict: the first error of the task raises "
        "another one in its place, and nothing is retried; write a dict",
    )


_Look = Callable[[str, Given, Task, Meaning], Iterator[Report]]
_LOOKS: dict[str, _Look] = {
    "autoretry_for": _exceptions,
    "dont_autoretry_for": _exceptions,
    "throws": _exceptions,
    "max_retries": _number,
    "default_retry_delay": _number,
    "expires": _number,
    "retry_backoff": _backoff,
    "retry_backoff_max": _backoff,
    "retry_kwargs": _retry_kwargs,
}

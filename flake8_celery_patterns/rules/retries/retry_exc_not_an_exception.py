"""CEL314 retry-exc-not-an-exception."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import (
    Attribute,
    Binary,
    Call,
    Constant,
    Expression,
    Mapping,
    Name,
    Sequence,
    shown,
)
from flake8_celery_patterns.fixes.plan import Plan, Replace
from flake8_celery_patterns.meaning.errors.handling import (
    bound_name,
    error_caught,
    given_exc,
    handlers_around,
    surroundings,
)
from flake8_celery_patterns.meaning.kinds import External
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.names.literals import value
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.rules.rule import Report, Rule

_TEXT_MAKERS = frozenset(
    """
    builtins.ascii builtins.format builtins.repr builtins.str sys.exc_info traceback.format_exc
    traceback.format_exception
    """.split()
)
_TEXT_METHODS = frozenset({"format", "join", "strip", "upper", "lower"})


class RetryExcNotAnException(Rule[Dispatch]):
    """`exc=` of a retry is no exception.

    ## What it reports

    `self.retry(exc=…)` with a text (`"timed out"`, an f-string, `str(error)`), a number or another
    literal, `sys.exc_info()` or `traceback.format_exc()`.

    ## Why it is a bug

    Celery raises what `exc` is when the retries are used up. A text cannot be raised: the task
    fails with `TypeError: exceptions must derive from BaseException`, and the error that made it
    retry is lost.

    ## Example

    ```python
    from celery import shared_task


    @shared_task(bind=True)
    def sync(self, shop):
        try:
            shop.push()
        except ConnectionError as error:
            raise self.retry(exc=str(error))
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task(bind=True)
    def sync(self, shop):
        try:
            shop.push()
        except ConnectionError as error:
            raise self.retry(exc=error)
    ```

    ## Fix

    Safe for `str(error)` and `repr(error)` of the caught error: writes the error itself. Unsafe
    for another text in a clause that names its error: that text is lost. None elsewhere.

    ## When it stays silent

    - For `exc=None` and whatever else is false, for exceptions and exception classes, and for
      everything of which it is not certain what it is.

    ## References

    - [Celery: Task.retry](https://docs.celeryq.dev/en/stable/reference/celery.app.task.html#celery.app.task.Task.retry)
    """

    code: ClassVar[str] = "CEL314"
    name: ClassVar[str] = "retry-exc-not-an-exception"
    tier = "bug"
    fix = "safe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type | tuple[type, ...]] = Dispatch

    def check(self, fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
        given = given_exc(fact.call) if fact.form == "retry" else None
        if given is None or given.node is None:
            return
        what = _what(meaning, given, surroundings(meaning, fact.place))
        if what:
            yield Report(given.node, _message(fact, what), _fix(fact, given))


def _what(meaning: Meaning, given: Expression, where: Environment) -> str:
    """What is given, if that is certainly no exception; "" otherwise."""
    known = value(meaning, given, where)
    if not known:
        # Taken for no `exc` at all.
        return ""
    if isinstance(given.node, cst.FormattedString):
        return "a text"
    if isinstance(given, (Mapping, Sequence)):
        return "a container"
    if isinstance(given, Binary):
        left = given.left
        is_text = isinstance(left, Constant) and isinstance(left.value, str)
        return "a text" if is_text and given.operator in ("%", "+") else ""
    if isinstance(given, Call):
        return _of_call(meaning, given, where)
    if isinstance(known, str):
        return "a text"
    return "a number" if isinstance(known, (int, float)) else ""


def _of_call(meaning: Meaning, call: Call, where: Environment) -> str:
    function = call.function
    if isinstance(function, Attribute) and function.name in _TEXT_METHODS:
        owner = function.value
        return "a text" if isinstance(owner, Constant) and isinstance(owner.value, str) else ""
    kind = meaning.evaluate(function, where)
    if not isinstance(kind, External) or kind.name not in _TEXT_MAKERS:
        return ""
    return f"what {shown(function)}() gives"


def _message(fact: Dispatch, what: str) -> str:
    called = shown(fact.call.function) or "retry"
    return (
        f"{called}(exc=...) gets {what}: it cannot be raised, so the last attempt fails with "
        "TypeError: exceptions must derive from BaseException; give the caught error itself"
    )


def _fix(fact: Dispatch, given: Expression) -> Plan | None:
    around = handlers_around(fact.place)
    name = bound_name(around[0]) if around else None
    if name is None or given.node is None or error_caught(Name(name), fact.place) is None:
        return None
    same = isinstance(given, Call) and [a.value for a in given.arguments] == [Name(name)]
    shows = same and isinstance(given, Call) and shown(given.function) in ("str", "repr")
    return Plan(f"Give {name} itself", (Replace(given.node, name),), safe=shows)

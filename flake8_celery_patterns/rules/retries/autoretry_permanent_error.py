"""CEL303 autoretry-permanent-error."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import Sequence
from flake8_celery_patterns.facts.read import read
from flake8_celery_patterns.meaning.errors.handling import (
    caught,
    exception_name,
    handlers_around,
    own_nodes,
    surroundings,
)
from flake8_celery_patterns.meaning.errors.listed import members, place_of
from flake8_celery_patterns.meaning.errors.permanent import Permanence, is_covered, permanence
from flake8_celery_patterns.meaning.flow.places import InHandler
from flake8_celery_patterns.meaning.kinds import External, Kind
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.meaning.tasks.tasks import Task, option, option_value
from flake8_celery_patterns.rules.rule import Report, Rule


class AutoretryPermanentError(Rule[Task | Dispatch]):
    """Task is retried for an error that no retry can mend.

    ## What it reports

    Errors in `autoretry_for` that say that the code or the data is wrong: `TypeError`,
    `AttributeError`, `NameError`, `KeyError`, `IndexError`, `ImportError`, `NotImplementedError`,
    `AssertionError`, `SyntaxError`, the `ValidationError` and `PermissionDenied` of Django, Django
    REST framework, pydantic and others, those that `permanent-errors` names; and Celery's own
    `Retry`, `Ignore`, `Reject`, `TimeLimitExceeded` and `SoftTimeLimitExceeded`. Also
    `self.retry()` in a clause that catches nothing but such errors.

    ## Why it is a risk

    The same code with the same arguments fails in the same way. By default the task runs four
    times and reports its failure nine minutes late, each run with its side effects up to the point
    of the error. Celery's own exceptions steer the worker: caught by `autoretry_for` they do
    something else, or nothing.

    ## Example

    ```python
    from celery import shared_task


    @shared_task(autoretry_for=(ConnectionError, KeyError), retry_backoff=60)
    def sync(payload):
        print(payload["shop"])
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task(autoretry_for=(ConnectionError,), retry_backoff=60)
    def sync(payload):
        print(payload["shop"])
    ```

    ## Fix

    None: whether the error is permanent is for you to confirm.

    ## When it stays silent

    - For `Exception` and `OSError`; for `ValueError`, which a service's broken JSON raises too; for
      `DoesNotExist`, a known way round a transaction that is not committed yet.
    - For classes of your own and of libraries, whatever they derive from, unless
      `permanent-errors` names them.
    - Where `dont_autoretry_for` has the error, or a wider class in `autoretry_for` covers it.
    - In a clause: where the next run gets other arguments, or where what is looked up, or by
      what is called there, is not the task's own arguments and may be there the next time.

    ## References

    - [Celery: automatic retry for known exceptions](https://docs.celeryq.dev/en/stable/userguide/tasks.html#automatic-retry-for-known-exceptions)
    - [Celery: Task.dont_autoretry_for](https://docs.celeryq.dev/en/stable/userguide/tasks.html#Task.dont_autoretry_for)
    """

    code: ClassVar[str] = "CEL303"
    name: ClassVar[str] = "autoretry-permanent-error"
    tier = "risk"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type | tuple[type, ...]] = (Task, Dispatch)

    def check(self, fact: Task | Dispatch, meaning: Meaning) -> Iterator[Report]:
        if isinstance(fact, Task):
            yield from _of_task(fact, meaning)
        elif fact.form == "retry":
            yield from _of_handler(fact, meaning)


def _of_task(task: Task, meaning: Meaning) -> Iterator[Report]:
    given = option(meaning, task, "autoretry_for").given
    if given is None or option_value(meaning, option(meaning, task, "max_retries")) == 0:
        return
    listed = list(members(meaning, given.expression, given.environment))
    kinds = [kind for _, kind in listed]
    spared = option(meaning, task, "dont_autoretry_for").given
    if spared is not None:
        dont = members(meaning, spared.expression, spared.environment)
        kinds_spared = [kind for _, kind in dont]
    else:
        kinds_spared = []
    told: set[int] = set()
    for node, kind in listed:
        found = permanence(meaning, kind)
        if found is None or kind in kinds_spared or is_covered(kind, kinds):
            continue
        where = place_of(meaning, task, given, node)
        if where is not None and id(where) not in told:
            # A named tuple is one place, however many such errors it has.
            told.add(id(where))
            yield Report(where, f"autoretry_for of task {task.name} has {_why(found)}")


def _of_handler(fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
    around = handlers_around(fact.place)
    if not around or around[0].type is None or _runs_otherwise(fact):
        return
    where = surroundings(meaning, fact.place)
    kinds = caught(meaning, around[0], where)
    found = [permanence(meaning, kind) for kind in kinds]
    first = found[0]
    if (
        first is None
        or not all(found)
        or not all(_is_certain(meaning, kind, fact) for kind in kinds)
    ):
        return
    task = fact.task or fact.place.task
    label = task.name if task is not None else fact.label
    named = read(around[0].type)
    written = named.items[0].node if isinstance(named, Sequence) else named.node
    if written is not None:
        yield Report(written, f"task {label} is retried by hand for {_why(first)}")


def _runs_otherwise(fact: Dispatch) -> bool:
    """Whether the next run differs: other arguments, another limit, another queue."""
    call = fact.call
    return call.is_open or any(
        argument.keyword not in ("exc", "countdown", "eta", "max_retries", "throw")
        for argument in call.arguments
    )


# Errors of looking something up: what was looked up may be there the next time.
_LOOKUPS = frozenset({"builtins.KeyError", "builtins.IndexError"})
_OF_STATE = frozenset({"builtins.AssertionError", "builtins.AttributeError", "builtins.TypeError"})


def _is_certain(meaning: Meaning, kind: Kind, fact: Dispatch) -> bool:
    """Whether the error would come again: it is about the code or the task's own arguments."""
    name = exception_name(kind) or ""
    if name in _OF_STATE:
        return False
    return name not in _LOOKUPS or _looks_up_only_arguments(meaning, fact)


# Methods of the standard containers and of loggers that look nothing up.
_HARMLESS = frozenset("add append debug error extend get info lower split strip upper".split())


def _is_harmless(meaning: Meaning, call: cst.Call, fact: Dispatch) -> bool:
    if isinstance(call.func, cst.Attribute) and call.func.attr.value in _HARMLESS:
        return True
    kind = meaning.evaluate(read(call.func), surroundings(meaning, fact.place))
    return isinstance(kind, External) and kind.name.startswith("builtins.")


def _looks_up_only_arguments(meaning: Meaning, fact: Dispatch) -> bool:
    function = fact.place.function
    inside = next(a for a in fact.place.here if isinstance(a, InHandler))
    roots: list[str] = []
    for node in own_nodes(inside.node.body):
        if isinstance(node, cst.Call) and not _is_harmless(meaning, node, fact):
            # What is called may look things up, too.
            return False
        if isinstance(node, cst.Subscript):
            value: cst.BaseExpression = node.value
            while isinstance(value, (cst.Subscript, cst.Attribute)):
                value = value.value
            roots.append(value.value if isinstance(value, cst.Name) else "")
    return bool(roots) and all(
        function is not None
        and function.parameter(root) is not None
        and root != "self"
        and root not in function.bindings
        for root in roots
    )


def _why(found: Permanence) -> str:
    if found.reason == "unseen":
        return (
            f"{found.name}, which Celery lets pass before it looks there: the entry has no effect; "
            "take it out"
        )
    if found.reason == "killed":
        return (
            f"{found.name}, which is raised in the worker's parent process and never in the task: "
            "the entry has no effect; take it out"
        )
    if found.reason == "rejected":
        return (
            f"{found.name}: a task that rejects its message is sent again instead; take it out, "
            "or add dont_autoretry_for=(Reject,)"
        )
    if found.reason == "slow":
        return (
            f"{found.name}: what just ran out of time starts over and does so again; split the "
            "work or raise the limit"
        )
    return (
        f"{found.name}, which comes again at each retry: a fault in the code or the data is "
        "reported late, after all its side effects were repeated; retry only what passes by "
        "itself, such as ConnectionError"
    )

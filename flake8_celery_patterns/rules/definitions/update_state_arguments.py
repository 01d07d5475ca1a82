"""CEL219 update-state-arguments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import Argument, Call, Constant, Expression, Mapping
from flake8_celery_patterns.facts.read import read
from flake8_celery_patterns.fixes.plan import Plan, ReplaceHead
from flake8_celery_patterns.meaning.flow.following import Following, following
from flake8_celery_patterns.meaning.flow.places import Called, Place
from flake8_celery_patterns.meaning.kinds import ClassKind, External, Kind, Method, Object
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.literals import value
from flake8_celery_patterns.meaning.tasks.task_classes import is_task_class
from flake8_celery_patterns.meaning.tasks.tasks import option, option_value
from flake8_celery_patterns.rules.rule import Report, Rule

_CURRENT_TASK = re.compile(r"celery\.(_state\.)?current_task\.update_state")
_STATES = re.compile(r"celery\.states\.(?P<name>[A-Z]+)")


class UpdateStateArguments(Rule[Called]):
    """State of a task is set in a way that does not work.

    ## What it reports

    Calls of `update_state` on a task:

    - whose state and meta are given by position: `self.update_state("PROGRESS", {…})`;
    - with the state `FAILURE` and no `meta`, or one without `exc_type`;
    - with the state `FAILURE`, after which the task simply returns.

    ## Why it is a bug

    The first parameter of `update_state` is `task_id`. The state given there becomes the id, the
    dict becomes the state: depending on the backend a `TypeError`, or a record that nobody asks
    for.

    Whoever reads a failed task's result gets its exception, which the backend builds from
    `exc_type` and `exc_message`: without a type `.state` and `.get()` raise `ValueError`, without
    any `meta` `.get()` raises `RuntimeError`.

    A task that returns has succeeded: the worker overwrites `FAILURE` by `SUCCESS`.

    ## Example

    ```python
    from celery import shared_task


    @shared_task(bind=True)
    def import_rows(self, rows):
        for number, row in enumerate(rows):
            self.update_state("PROGRESS", {"done": number})
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task(bind=True)
    def import_rows(self, rows):
        for number, row in enumerate(rows):
            self.update_state(state="PROGRESS", meta={"done": number})
    ```

    To have a task fail, raise an exception.

    ## Fix

    Safe, for arguments given by position: writes `state=` and `meta=`. For the others none.

    ## When it stays silent

    - Where an id is given first, and where what is given first cannot be known.
    - Where `meta` is not a literal, or has `**`.
    - Where the task raises right after it, save for `Ignore`, which keeps the state; where its
      result is ignored.

    ## References

    - [Celery: Task.update_state](https://docs.celeryq.dev/en/stable/reference/celery.app.task.html#celery.app.task.Task.update_state)
    - [Celery: custom states](https://docs.celeryq.dev/en/stable/userguide/tasks.html#custom-states)
    """

    code: ClassVar[str] = "CEL219"
    name: ClassVar[str] = "update-state-arguments"
    tier = "bug"
    fix = "safe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Called

    def check(self, fact: Called, meaning: Meaning) -> Iterator[Report]:
        call = fact.call
        if call.is_open or call.node is None or not _is_update(fact.function, meaning):
            return
        shifted = _shifted(call, fact.place, meaning)
        if shifted:
            yield Report(call.node, _misplaced(shifted), _fix(shifted))
            return
        state = _given(call, "state", 1)
        if state is None or _state(state, fact.place, meaning) != "FAILURE":
            return
        then = following(fact.place)
        ignored = _ignores_result(call, fact.place, meaning)
        if then is cst.Return and ignored is False:
            yield Report(call.node, _OVERWRITTEN)
        elif not _ends_otherwise(then, fact.place, meaning):
            meta = _given(call, "meta", 2)
            if meta is None or meta == Constant(None) or _lacks_type(meta):
                unsure = then is cst.Return and ignored is None
                yield Report(call.node, _UNSURE if unsure else _UNREADABLE)


def _is_update(function: Kind, meaning: Meaning) -> bool:
    if isinstance(function, External):
        return _CURRENT_TASK.fullmatch(function.name) is not None
    if not isinstance(function, Method) or function.name != "update_state":
        return False
    owner = function.owner
    if isinstance(owner, Object) and isinstance(owner.of, ClassKind):
        return is_task_class(meaning, owner.of)
    return meaning.task_behind(owner) is not None


def _given(call: Call, name: str, position: int) -> Expression | None:
    argument = call.keyword(name)
    return argument.value if argument is not None else call.positional(position)


def _state(expression: Expression, place: Place, meaning: Meaning) -> str | None:
    """The state that an expression is: a text, or one of `celery.states`."""
    kind = meaning.evaluate(expression, place.environment)
    match = _STATES.fullmatch(kind.name) if isinstance(kind, External) else None
    if match is not None:
        return match["name"]
    shown: Any = value(meaning, expression, place.environment)
    return shown if isinstance(shown, str) else None


def _shifted(call: Call, place: Place, meaning: Meaning) -> tuple[Argument, ...]:
    """The arguments that stand one place too early: a state, and perhaps its meta."""
    if call.keyword("state") is not None or call.keyword("task_id") is not None:
        return ()
    given = tuple(argument for argument in call.arguments if argument.keyword is None)
    if len(given) not in (1, 2) or (len(given) == 2 and call.keyword("meta") is not None):
        return ()
    first = _state(given[0].value, place, meaning)
    if len(given) == 1:
        return given if first is not None else ()
    if isinstance(given[1].value, Mapping):
        return given
    is_state = first is not None and first.isupper()
    return given if is_state and _state(given[1].value, place, meaning) is None else ()


def _lacks_type(meta: Expression) -> bool:
    """Whether `meta` certainly does not say of what type the exception is."""
    if not isinstance(meta, Mapping):
        return False
    keys = [entry.key for entry in meta.entries]
    shown = [key.value for key in keys if isinstance(key, Constant)]
    return len(shown) == len(keys) and "exc_type" not in shown


def _ignores_result(call: Call, place: Place, meaning: Meaning) -> bool | None:
    """Whether what the task returns is not kept, so that the state stays; None if unknown.

    For the state of another task, or set in a function that the task calls, it stays as well.
    """
    task = place.task
    if task is None or task.run is not place.function or _given(call, "task_id", 0) is not None:
        return True
    found = option(meaning, task, "ignore_result")
    if found.is_absent:
        return False
    shown = option_value(meaning, found)
    return shown if isinstance(shown, bool) else None


def _ends_otherwise(then: Following, place: Place, meaning: Meaning) -> bool:
    """Whether the task raises next: what it raises is then its result, unless it is `Ignore`."""
    if not isinstance(then, cst.Raise):
        return False
    if then.exc is None:
        return True
    kind = meaning.evaluate(read(then.exc), place.environment)
    return not (isinstance(kind, External) and kind.name.startswith("celery.exceptions.Ignore"))


def _fix(shifted: tuple[Argument, ...]) -> Plan | None:
    nodes = [argument.node for argument in shifted]
    changes = tuple(
        ReplaceHead(node, 0, f"{name}=")
        for node, name in zip(nodes, ("state", "meta"), strict=False)
        if node is not None
    )
    return Plan("Give state and meta by keyword", changes, safe=True)


def _misplaced(shifted: tuple[Argument, ...]) -> str:
    rest = ", its second is state" if len(shifted) > 1 else ", no state is set"
    return (
        f"the first parameter of update_state() is task_id{rest}: the state of this task stays as "
        "it is, another record is written or TypeError raised; write state= and meta="
    )


_UNREADABLE = (
    "state FAILURE is set with no exc_type in meta: whoever reads the task's result gets "
    "ValueError or RuntimeError instead of what failed; raise an exception in the task instead"
)
_UNSURE = (
    "state FAILURE is set with no exc_type in meta by a task that then returns: the worker "
    "overwrites it with SUCCESS or, if results are ignored, nobody can read it; raise an exception "
    "instead"
)
_OVERWRITTEN = (
    "state FAILURE is set by a task that then returns: the worker overwrites it with SUCCESS; "
    "raise an exception instead"
)

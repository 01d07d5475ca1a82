"""CEL103 option-passed-to-delay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.fixes.plan import Plan, Replace
from flake8_celery_patterns.fixes.search import holds_comment
from flake8_celery_patterns.meaning.errors.expected import expects_error
from flake8_celery_patterns.meaning.flow.swallowing import swallows
from flake8_celery_patterns.meaning.kinds import ClassKind, Partial
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.meaning.tasks.passed import DIRECT, own_arguments
from flake8_celery_patterns.meaning.tasks.signatures import CALL_OPTIONS, Signature, signature_of
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.rules.rule import Report, Rule

# What no task means by a keyword that it takes by `**kwargs` and never looks at.
_UNMISTAKABLE = frozenset(
    """
    countdown eta expires ignore_result link_error queue retry_policy routing_key soft_time_limit
    task_id time_limit
    """.split()
)
_WITH_OPTIONS = {"delay": "apply_async", "delay_on_commit": "apply_async_on_commit"}


class OptionPassedToDelay(Rule[Dispatch]):
    """Passes an option such as `countdown` where only the task's own arguments can be.

    ## What it reports

    A keyword of `.delay()`, `.delay_on_commit()`, `.s()` or `.si()` that is called like an option
    of `apply_async` (`countdown`, `eta`, `expires`, `queue`, `priority`, `task_id`, `link` …) and
    that the task has no parameter for.

    ## Why it is a bug

    `.delay()` takes no options: everything goes to the task. The task has no such parameter, so
    the call raises `TypeError: got an unexpected keyword argument 'countdown'`. If the task takes
    `**kwargs`, it is worse: nothing fails, and the task runs at once, on the default queue, and
    without the time limit.

    ## Example

    ```python
    from celery import shared_task


    @shared_task
    def send_reminder(order_id):
        print(order_id)


    def remind(order_id):
        send_reminder.delay(order_id, countdown=3600)
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task
    def send_reminder(order_id):
        print(order_id)


    def remind(order_id):
        send_reminder.apply_async(args=(order_id,), countdown=3600)
    ```

    ## Fix

    Safe: `.delay(…)` becomes `.apply_async(args=…, kwargs=…, countdown=…)`; in a signature the
    option moves behind it: `.s(…).set(countdown=…)`. None where the call holds a comment, or is
    made by `functools.partial`.

    ## When it stays silent

    - Where the task has a parameter of that name.
    - Where the task takes `**kwargs` and may use it: by asking for it, or by handing `kwargs` on;
      and for names that a task may well mean something else by (`priority`, `headers`, `link`).
    - Where the task is not found, or something may change its arguments: a decorator beneath, or a
      task class that overrides `delay`, `apply_async` or `__call__`.

    ## References

    - [Celery: calling tasks](https://docs.celeryq.dev/en/stable/userguide/calling.html#basics)
    """

    code: ClassVar[str] = "CEL103"
    name: ClassVar[str] = "option-passed-to-delay"
    tier = "bug"
    fix = "safe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Dispatch

    def check(self, fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
        task = fact.task
        if task is None or fact.form not in DIRECT or isinstance(fact.receiver, ClassKind):
            return
        options = [a for a in fact.call.arguments if a.keyword in CALL_OPTIONS]
        signature = signature_of(meaning, task) if options else None
        if signature is None or expects_error(fact.place):
            return
        if isinstance(fact.receiver, Partial) and own_arguments(meaning, fact) is None:
            return
        found = {
            a.keyword
            for a in options
            if a.keyword and _is_lost(meaning, a.keyword, task, signature)
        }
        for argument in options:
            if argument.keyword in found and argument.node is not None:
                message = _message(argument.keyword, fact, task, signature)
                yield Report(argument.node, message, _fix(fact, found))


def _is_lost(meaning: Meaning, name: str, task: Task, signature: Signature) -> bool:
    """Whether the task can do nothing with an argument `name`."""
    if signature.parameter(name) is not None:
        return False
    if not signature.takes_any:
        return True
    assert task.run is not None
    return name in _UNMISTAKABLE and swallows(meaning, task.source, task.run, name)


def _message(name: str, dispatch: Dispatch, task: Task, signature: Signature) -> str:
    if signature.takes_any:
        outcome = f"it is swallowed by **kwargs of {task.name} and has no effect"
    elif dispatch.form in _WITH_OPTIONS and signature.is_checked:
        outcome = f"{task.name} has no such parameter, so it raises TypeError"
    else:
        outcome = f"{task.name} has no such parameter, so it fails with TypeError when it is run"
    better = _WITH_OPTIONS.get(dispatch.form)
    cure = f"use .{better}() for it" if better else f"set it by .set({name}=…)"
    return f".{dispatch.form}() takes no options, `{name}` goes to the task: {outcome}; {cure}"


def _fix(dispatch: Dispatch, options: set[str]) -> Plan | None:
    node = dispatch.call.node
    if dispatch.is_partial or not isinstance(node, cst.Call):
        return None
    function = node.func
    if not isinstance(function, cst.Attribute) or holds_comment(node):
        return None
    if any(isinstance(a.value, cst.GeneratorExp) and not a.value.lpar for a in node.args):
        return None
    moved = [a for a in node.args if a.keyword is not None and a.keyword.value in options]
    kept = [a for a in node.args if a not in moved]
    given = ", ".join(f"{a.keyword.value}={_code(a.value)}" for a in moved if a.keyword)
    owner = _code(function.value)
    if dispatch.form in _WITH_OPTIONS:
        packed = ", ".join((*_packed(kept), given))
        text = f"{owner}.{_WITH_OPTIONS[dispatch.form]}({packed})"
        title = f"Use .{_WITH_OPTIONS[dispatch.form]}()"
    else:
        stay = ", ".join(_code(a.with_changes(comma=cst.MaybeSentinel.DEFAULT)) for a in kept)
        text = f"{owner}.{dispatch.form}({stay}).set({given})"
        title = "Set the option on the signature"
    return Plan(title, (Replace(node, text),), safe=True)


def _packed(arguments: list[cst.Arg]) -> Iterator[str]:
    """`args=…` and `kwargs=…` for arguments as they stood in `.delay(…)`."""
    positional = [
        a.star + _code(a.value) for a in arguments if a.keyword is None and a.star != "**"
    ]
    named = [
        f'"{a.keyword.value}": {_code(a.value)}' if a.keyword else f"**{_code(a.value)}"
        for a in arguments
        if a.keyword is not None or a.star == "**"
    ]
    if positional:
        yield f"args=({', '.join(positional)}{',' if len(positional) == 1 else ''})"
    if named:
        yield f"kwargs={{{', '.join(named)}}}"


def _code(node: cst.CSTNode) -> str:
    return cst.Module([]).code_for_node(node)

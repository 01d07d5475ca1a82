"""CEL106 unknown-execution-option."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import Argument, Call, Constant, Mapping
from flake8_celery_patterns.fixes.plan import Plan, Replace
from flake8_celery_patterns.meaning.flow.places import Called
from flake8_celery_patterns.meaning.kinds import External, Method, Partial
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.meaning.tasks.options import execution_slip, is_decorators_own
from flake8_celery_patterns.meaning.tasks.own_options import decorator_takes, own_option
from flake8_celery_patterns.meaning.tasks.senders import is_canvas
from flake8_celery_patterns.meaning.tasks.tasks import Task, option, overrides_sending
from flake8_celery_patterns.rules.rule import Report, Rule

_FORMS = frozenset(
    {"apply_async", "apply_async_on_commit", "retry", "send_task", "signature", "subtask"}
)
_IGNORED = "is ignored without a word"


class UnknownExecutionOption(Rule[Dispatch | Called | Task]):
    """Call has an option that Celery does not know, or that only a decorator can set.

    ## What it reports

    A keyword of `apply_async`, `send_task`, `self.retry`, `signature` or `.set`, or a key of
    `retry_kwargs`, that is no option and close to one: `countdwn=5`, `self.retry(delay=5)`,
    `{"max_retry": 1}`. Also options of the task decorator that a call cannot set, such as
    `apply_async(max_retries=3)` or `acks_late`, `rate_limit`, `immutable`.

    ## Why it is a bug

    Celery hands all options that it does not know on to the broker as properties of the message,
    and nothing reads them there: no error, no warning. The task runs at once instead of in five
    minutes, or retries three times instead of once.

    ## Example

    ```python
    from celery import shared_task


    @shared_task
    def remind(order_id):
        print(order_id)


    def order_paid(order_id):
        remind.apply_async((order_id,), countdwn=300)
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task
    def remind(order_id):
        print(order_id)


    def order_paid(order_id):
        remind.apply_async((order_id,), countdown=300)
    ```

    ## Fix

    Safe: renames the option, unless the call gives the one that is meant already, or may do so by
    `**options`. None for what only a decorator can set.

    ## When it stays silent

    - For names that are close to no option: properties of a transport (`MessageGroupId`), stamps.
    - Where the task's class, or that of the app, overrides how tasks are sent, or is not found; of
      a task that is not found itself, only what is close to an option of a call is reported.
    - For decorators of the project's own that take `retry_kwargs` themselves.

    ## References

    - [Celery: calling tasks](https://docs.celeryq.dev/en/stable/userguide/calling.html)
    - [Celery: Task.retry](https://docs.celeryq.dev/en/stable/reference/celery.app.task.html#celery.app.task.Task.retry)
    """

    code: ClassVar[str] = "CEL106"
    name: ClassVar[str] = "unknown-execution-option"
    tier = "bug"
    fix = "safe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[tuple[type, ...]] = (Dispatch, Called, Task)

    def check(self, fact: Dispatch | Called | Task, meaning: Meaning) -> Iterator[Report]:
        if isinstance(fact, Dispatch):
            yield from _dispatched(fact, meaning)
        elif isinstance(fact, Called):
            yield from _set(fact, meaning)
        else:
            yield from _retried(fact, meaning)


def _dispatched(fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
    if fact.form not in _FORMS:
        return
    form = "canvas" if is_canvas(fact.receiver) else fact.form
    known = form != "canvas" and (fact.task is not None or form in ("retry", "send_task"))
    found = list(_named(fact.call, form, f"{fact.form}()", fact.label, known))
    if found and not (fact.task is not None and overrides_sending(meaning, fact.task)):
        yield from found


def _set(fact: Called, meaning: Meaning) -> Iterator[Report]:
    """`task.s(…).set(countdown=…)`."""
    function = fact.function
    if not isinstance(function, Method) or function.name != "set":
        return
    task = meaning.task_behind(function.owner)
    if task is None or not isinstance(function.owner, Partial) or function.owner.chained:
        return
    if not overrides_sending(meaning, task):
        yield from _named(fact.call, "set", "set()", task.name, True)


def _named(call: Call, form: str, method: str, label: str, known: bool) -> Iterator[Report]:
    taken = {a.keyword for a in call.arguments if a.keyword is not None}
    is_open = any(a.star == "**" for a in call.arguments)
    for argument in call.arguments:
        keyword = argument.node.keyword if isinstance(argument.node, cst.Arg) else None
        if argument.keyword is None or keyword is None:
            continue
        meant = execution_slip(argument.keyword, form)
        if meant is not None:
            fix = None if is_open or meant in taken else _renamed(keyword, meant, meant)
            yield Report(keyword, _no_option(argument.keyword, method, meant), fix)
            taken.add(meant)
        elif known and is_decorators_own(argument.keyword, form):
            yield Report(keyword, _not_here(argument.keyword, method, label))


def _retried(task: Task, meaning: Meaning) -> Iterator[Report]:
    """The keys of `retry_kwargs`, which Celery hands to `self.retry`."""
    own = own_option(task, "retry_kwargs")
    given = option(meaning, task, "retry_kwargs").given
    if own is None or given is None or given.expression.node is not own.value:
        return
    if decorator_takes(meaning, task, "retry_kwargs"):
        return
    shown = given.expression
    # With a backoff a countdown is of no use.
    taken = set() if option(meaning, task, "retry_backoff").is_absent else {"countdown"}
    if isinstance(shown, Call):
        if meaning.evaluate(shown.function, given.environment) == External("builtins.dict"):
            yield from _keyed([(_keyword(a), a.keyword) for a in shown.arguments], task, taken)
    elif isinstance(shown, Mapping):
        keys = [e.key for e in shown.entries if isinstance(e.key, Constant)]
        yield from _keyed([(k.node, k.value) for k in keys], task, taken)


def _keyword(argument: Argument) -> cst.CSTNode | None:
    return argument.node.keyword if isinstance(argument.node, cst.Arg) else None


def _keyed(
    keys: list[tuple[cst.CSTNode | None, object]], task: Task, taken: set[str]
) -> Iterator[Report]:
    """`taken`: what the keys must not be renamed to, besides each other."""
    taken = taken | {name for _, name in keys if isinstance(name, str)}
    for node, name in keys:
        if not isinstance(name, str) or node is None:
            continue
        method = f"the retry_kwargs of task {task.name}"
        meant = execution_slip(name, "retry")
        if meant is not None:
            written = node.value if isinstance(node, (cst.Name, cst.SimpleString)) else name
            fix = None if meant in taken else _renamed(node, written.replace(name, meant), meant)
            yield Report(node, _no_option(name, method, meant), fix)
            taken.add(meant)
        elif is_decorators_own(name, "retry"):
            yield Report(node, _not_here(name, method, task.name))


def _renamed(node: cst.CSTNode, written: str, meant: str) -> Plan:
    return Plan(f"Write {meant}", (Replace(node, written),), safe=True)


def _no_option(name: str, method: str, meant: str) -> str:
    return f"`{name}` in {method} is no option and {_IGNORED}; write {meant}"


def _not_here(name: str, method: str, label: str) -> str:
    whose = f"task {label}" if label else "the task"
    where = f"give it to the decorator of {whose}"
    if name == "immutable":
        return f"`immutable` in {method} is for signatures, and {_IGNORED}; make one with .si()"
    return f"`{name}` in {method} is an option of tasks, not of calls, and {_IGNORED}; {where}"

"""CEL110 self-passed-to-bound-task."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import Expression, shown
from flake8_celery_patterns.fixes.plan import Change, Plan, Replace, remove_item
from flake8_celery_patterns.fixes.search import holds_comment
from flake8_celery_patterns.meaning.errors.expected import expects_error
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.dispatches import MAKING, Dispatch
from flake8_celery_patterns.meaning.tasks.passed import DIRECT, passed, passes_task
from flake8_celery_patterns.meaning.tasks.signatures import Signature, misfits, signature_of
from flake8_celery_patterns.meaning.tasks.tasks import overrides_sending
from flake8_celery_patterns.meaning.values.serializers import PICKLE, SERIALIZERS, serializer
from flake8_celery_patterns.rules.rule import Report, Rule


class SelfPassedToBoundTask(Rule[Dispatch]):
    """Passes a task instance to a task, as if `self` were the caller's to give.

    ## What it reports

    A dispatch whose first argument is the task itself (`send.delay(send, 1)`), or the `self` of the
    bound task that sends it (`send.delay(self, 1)` inside another task).

    ## Why it is a bug

    With `bind=True` Celery puts the task instance before the arguments by itself. Passed once more
    it is an argument too many: `TypeError: send() takes 2 positional arguments but 3 were given`.
    Where the number happens to fit, a task cannot be written as JSON, and the call raises
    `EncodeError: Object of type send is not JSON serializable`.

    ## Example

    ```python
    from celery import shared_task


    @shared_task(bind=True)
    def send_receipt(self, order_id):
        print(self.request.id, order_id)


    @shared_task(bind=True)
    def pay(self, order_id):
        send_receipt.delay(self, order_id)
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task(bind=True)
    def send_receipt(self, order_id):
        print(self.request.id, order_id)


    @shared_task(bind=True)
    def pay(self, order_id):
        send_receipt.delay(order_id)
    ```

    ## Fix

    Safe: drops the argument, where the task takes what is left.

    ## When it stays silent

    - Where `self` is no task: in methods of other classes, and in tasks without `bind=True`.
    - Where the number of arguments fits and they are not sent as JSON, MessagePack or YAML: pickle
      can carry a task.
    - Where the task's class overrides `delay` or `apply_async`: it may take the task out again.

    ## References

    - [Celery: bound tasks](https://docs.celeryq.dev/en/stable/userguide/tasks.html#bound-tasks)
    """

    code: ClassVar[str] = "CEL110"
    name: ClassVar[str] = "self-passed-to-bound-task"
    tier = "bug"
    fix = "safe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Dispatch

    def check(self, fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
        first = passes_task(meaning, fact)
        if first is None or first.node is None or expects_error(fact.place):
            return
        task = fact.task
        if task is not None and overrides_sending(meaning, task):
            return
        signature = signature_of(meaning, task) if task is not None else None
        fits = signature is None or not _misfits(fact, signature, meaning, 0)
        if fits and (meaning.config.teaches_json or not _is_text(serializer(fact, meaning))):
            return
        mended = signature is not None and not _misfits(fact, signature, meaning, 1)
        yield Report(
            first.node,
            _message(first, fact, fits),
            _fix(fact, first) if mended else None,
        )


def _is_text(named: str | None) -> bool:
    return named in SERIALIZERS and named != PICKLE


def _misfits(fact: Dispatch, signature: Signature, meaning: Meaning, dropped: int) -> bool:
    """Whether the arguments do not fit, without the first `dropped` of them."""
    return any(
        next(misfits(signature, replace(given, positional=given.positional[dropped:])), None)
        for given in passed(meaning, fact)
    )


def _message(first: Expression, fact: Dispatch, fits: bool) -> str:
    sending = "sending this signature" if fact.form in MAKING else f".{fact.form}()"
    task = f"task {fact.label}" if fact.label else "a task"
    outcome = "EncodeError, for a task is not JSON" if fits else "TypeError, it is one too many"
    return (
        f"`{shown(first)}` is a task instance and no argument for {task}: {sending} raises "
        f"{outcome}; drop it, Celery hands a bound task its own"
    )


def _fix(fact: Dispatch, first: Expression) -> Plan | None:
    node = fact.call.node
    if not isinstance(node, cst.Call) or holds_comment(node):
        return None
    if fact.form in DIRECT and not fact.is_partial:
        argument = next((a for a in node.args if a.value is first.node), None)
        if argument is None:
            return None
        change: Change | None = remove_item(node.args, argument)
        if len(node.args) == 1 and not isinstance(argument.comma, cst.Comma):
            change = Replace(argument, "")
        return Plan("Drop the task", (change,), safe=True) if change is not None else None
    return _unpacked(node, first)


def _unpacked(call: cst.Call, first: Expression) -> Plan | None:
    """`args=(self, 1)` without its first."""
    for argument in call.args:
        held = argument.value
        if not isinstance(held, (cst.Tuple, cst.List)):
            continue
        if held.elements and held.elements[0].value is first.node:
            rest = [cst.Module([]).code_for_node(e.value) for e in held.elements[1:]]
            if any(isinstance(e, cst.StarredElement) for e in held.elements):
                return None
            inner = ", ".join(rest)
            tail = "," if len(rest) == 1 else ""
            # The span of a tuple is what stands between its parentheses.
            text = f"[{inner}]" if isinstance(held, cst.List) else f"{inner}{tail}"
            return Plan("Drop the task", (Replace(held, text),), safe=True)
    return None

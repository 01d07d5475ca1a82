"""CEL906 dispatch-in-loop."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.definitions import target_names
from flake8_celery_patterns.facts.expressions import (
    Argument,
    Attribute,
    Call,
    Expression,
    Name,
    Sequence,
    Star,
    Subscript,
    everything,
)
from flake8_celery_patterns.facts.read import read
from flake8_celery_patterns.meaning.files.testcode import is_command, is_test_code
from flake8_celery_patterns.meaning.flow.assigned import assigned_in
from flake8_celery_patterns.meaning.flow.course import parts_of
from flake8_celery_patterns.meaning.flow.places import InBranch, InLoop, Place
from flake8_celery_patterns.meaning.flow.quick import QUICK
from flake8_celery_patterns.meaning.kinds import ClassKind, External, Partial
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.literals import followed, value
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.rules.rule import Report, Rule

_FORMS = frozenset({"apply_async", "delay"})
_CARRYING = ("args", "kwargs")
# So few messages are not worth a group.
_FEW = 10
# What gives batches already: one message for each of them is what is wanted.
_BATCHING = re.compile(r"(?i)batch|chunk|page|partition|slice|split|group")


class DispatchInLoop(Rule[Dispatch]):
    """Loop sends one message after the other.

    ## What it reports

    `.delay()` or `.apply_async()` of one task in a `for` loop over things of which there may be
    many, with arguments that depend on the turn.

    ## Why it is a risk

    Each turn takes a connection to the broker, and with a result backend writes and subscribes,
    on its own. Ten thousand orders are ten thousand such turns in the one request or task that
    sends them, and if that fails in the middle, nobody knows which orders are on their way. A
    `group` sends all with one producer and gives one result for all; `.chunks()` makes one message
    of many calls.

    ## Example

    ```python
    from celery import shared_task


    @shared_task
    def send_invoice(order_id):
        print(order_id)


    def send_invoices(order_ids):
        for order_id in order_ids:
            send_invoice.delay(order_id)
    ```

    ## Use instead

    ```python
    from celery import group, shared_task


    @shared_task
    def send_invoice(order_id):
        print(order_id)


    def send_invoices(order_ids):
        group(send_invoice.s(order_id) for order_id in order_ids).delay()
    ```

    Or in messages of 100 orders each:
    `send_invoice.chunks(zip(order_ids), 100).apply_async()`.

    ## Fix

    None: a group gives another result than the single messages.

    ## When it stays silent

    - For `while`, and where the loop may be left early (`break`, `return`).
    - Over what is short for certain: a literal, a constant `range()`, `choices` of a field.
    - Where the message's options depend on the turn (`countdown=i * 10`, a `task_id`), the task
      does, or the result is kept.
    - In a `try`, a handler or a `with` in the loop, and where a turn does other work, too: each
      turn stands alone there.
    - In a callback of a transaction, with `.delay_on_commit()`; in test code and scripts.

    ## References

    - [Celery: groups](https://docs.celeryq.dev/en/stable/userguide/canvas.html#groups)
    - [Celery: chunks](https://docs.celeryq.dev/en/stable/userguide/canvas.html#chunks)
    """

    code: ClassVar[str] = "CEL906"
    name: ClassVar[str] = "dispatch-in-loop"
    tier = "opinion"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Dispatch

    def check(self, fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
        call = fact.call
        if fact.form not in _FORMS or fact.is_partial or isinstance(fact.receiver, Partial):
            return
        if call.node is None or not fact.place.is_whole_statement(call):
            return
        loop = _loop_around(fact.place)
        path = meaning.source.path
        if loop is None or is_test_code(path, meaning.project.root) or is_command(path):
            return
        if _may_be_left(loop) or _does_more(loop, call.node):
            return
        if _is_short_or_in_batches(read(loop.iter), fact.place, meaning):
            return
        turning = {*target_names(loop.target), *assigned_in(loop.body)}
        if _depends_only_by_arguments(call, fact.form, turning):
            yield Report(call.node, _message(fact))


def _loop_around(place: Place) -> cst.For | None:
    """The `for` whose turns send, if nothing but branches stands between."""
    for around in place.here:
        if isinstance(around, InLoop):
            return around.node if isinstance(around.node, cst.For) else None
        if not isinstance(around, InBranch):
            return None
    return None


def _may_be_left(loop: cst.For) -> bool:
    """Whether what is sent next may depend on how the turn went."""
    ends = (cst.Return, cst.Raise, cst.Break)
    return any(isinstance(part, ends) for part in parts_of(loop.body))


def _does_more(loop: cst.For, dispatch: cst.CSTNode) -> bool:
    """Whether a turn is a piece of work of its own, of which the message is only a part."""
    for part in parts_of(loop.body):
        if isinstance(part, cst.With):
            return True
        if isinstance(part, cst.Expr) and isinstance(part.value, cst.Call):
            function = part.value.func
            name = function.attr if isinstance(function, cst.Attribute) else function
            is_quick = isinstance(name, cst.Name) and name.value in QUICK | _FORMS
            if part.value is not dispatch and not is_quick:
                return True
    return False


def _is_short_or_in_batches(iterable: Expression, place: Place, meaning: Meaning) -> bool:
    """Whether a loop has few turns for certain, or each of them stands for many things."""
    found, there = followed(meaning, iterable, place.environment)
    if isinstance(found, Sequence):
        return len(found.items) < _FEW and not any(isinstance(i, Star) for i in found.items)
    if isinstance(found, Subscript):
        return True
    if isinstance(iterable, (Name, Attribute)):
        return _is_constant(iterable, place) or isinstance(
            meaning.evaluate(iterable, place.environment), ClassKind
        )
    if not isinstance(found, Call):
        return False
    called = found.function
    name = called.name if isinstance(called, Attribute) else ""
    name = called.id if isinstance(called, Name) else name
    if name in ("items", "keys", "values", "enumerate", "reversed", "sorted", "list", "zip"):
        inner = called.value if isinstance(called, Attribute) else found.positional(0)
        return inner is not None and _is_short_or_in_batches(inner, place, meaning)
    if meaning.evaluate(called, there) == External("builtins.range"):
        last = value(meaning, found.arguments[-1].value, there) if found.arguments else 0
        has_step = found.positional(2) is not None
        return has_step or (isinstance(last, int) and last < _FEW)
    return _BATCHING.search(name) is not None


def _is_constant(iterable: Name | Attribute, place: Place) -> bool:
    """`settings.LANGUAGES`, or the `*names` of the function: what somebody wrote by hand."""
    name = iterable.name if isinstance(iterable, Attribute) else iterable.id
    given = place.function.parameter(name) if place.function is not None else None
    return name.isupper() or (given is not None and given.kind in ("args", "kwargs"))


def _depends_only_by_arguments(call: Call, form: str, turning: set[str]) -> bool:
    """Whether only what the task is given differs from turn to turn, and is no batch itself."""
    if _names(call.function) & turning:
        return False
    given: set[str] = set()
    for position, argument in enumerate(call.arguments):
        names = _names(argument.value)
        if form == "apply_async" and not _is_given_to_the_task(argument, position):
            # What is computed may be another thing in each turn: `countdown=randint(1, 60)`.
            if names & turning or any(isinstance(p, Call) for p in everything(argument.value)):
                return False
        if any(isinstance(p, Subscript) and p.is_slice for p in everything(argument.value)):
            return False
        given |= names
    return bool(given & turning)


def _is_given_to_the_task(argument: Argument, position: int) -> bool:
    """Whether an argument of `apply_async` is its `args` or `kwargs`."""
    if argument.keyword is not None:
        return argument.keyword in _CARRYING
    return not argument.star and position < len(_CARRYING)


def _names(expression: Expression) -> set[str]:
    return {part.id for part in everything(expression) if isinstance(part, Name)}


def _message(fact: Dispatch) -> str:
    return (
        f"each turn of this loop sends a message to task {fact.label} by itself: many take long, "
        "and a failure in between leaves some unsent; send them as a group, or many per message "
        "with .chunks()"
    )

"""CEL104 apply-async-args-not-sequence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import Call, Constant, Expression, Mapping, Sequence
from flake8_celery_patterns.fixes.plan import Plan, as_tuple
from flake8_celery_patterns.meaning.kinds import Partial
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.meaning.tasks.senders import is_canvas
from flake8_celery_patterns.meaning.tasks.tasks import overrides_sending
from flake8_celery_patterns.meaning.values.scalars import collection, described, single
from flake8_celery_patterns.meaning.values.timing import is_duration
from flake8_celery_patterns.rules.rule import Report, Rule

_SENDING = frozenset({"apply_async", "apply_async_on_commit", "send_task"})
_MAKING = frozenset({"signature", "subtask", "retry"})
_SEQUENCES = frozenset({"list", "tuple"})
_NUMBERS = frozenset({"float", "int"})
_LONGEST_SHOWN = 40


class ApplyAsyncArgsNotSequence(Rule[Dispatch]):
    """Arguments of a task are not given as a list or tuple.

    ## What it reports

    `apply_async(pk)` or `apply_async((pk))`: one value in the place of the list or tuple of all
    arguments; also a dict, a set or a generator there, `kwargs` that is no mapping, and a number as
    the third positional argument, which is the task's id. The same in `send_task`, `signature`,
    `self.retry(args=…)` and for signatures.

    ## Why it is a bug

    Celery spreads the arguments with `*args`: a number raises `TypeError` where it is sent, a text
    is taken apart into its letters. `0`, `""` and `False` count as no arguments at all, in silence.
    `signature(args="ab")` keeps the letters, and the task gets them.

    ## Example

    ```python
    from celery import shared_task


    @shared_task
    def ship(order_id):
        print(order_id)


    def order_paid(order_id: int):
        ship.apply_async((order_id), countdown=60)
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task
    def ship(order_id):
        print(order_id)


    def order_paid(order_id: int):
        ship.apply_async((order_id,), countdown=60)
    ```

    ## Fix

    Safe: makes a tuple of the single value. None for dicts, sets, generators and `kwargs`.

    ## When it stays silent

    - For a value whose type the text does not show. Known are literals, f-strings, `int()`, `str()`
      and `len()`, `.pk` and `.id`, and names annotated as one value that are never bound again.
    - For `None` and for collections without elements: those are no arguments.
    - Where the task's class, or that of the app, overrides how tasks are sent, or is not found.

    ## References

    - [Celery: calling tasks](https://docs.celeryq.dev/en/stable/userguide/calling.html)
    - [Celery: Task.apply_async](https://docs.celeryq.dev/en/stable/reference/celery.app.task.html#celery.app.task.Task.apply_async)
    """

    code: ClassVar[str] = "CEL104"
    name: ClassVar[str] = "apply-async-args-not-sequence"
    tier = "bug"
    fix = "safe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Dispatch

    def check(self, fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
        if fact.form not in _SENDING | _MAKING:
            return
        if is_canvas(fact.receiver):
            # What its arguments are for is its own affair.
            return
        found = list(_found(fact, meaning))
        if found and not (fact.task is not None and overrides_sending(meaning, fact.task)):
            yield from found


def _found(fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
    # `send_task("name", args)`, `signature("name", args)`: the name comes first.
    first = 1 if fact.receiver is None else 0
    positional = fact.form != "retry"
    args = _given(fact.call, "args", first if positional else None)
    kwargs = _given(fact.call, "kwargs", first + 1 if positional else None)
    if args is not None:
        yield from _args(args, fact, meaning)
    if kwargs is not None:
        yield from _kwargs(kwargs, fact, meaning)
    third = fact.call.positional(2)
    if third is not None and first == 0 and fact.form in _SENDING:
        yield from _third(third, fact, meaning)


def _given(call: Call, name: str, position: int | None) -> Expression | None:
    found = call.keyword(name)
    if found is not None:
        return found.value
    return call.positional(position) if position is not None else None


def _takes_apart(fact: Dispatch) -> bool:
    """Whether a signature makes a tuple of what it is given, instead of sending it as it is."""
    return fact.form in _MAKING or isinstance(fact.receiver, Partial)


def _args(expression: Expression, fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
    node = expression.node
    type_ = single(meaning, expression, fact.place.environment, fact.place.function)
    if type_ is not None and isinstance(node, cst.BaseExpression):
        what = described(expression, type_)
        fix = Plan("Make it a tuple", as_tuple(node), safe=True)
        message = (
            f"the args of {fact.form}() are {what}: {_effect(expression, type_, fact)}; write "
            f"{_written(node)}"
        )
        yield Report(node, message, fix)
        return
    if isinstance(expression, (Mapping, Sequence)) and not _holds_something(expression):
        return
    form = collection(meaning.evaluate(expression, fact.place.environment))
    if not form or form in _SEQUENCES or (_takes_apart(fact) and form != "dict"):
        return
    effect = "TypeError where it is sent"
    if _takes_apart(fact):
        effect = "only its keys become arguments"
    cure = "give it as kwargs, or write" if form == "dict" else "write"
    if expression.node is not None:
        message = f"the args of {fact.form}() are a {form}: {effect}; {cure} a list or tuple"
        yield Report(expression.node, message)


def _effect(expression: Expression, type_: str, fact: Dispatch) -> str:
    if isinstance(expression, Constant) and not expression.value:
        return "Celery takes it for no arguments at all"
    if type_ in ("str", "bytes") and _takes_apart(fact):
        return "Celery takes it apart, and each letter becomes an argument"
    return f"TypeError where {'it is made' if fact.form in _MAKING else 'it is sent'}"


def _written(node: cst.BaseExpression) -> str:
    text = cst.Module([]).code_for_node(node.with_changes(lpar=[], rpar=[]))
    is_short = len(text) <= _LONGEST_SHOWN and "\n" not in text and ":" not in text
    return f"({text},)" if is_short else "a tuple of one, with a comma"


def _holds_something(expression: Mapping | Sequence) -> bool:
    return bool(expression.entries if isinstance(expression, Mapping) else expression.items)


def _kwargs(expression: Expression, fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
    if isinstance(expression, Sequence) and not _holds_something(expression):
        return
    where = fact.place.environment
    type_ = single(meaning, expression, where, fact.place.function)
    if type_ is not None:
        what = described(expression, type_)
    else:
        form = collection(meaning.evaluate(expression, where))
        # A signature makes a dict of pairs.
        if not form or form == "dict" or _takes_apart(fact):
            return
        what = f"a {form}"
    if expression.node is not None:
        yield Report(
            expression.node,
            f"the kwargs of {fact.form}() are {what}: Celery spreads them by name, and raises "
            "TypeError; write a dict",
        )


def _third(expression: Expression, fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
    """What stands where `apply_async` takes the id of the task."""
    if isinstance(fact.receiver, Partial) or expression.node is None:
        return
    where = fact.place.environment
    is_number = single(meaning, expression, where, fact.place.function) in _NUMBERS
    if is_number or is_duration(meaning.evaluate(expression, where)):
        yield Report(
            expression.node,
            f"the third positional argument of {fact.form}() is task_id: this becomes the task's "
            "id, in silence; name the option that is meant, such as countdown=",
        )

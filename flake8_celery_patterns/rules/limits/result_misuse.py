"""CEL410 result-misuse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import shown
from flake8_celery_patterns.fixes.plan import Insert, Plan, Replace, ReplaceTail
from flake8_celery_patterns.meaning.flow.places import Called, Read, nodes_above
from flake8_celery_patterns.meaning.kinds import External, Method, Partial, Result
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.wrappers import CELERY_APPS
from flake8_celery_patterns.meaning.values.results import has_states_of_its_own
from flake8_celery_patterns.rules.rule import Report, Rule

# Methods, which mean nothing uncalled, and properties, which cannot be called (celery/result.py).
_METHODS = frozenset({"failed", "ready", "successful"})
_PROPERTIES = frozenset({"id", "info", "result", "state", "status", "task_id", "traceback"})
_STATES = frozenset(
    {"FAILURE", "PENDING", "RECEIVED", "REJECTED", "RETRY", "REVOKED", "STARTED", "SUCCESS"}
)
_REVOKING = frozenset(f"{app}.control.revoke" for app in CELERY_APPS)


class ResultMisuse(Rule["Called | Read"]):
    """Uses a result in a way that never works.

    ## What it reports

    - `await task.delay()`.
    - `if result.ready:` and `if result.successful:`, not called.
    - `result.state()`, `result.id()`: properties that are called.
    - `result.state == "success"`: a state in small letters.
    - `task.s(1).get()`: a signature, not a result.
    - `app.control.revoke(result)`: a result in the place of its id.

    ## Why it is a bug

    An `AsyncResult` is not awaitable: `TypeError: object AsyncResult can't be used in 'await'
    expression`, after the task was sent. A method that is not called is always true, so the branch
    for a finished task is taken at once. Calling a property raises `TypeError: 'str' object is not
    callable`. States are upper case: the comparison is never true. A signature is a dict, and its
    `get` wants a key. `revoke` raises `EncodeError` for a result.

    ## Example

    ```python
    from celery import shared_task


    @shared_task
    def export_orders(day):
        return day


    def export_view(day):
        result = export_orders.delay(day)
        if result.ready:
            return "done"
        return result.id
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task
    def export_orders(day):
        return day


    def export_view(day):
        result = export_orders.delay(day)
        if result.ready():
            return "done"
        return result.id
    ```

    ## Fix

    Safe: adds or removes the `()`, writes the state in capitals, appends `.id`. None for `await`
    and for a signature's `get`.

    ## When it stays silent

    - Where the value is not certainly a result or signature of Celery.
    - For a method that is handed on uncalled (`wait_for(result.ready)`).
    - For `task.apply()`, whose result is another class.
    - For states in small letters where a task of the project gives itself such a state
      (`self.update_state(state="started")`).

    ## References

    - [Celery: `AsyncResult`](https://docs.celeryq.dev/en/stable/reference/celery.result.html#celery.result.AsyncResult)
    - [Celery: built-in states](https://docs.celeryq.dev/en/stable/userguide/tasks.html#built-in-states)
    """

    code: ClassVar[str] = "CEL410"
    name: ClassVar[str] = "result-misuse"
    tier = "bug"
    fix = "safe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[tuple[type, ...]] = (Called, Read)

    def check(self, fact: Called | Read, meaning: Meaning) -> Iterator[Report]:
        if isinstance(fact, Read):
            if isinstance(fact.owner, Result) and not fact.owner.is_none:
                yield from _read(fact, meaning)
            return
        yield from _awaited(fact, meaning)
        method = fact.function
        if isinstance(method, Method):
            yield from _called(fact, method, meaning)
        elif isinstance(method, External) and method.name in _REVOKING:
            yield from _revoked(fact, meaning)


def _awaited(fact: Called, meaning: Meaning) -> Iterator[Report]:
    if not isinstance(fact.function, (Method, External)) or fact.call.node is None:
        return
    above = next(nodes_above(meaning, fact.place.statement, fact.call.node), None)
    if not isinstance(above, cst.Await):
        return
    result = meaning.evaluate(fact.call, fact.place.environment)
    if isinstance(result, Result) and not result.is_none:
        what = shown(fact.call) or "this dispatch"
        yield Report(
            above,
            f"`{what}` gives an AsyncResult, which cannot be awaited: the task is sent, then "
            "`await` raises TypeError; drop `await`",
        )


def _called(fact: Called, method: Method, meaning: Meaning) -> Iterator[Report]:
    node = fact.call.node
    if not isinstance(node, cst.Call):
        return
    owner, what = method.owner, shown(fact.call.function) or f".{method.name}"
    if isinstance(owner, Result) and not owner.is_none and method.name in _PROPERTIES:
        yield Report(
            node,
            f"`{what}` is a property of a result, not a method: calling it raises TypeError; "
            f"write `{what}`",
            _uncalled(node),
        )
    elif isinstance(owner, Partial) and method.name == "get":
        timeout_alone = all(a.keyword == "timeout" for a in fact.call.arguments)
        if timeout_alone and meaning.task_behind(owner) is not None:
            yield Report(
                node,
                f"`{what}()` asks a signature, which is a dict and was never sent: TypeError; send "
                "it first, with .delay() or .apply_async()",
            )


def _uncalled(node: cst.Call) -> Plan | None:
    """The property without `()`, where nothing stands between them."""
    if node.args or node.rpar or not node.whitespace_before_args.empty:
        return None
    return Plan("Remove the call", (ReplaceTail(node, 2, ""),), safe=True)


def _revoked(fact: Called, meaning: Meaning) -> Iterator[Report]:
    for argument in fact.call.arguments[:1]:
        node = argument.value.node
        kind = meaning.evaluate(argument.value, fact.place.environment)
        if isinstance(kind, Result) and not kind.is_none and argument.keyword is None:
            what = shown(argument.value) or "this result"
            fix = Plan("Pass the id", (Insert(node, ".id"),), safe=True) if node else None
            if node is not None:
                yield Report(
                    node,
                    f"`{what}` is a result, and revoke() takes its id: EncodeError, and nothing "
                    f"is revoked; write `{what}.id`",
                    fix,
                )


def _read(fact: Read, meaning: Meaning) -> Iterator[Report]:
    node = fact.attribute.node
    if node is None:
        return
    above = list(nodes_above(meaning, fact.place.statement, node))
    what = shown(fact.attribute) or f".{fact.attribute.name}"
    if fact.attribute.name in _METHODS:
        if _decides(node, above):
            yield Report(
                node,
                f"`{what}` is a method that is not called: it is always true, whatever the task "
                f"does; write `{what}()`",
                Plan("Call it", (Insert(node, "()"),), safe=True),
            )
    elif fact.attribute.name in ("state", "status"):
        found = list(_compared(node, above))
        if found and not has_states_of_its_own(meaning):
            yield from (_wrong_case(text, what) for text in found)


def _decides(node: cst.CSTNode, above: list[cst.CSTNode]) -> bool:
    """Whether what a node is decides which way the program goes."""
    for outer in above:
        if isinstance(outer, (cst.If, cst.While, cst.IfExp, cst.Assert)):
            return outer.test is node
        if isinstance(outer, cst.UnaryOperation):
            return isinstance(outer.operator, cst.Not)
        if not isinstance(outer, cst.BooleanOperation):
            return False
        node = outer
    return False


def _compared(node: cst.CSTNode, above: list[cst.CSTNode]) -> Iterator[cst.SimpleString]:
    """The states in small letters that a node is compared with."""
    comparison = next((outer for outer in above[:2] if isinstance(outer, cst.Comparison)), None)
    if comparison is None or len(comparison.comparisons) != 1:
        return
    (target,) = comparison.comparisons
    if not isinstance(target.operator, (cst.Equal, cst.NotEqual, cst.In, cst.NotIn)):
        return
    other = target.comparator if comparison.left is node else comparison.left
    items: list[cst.BaseExpression] = [other]
    if isinstance(other, (cst.Tuple, cst.List, cst.Set)):
        items = [element.value for element in other.elements]
    for item in items:
        if isinstance(item, cst.SimpleString) and item.raw_value not in _STATES:
            if item.raw_value.upper() in _STATES:
                yield item


def _wrong_case(text: cst.SimpleString, what: str) -> Report:
    meant = text.raw_value.upper()
    written = text.value.replace(text.raw_value, meant)
    return Report(
        text,
        f"`{what}` is never {text.value}: Celery's states are in capitals, so this is never true; "
        f'write "{meant}"',
        Plan(f"Write {meant}", (Replace(text, written),), safe=True),
    )

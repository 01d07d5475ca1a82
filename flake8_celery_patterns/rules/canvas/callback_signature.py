"""CEL506 callback-signature."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import (
    Attribute,
    Call,
    Expression,
    Sequence,
    shown,
)
from flake8_celery_patterns.fixes.plan import Plan, Replace
from flake8_celery_patterns.fixes.signatures import as_signature
from flake8_celery_patterns.meaning.canvas.errbacks import Handed, handed_errback
from flake8_celery_patterns.meaning.canvas.handing import Part, misfits_of, parts_of, written_in
from flake8_celery_patterns.meaning.canvas.members import Signed
from flake8_celery_patterns.meaning.canvas.mistaken import Mistaken, mistaken
from flake8_celery_patterns.meaning.errors.expected import expects_error
from flake8_celery_patterns.meaning.flow.places import Called
from flake8_celery_patterns.meaning.kinds import Canvas, Partial
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.rules.rule import Report, Rule

# What a group refuses (celery/canvas.py), and what to do instead.
_REFUSED = {
    "link": "write `group(...) | callback.s()`",
    "link_error": "link it to the group's own signatures, with `.on_error(...)`",
}
_HANDED = {1: "the failed task's id", 3: "request, exc and traceback"}


class CallbackSignature(Rule[Called]):
    """Links a callback that Celery cannot call.

    ## What it reports

    - An error callback (`link_error=task.s(…)`, `.on_error(task.s(…))`, `.link_error(…)`) whose
      task cannot take what Celery hands it: a task with `bind=True`, a class-based one, and one
      with a single parameter get the id of the task that failed; others get its request, the
      error and the traceback. The signature's own arguments come behind these.
    - One whose own arguments are pushed into other parameters by that: `fail.s(order_id)` for
      `def fail(order_id, request, exc, traceback)`.
    - `link=task`, `link=task.delay()`, `link=task(1)` and the same for `link_error=`: a signature
      is wanted.
    - `link=` and `link_error=` of a group.

    ## Why it is a bug

    An error callback is called when something else has failed, often for the first time in
    production. If it does not fit, its `TypeError` is one line in the worker's log, and the
    order that should be released, the mail that should be sent, never is. What is no signature
    cannot be sent (`EncodeError`), and a group raises `TypeError`.

    ## Example

    ```python
    from celery import shared_task


    @shared_task
    def charge(order_id):
        print(order_id)


    @shared_task
    def release_stock(order_id):
        print(order_id)


    def pay(order_id):
        charge.apply_async((order_id,), link_error=release_stock.s(order_id))
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task
    def charge(order_id):
        print(order_id)


    @shared_task
    def release_stock(order_id):
        print(order_id)


    def pay(order_id):
        charge.apply_async((order_id,), link_error=release_stock.si(order_id))
    ```

    ## Fix

    Safe: writes `.si(…)`, which gets its own arguments only, where they are just what the task
    takes; and `.s()` or `.si()` behind a task, where one of them fits. None otherwise.

    ## When it stays silent

    - For `.si(…)` and `immutable=True`.
    - For a task with one parameter and no argument of its own: it gets the id.
    - Where Celery's versions differ in what they hand over, and one of them works.
    - Where the task, its parameters or its binding do not show; for a task beneath another
      decorator.
    - For `link=` with a signature that does not fit (CEL502), and for calls and tasks in `.link()`
      and `.on_error()` (CEL504).

    ## References

    - [Celery: linking, callbacks and errbacks](https://docs.celeryq.dev/en/stable/userguide/calling.html#linking-callbacks-errbacks)
    - [Celery: chains, error handling](https://docs.celeryq.dev/en/stable/userguide/canvas.html#error-handling)
    """

    code: ClassVar[str] = "CEL506"
    name: ClassVar[str] = "callback-signature"
    tier = "bug"
    fix = "safe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Called

    def check(self, fact: Called, meaning: Meaning) -> Iterator[Report]:
        if expects_error(fact.place):
            return
        refused = list(_refused(fact, meaning))
        yield from refused
        if refused:
            return
        for part in parts_of(meaning, fact):
            found = mistaken(meaning, part) if part.by_option else None
            node = part.member.expression.node
            if found is not None and node is not None:
                fix = as_signature(meaning, part, found, fact.place.environment)
                yield Report(node, _no_signature(part, found), fix)
            elif part.role == "errback" and isinstance(part.member.kind, Partial):
                yield from _unfit(part, part.member.kind, meaning)


def _refused(fact: Called, meaning: Meaning) -> Iterator[Report]:
    """`group(…).apply_async(link=…)`."""
    function = fact.call.function
    if not isinstance(function, Attribute) or function.name != "apply_async":
        return
    owner = meaning.evaluate(function.value, fact.place.environment)
    if not isinstance(owner, Canvas) or owner.form != "group":
        return
    for name, cure in _REFUSED.items():
        given = fact.call.keyword(name)
        if given is not None and given.node is not None and _is_given(given.value):
            yield Report(
                given.node, f"a group takes no `{name}=`: apply_async() raises TypeError; {cure}"
            )


def _is_given(expression: Expression) -> bool:
    """Whether a callback is certainly there: written on the spot. A name may hold None."""
    return isinstance(expression, Call) or (
        isinstance(expression, Sequence) and bool(expression.items)
    )


def _no_signature(part: Part, found: Mistaken) -> str:
    what = shown(part.member.expression) or "this"
    option = "link" if part.role == "link" else "link_error"
    name = found.task.name if found.task is not None else "task"
    said = {
        "result": f"`{what}` does its work at once and gives a result",
        "results": f"`{what}` is a result, of what was sent before",
        "ran": f"`{what}` runs task {name} here, in this process",
        "task": f"`{what}` is the task itself",
        "method": f"`{what}` is a method that is not called",
    }[found.form]
    return (
        f"{said}: {option} wants a signature, and nothing else can be sent along; write "
        f"`{option}={name}.s(...)`"
    )


def _unfit(part: Part, signature: Partial, meaning: Meaning) -> Iterator[Report]:
    handed = handed_errback(meaning, signature)
    task = meaning.task_behind(signature)
    made, node = signature.made, part.member.expression.node
    if handed is None or task is None or not isinstance(made, Signed) or made.given is None:
        return
    if handed.misfit is None and handed.shifted is None:
        return
    alone = not misfits_of(meaning, task, made.given, 0)
    if made.call is not None and written_in(part.member.expression, made.call):
        node = made.call.node
    if node is not None:
        fix = _fix(made, node) if alone and handed.misfit is not None else None
        yield Report(node, _message(task, handed, alone), fix)


def _message(task: Task, handed: Handed, alone: bool) -> str:
    first = f"error callback {task.name} is handed {_HANDED[handed.count]} before its own arguments"
    if handed.shifted is not None:
        own, other = handed.shifted
        return (
            f"{first}, so `{own}` lands in its parameter `{other}`; put its own parameters behind "
            "those"
        )
    wanted = "one parameter for the id" if handed.count == 1 else "parameters for all three"
    cure = "write `.si(...)` if it needs none of that" if alone else f"give it {wanted}"
    return f"{first}, which does not fit what it takes: it never runs; {cure}"


def _fix(made: Signed, node: cst.CSTNode) -> Plan | None:
    if made.form != "s" or made.call is None or made.call.node is not node:
        return None
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute):
        return None
    return Plan("Make it immutable", (Replace(node.func.attr, "si"),), safe=True)

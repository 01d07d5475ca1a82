"""CEL503 signature-never-called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import Attribute, Call, Expression, shown
from flake8_celery_patterns.fixes.plan import Insert, Plan, Replace, ReplaceTail, call_on
from flake8_celery_patterns.meaning.canvas.building import is_signature
from flake8_celery_patterns.meaning.canvas.members import Signed
from flake8_celery_patterns.meaning.errors.expected import expects_error
from flake8_celery_patterns.meaning.files.testcode import is_cell, is_test_code
from flake8_celery_patterns.meaning.flow.places import Called, Piped, Place, Read
from flake8_celery_patterns.meaning.kinds import Canvas, Kind, Partial, TaskSelf
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.meaning.tasks.passed import Passed, given_to_signature
from flake8_celery_patterns.meaning.tasks.signatures import misfits, signature_of
from flake8_celery_patterns.rules.rule import Report, Rule

_SENDING = frozenset({"apply_async", "apply_async_on_commit", "delay", "delay_on_commit"})
# What leaves a signature as it is, sent by nobody.
_PASSING_ON = frozenset({"clone", "link", "on_error", "set", "skew"})
_SENT_BY = {"s": "delay", "si": "delay", "signature": "apply_async", "subtask": "apply_async"}

Fact = Called | Dispatch | Piped | Read


class SignatureNeverCalled(Rule[Fact]):
    """Makes a signature and does not send it.

    ## What it reports

    As a statement of its own, with nothing made of its value:

    - `task.s(…)`, `task.si(…)`, `task.signature(…)`, `signature("name", …)`, also with `.set(…)`;
    - `chain(…)`, `group(…)`, `chord(…)`, `first.s() | second.s()`;
    - `task.map(…)`, `task.starmap(…)`, `task.chunks(…)`;
    - `task.delay` and `task.apply_async` without `()`.

    And `task.s(…)()`: calling the signature of a single task.

    ## Why it is a bug

    A signature is a description of a call, a dict. Making one sends nothing, raises nothing and
    leaves no trace in any log; neither does naming `task.delay` without calling it. Only a chain,
    a group and a chord are sent when they are called: calling the signature of a task runs the task
    here and now, in the process that should have handed it over.

    ## Example

    ```python
    from celery import chain, shared_task


    @shared_task
    def resize(image_id):
        return image_id


    @shared_task
    def publish(image_id):
        print(image_id)


    def uploaded(image_id):
        chain(resize.s(image_id), publish.s())
    ```

    ## Use instead

    ```python
    from celery import chain, shared_task


    @shared_task
    def resize(image_id):
        return image_id


    @shared_task
    def publish(image_id):
        print(image_id)


    def uploaded(image_id):
        chain(resize.s(image_id), publish.s()).delay()
    ```

    ## Fix

    Unsafe: sends it, with `.delay(…)`. It is what was meant, and it changes what the program does.
    None where the arguments would not do for that.

    ## When it stays silent

    - Where the value is kept, returned, awaited, yielded or handed on.
    - For a variable that holds a signature, called where its value is used: `total = add(2)`.
    - For `sig.set(…)`, `sig.link(…)` on a variable, which change that signature in place.
    - In a block that is to fail (`with pytest.raises(…):`), in the cells of a notebook kept as a
      script, and for signatures that are called in test code.

    ## References

    - [Celery: signatures](https://docs.celeryq.dev/en/stable/userguide/canvas.html#signatures)
    - [Celery: calling tasks](https://docs.celeryq.dev/en/stable/userguide/calling.html)
    """

    code: ClassVar[str] = "CEL503"
    name: ClassVar[str] = "signature-never-called"
    tier = "bug"
    fix = "unsafe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[tuple[type, ...]] = (Called, Dispatch, Piped, Read)

    def check(self, fact: Fact, meaning: Meaning) -> Iterator[Report]:
        found = _found(fact, meaning)
        if found is None or expects_error(fact.place):
            return
        if not (fact.place.is_module_level and is_cell(meaning.project, meaning.source.path)):
            yield found


def _found(fact: Fact, meaning: Meaning) -> Report | None:
    if isinstance(fact, Called):
        return _run_here(fact, meaning) or _unsent(fact, meaning)
    if isinstance(fact, Dispatch):
        return _made(fact, meaning)
    return _piped(fact) if isinstance(fact, Piped) else _uncalled(fact, meaning)


def _is_whole(place: Place, expression: Expression) -> bool:
    """Whether an expression is all that its statement is."""
    statement = place.statement
    return isinstance(statement, cst.Expr) and statement.value is expression.node


def _run_here(fact: Called, meaning: Meaning) -> Report | None:
    """`task.s(1)()`, or `sig()` with nothing made of what it gives."""
    made, node = fact.function, fact.call.node
    if not isinstance(made, Partial) or made.chained or not isinstance(node, cst.Call):
        return None
    if not isinstance(made.made, Signed) or made.made.form in ("chunks", ""):
        return None
    task = meaning.task_behind(made)
    direct = isinstance(fact.call.function, Call)
    if task is None or not (direct or fact.is_bare):
        return None
    if is_test_code(meaning.source.path, meaning.project.root):
        return None
    what = shown(fact.call) or "this"
    return Report(
        node,
        f"`{what}` calls a signature: task {task.name} runs here, in this process, and nothing is "
        "sent; send it with `.delay(...)`",
        _sent_instead(fact.call, node, meaning),
    )


def _sent_instead(call: Call, node: cst.Call, meaning: Meaning) -> Plan | None:
    """`task.s(1)()` to `task.delay(1)`."""
    inner = call.function
    if not isinstance(inner, Call) or node.args or node.rpar or not _is_tight(node):
        return None
    change = _renamed(inner)
    if change is None:
        return None
    return Plan("Send the task", (change, ReplaceTail(node, 2, "")), safe=False)


def _is_tight(node: cst.Call) -> bool:
    around = (node.whitespace_after_func, node.whitespace_before_args)
    return all(isinstance(space, cst.SimpleWhitespace) and space.empty for space in around)


def _renamed(call: Call) -> Replace | None:
    """The change of `.s(` to `.delay(`, of `.signature(` to `.apply_async(`."""
    node = call.node
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute):
        return None
    sending = _SENT_BY.get(node.func.attr.value)
    return Replace(node.func.attr, sending) if sending is not None else None


def _made(fact: Dispatch, meaning: Meaning) -> Report | None:
    """`task.s(1)` of one task, by itself or by name."""
    node = fact.call.node
    if not fact.makes_signature or fact.is_partial or node is None:
        return None
    if not _is_whole(fact.place, fact.call):
        return None
    change = _renamed(fact.call) if fact.receiver is not None else None
    sending = change.text if change is not None else "delay"
    changes = (change,) if change is not None else call_on(node, "delay")
    fits = fact.task is None or _fits(fact, meaning)
    behind = f".{sending}(...)" if change is not None else ".delay()"
    return Report(
        node,
        f"`{shown(fact.call) or fact.form}` only makes a signature: nothing is sent, and nothing "
        f"says so; send it with `{behind}`",
        Plan("Send it", changes, safe=False) if fits else None,
    )


def _fits(fact: Dispatch, meaning: Meaning) -> bool:
    """Whether the task can be sent with the signature's own arguments."""
    if fact.task is None or fact.form not in _SENT_BY:
        return True
    taken = signature_of(meaning, fact.task)
    given = given_to_signature(meaning, fact.form, fact.call, fact.place.environment)
    return taken is None or given is None or not any(misfits(taken, given))


def _unsent(fact: Called, meaning: Meaning) -> Report | None:
    """`chain(…)`, `task.s(1).set(…)` and the like."""
    node = fact.call.node
    if node is None or not _is_whole(fact.place, fact.call):
        return None
    kind = meaning.evaluate(fact.call, fact.place.environment)
    if not is_signature(kind):
        return None
    made: Expression = fact.call
    while isinstance(made, Call) and _passes_on(made):
        assert isinstance(made.function, Attribute)
        made = made.function.value
    changed = made is not fact.call
    if not isinstance(made, Call) or (not isinstance(kind, Canvas) and not changed):
        # A variable that is changed in place; or one signature, which is a dispatch of its own.
        return None
    what = shown(fact.call) or "this"
    form = "signature" if not isinstance(kind, Canvas) else kind.form
    fits = not (isinstance(kind, Canvas) and form == "chord" and kind.body is None)
    return Report(
        node,
        f"`{what}` only makes a {form}: nothing is sent, and nothing says so; send it with "
        "`.delay()`",
        Plan("Send it", call_on(node, "delay"), safe=False) if fits else None,
    )


def _passes_on(call: Call) -> bool:
    return isinstance(call.function, Attribute) and call.function.name in _PASSING_ON


def _piped(fact: Piped) -> Report | None:
    node = fact.expression.node
    if not isinstance(node, cst.BinaryOperation) or not _is_whole(fact.place, fact.expression):
        return None
    if not is_signature(fact.left) or not is_signature(fact.right):
        return None
    return Report(
        node,
        "this `|` only makes a chain: nothing is sent, and nothing says so; send it with "
        "`(... | ...).delay()`",
        Plan("Send it", call_on(node, "delay"), safe=False),
    )


def _uncalled(fact: Read, meaning: Meaning) -> Report | None:
    """`task.delay` without `()`."""
    node, name = fact.attribute.node, fact.attribute.name
    if node is None or not _is_whole(fact.place, fact.attribute):
        return None
    if name not in _SENDING | {"s", "si"} or not _is_sender(fact.owner, meaning):
        return None
    what = shown(fact.attribute) or f".{name}"
    task = meaning.task_behind(fact.owner)
    signature = signature_of(meaning, task) if task is not None else None
    can_be_empty = signature is not None and not any(misfits(signature, Passed()))
    single = not isinstance(fact.owner, (Canvas, Partial))
    fits = name in _SENDING and (can_be_empty or not single)
    return Report(
        node,
        f"`{what}` is not called: nothing is sent, and nothing says so; write "
        f"`{what if name in _SENDING else what.rpartition('.')[0] + '.delay'}(...)`",
        Plan("Call it", (Insert(node, "()"),), safe=False) if fits else None,
    )


def _is_sender(owner: Kind, meaning: Meaning) -> bool:
    if isinstance(owner, (Partial, Canvas)):
        return is_signature(owner)
    return not isinstance(owner, TaskSelf) and meaning.task_behind(owner) is not None

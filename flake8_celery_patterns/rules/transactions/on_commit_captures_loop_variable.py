"""CEL803 on-commit-captures-loop-variable."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.definitions import target_names
from flake8_celery_patterns.facts.expressions import (
    Comprehension,
    Expression,
    Lambda,
    Name,
    everything,
    parts,
)
from flake8_celery_patterns.facts.scopes import Function
from flake8_celery_patterns.fixes.plan import Change, Insert, Plan, ReplaceBehind, ReplaceHead
from flake8_celery_patterns.meaning.flow.course import (
    ends_block,
    names_in,
    parts_of,
    steps_to,
)
from flake8_celery_patterns.meaning.flow.places import Called, InLoop, InWith
from flake8_celery_patterns.meaning.kinds import External, FunctionKind, Kind
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.transactions.transactions import (
    callback_of,
    is_on_commit,
    opened,
)
from flake8_celery_patterns.rules.rule import Report, Rule

_HARMLESS = sys.stdlib_module_names | {"django"}


class OnCommitCapturesLoopVariable(Rule[Called]):
    """Callback for the commit reads a loop's variable too late.

    ## What it reports

    In a `for` loop or a comprehension: a lambda or a nested function that is handed to
    `transaction.on_commit` and reads the loop's variable, or one made of it in the loop's body.

    ## Why it is a bug

    The callback runs when the transaction commits, and that is after the loop. All callbacks then
    see the variable's last value: of three orders, the last one gets three receipts and the others
    none. A test in a `TestCase` with one order does not show it.

    ## Example

    ```python
    from celery import shared_task
    from django.db import transaction


    @shared_task
    def send_receipt(order_pk):
        print(order_pk)


    def pay(order_pks):
        with transaction.atomic():
            for order_pk in order_pks:
                transaction.on_commit(lambda: send_receipt.delay(order_pk))
    ```

    ## Use instead

    ```python
    from functools import partial

    from celery import shared_task
    from django.db import transaction


    @shared_task
    def send_receipt(order_pk):
        print(order_pk)


    def pay(order_pks):
        with transaction.atomic():
            for order_pk in order_pks:
                transaction.on_commit(partial(send_receipt.delay, order_pk))
    ```

    ## Fix

    Safe: binds what the callback reads as a default, `lambda order_pk=order_pk: …`.

    ## When it stays silent

    - Where the value is bound already: a default argument, `functools.partial`.
    - Where the loop's body opens the transaction itself, or a context manager that is not known:
      the callback runs before the next round.
    - Where the loop ends right after: `break` or `return` behind the call.
    - For names that the loop does not change, and in `while` loops.

    ## References

    - [Django: performing actions after commit](https://docs.djangoproject.com/en/stable/topics/db/transactions/#performing-actions-after-commit)
    - [Python FAQ: why do lambdas defined in a loop all return the same result?](https://docs.python.org/3/faq/programming.html#why-do-lambdas-defined-in-a-loop-with-different-values-all-return-the-same-result)
    """

    code: ClassVar[str] = "CEL803"
    name: ClassVar[str] = "on-commit-captures-loop-variable"
    tier = "bug"
    fix = "safe"
    since: ClassVar[str] = "0.1.0"
    project_wide: ClassVar[bool] = True
    listens_to: ClassVar[type] = Called

    def check(self, fact: Called, meaning: Meaning) -> Iterator[Report]:
        if not is_on_commit(fact.function):
            return
        callback = callback_of(fact.call)
        loops = _loops(fact, meaning)
        if callback is None or not loops:
            return
        changed = {name for loop in loops for name in _changed_by(loop, meaning)}
        read = _read_by(callback, fact, meaning)
        late = [name for name in read if name.id in changed]
        if late and late[0].node is not None:
            names = list(dict.fromkeys(name.id for name in late))
            fix = _fix(callback, names, loops, fact, meaning)
            yield Report(late[0].node, _message(callback, names), fix)


def _loops(fact: Called, meaning: Meaning) -> list[InLoop]:
    """The loops around a call that go on, in one and the same transaction, after it."""
    found: list[InLoop] = []
    for around in fact.place.here:
        if isinstance(around, InWith):
            if not _is_harmless(around.kind) or opened(
                meaning, around.manager, fact.place.environment
            ):
                break
        elif isinstance(around, InLoop) and not isinstance(around.node, cst.While):
            if around.node is not None:
                steps = steps_to(meaning, around.node.body, fact.place.statement)
                if any(step.any_after(ends_block) for step in steps):
                    continue
            found.append(around)
    return found


def _is_harmless(kind: Kind) -> bool:
    """Whether a context manager comes from where none opens a transaction, but for `atomic`."""
    return isinstance(kind, External) and kind.name.partition(".")[0] in _HARMLESS


def _changed_by(loop: InLoop, meaning: Meaning) -> set[str]:
    """The names that are bound anew in each round: the loop's own, and those made of them."""
    if loop.node is None:
        return set(loop.names)
    nothing: set[str] = set()
    return meaning.known(("changed by", loop.node), nothing, _changed_in, loop.names, loop.node)


def _changed_in(names: tuple[str, ...], loop: cst.For | cst.While) -> set[str]:
    changed = set(names)
    for part in parts_of(loop.body):
        value: cst.CSTNode | None = None
        targets: list[cst.BaseExpression] = []
        if isinstance(part, cst.Assign):
            value, targets = part.value, [target.target for target in part.targets]
        elif isinstance(part, cst.AnnAssign):
            value, targets = part.value, [part.target]
        if value is not None and not changed.isdisjoint(names_in(value)):
            changed.update(name for target in targets for name in target_names(target))
    return changed


def _read_by(callback: Expression, fact: Called, meaning: Meaning) -> list[Name]:
    """The names that a callback reads when it is called."""
    if isinstance(callback, Lambda):
        return list(_free(callback.body, frozenset(callback.parameters)))
    function = _nested(callback, fact, meaning)
    if function is None or function.node is None:
        return []
    own = {*function.bindings, *(parameter.name for parameter in function.parameters)}
    found: list[Name] = []
    for part in _run_by(function.node.body):
        if isinstance(part, cst.CompFor):
            own.update(target_names(part.target))
        elif isinstance(part, cst.Name):
            found.append(Name(part.value, node=part))
    return [name for name in found if name.id not in own]


def _run_by(body: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """The parts of a body, without what only looks like a name: attributes and keywords."""
    skipped: set[int] = set()
    for part in parts_of(body):
        if isinstance(part, cst.Attribute):
            skipped.add(id(part.attr))
        elif isinstance(part, cst.Arg) and part.keyword is not None:
            skipped.add(id(part.keyword))
        if id(part) not in skipped:
            yield part


def _nested(callback: Expression, fact: Called, meaning: Meaning) -> Function | None:
    """The function that a name handed over stands for, if it is defined where it is handed over."""
    kind = meaning.evaluate(callback, fact.place.environment)
    if not isinstance(callback, Name) or not isinstance(kind, FunctionKind):
        return None
    return kind.definition if kind.definition.parent is fact.place.function else None


def _free(expression: Expression, bound: frozenset[str]) -> Iterator[Name]:
    """The names that an expression reads from around it."""
    if isinstance(expression, Name):
        if expression.id not in bound:
            yield expression
        return
    if isinstance(expression, Lambda):
        bound = bound | frozenset(expression.parameters)
    elif isinstance(expression, Comprehension):
        targets = (part for clause in expression.clauses for part in everything(clause.target))
        bound = bound | frozenset(part.id for part in targets if isinstance(part, Name))
    for part in parts(expression):
        yield from _free(part, bound)


def _message(callback: Expression, names: list[str]) -> str:
    what = "the lambda" if isinstance(callback, Lambda) else "the function"
    shown = " and ".join(f"`{name}`" for name in names)
    first = names[0]
    return (
        f"{what} handed to on_commit() reads {shown} only when the transaction commits, after the "
        f"loop: every callback gets the last value; bind it now, with a default {first}={first} or "
        "functools.partial"
    )


def _fix(
    callback: Expression, names: list[str], loops: list[InLoop], fact: Called, meaning: Meaning
) -> Plan | None:
    function = _nested(callback, fact, meaning)
    made = function.node if function is not None else fact.place.statement
    if not all(_is_bound_by_then(name, loops, made, meaning) for name in names):
        return None
    defaults = ", ".join(f"{name}={name}" for name in names)
    if isinstance(callback, Lambda):
        change = _lambda_with(callback.node, defaults)
    else:
        inside = any(
            loop.node is not None and steps_to(meaning, loop.node.body, made) for loop in loops
        )
        change = _function_with(function, defaults) if function is not None and inside else None
    return Plan("Bind the value now", (change,), safe=True) if change is not None else None


def _is_bound_by_then(
    name: str, loops: list[InLoop], made: cst.CSTNode | None, meaning: Meaning
) -> bool:
    """Whether `name` has its value of this round when the callback is made."""
    if any(name in loop.names for loop in loops):
        return True
    return any(
        step.last_before(step.block.named(_assigned_by, name)) is not None
        for loop in loops
        if loop.node is not None
        for step in steps_to(meaning, loop.node.body, made)
    )


def _assigned_by(statement: cst.CSTNode) -> Iterator[str]:
    """The names that a statement assigns to."""
    if isinstance(statement, cst.Assign):
        for target in statement.targets:
            yield from target_names(target.target)


def _lambda_with(node: cst.CSTNode | None, defaults: str) -> Change | None:
    if not isinstance(node, cst.Lambda) or node.lpar:
        return None
    taken = _last_parameter(node.params)
    if isinstance(taken, cst.Param):
        return _behind(taken, defaults)
    return ReplaceHead(node, len("lambda"), f"lambda {defaults}") if taken is None else None


def _function_with(function: Function, defaults: str) -> Change | None:
    node = function.node
    if node is None or node.decorators or not node.whitespace_after_name.empty:
        return None
    taken = _last_parameter(node.params)
    if isinstance(taken, cst.Param):
        return _behind(taken, defaults)
    return ReplaceBehind(node.name, 1, f"({defaults}") if taken is None else None


def _behind(parameter: cst.Param, defaults: str) -> Change | None:
    last: cst.BaseExpression = parameter.name
    if parameter.default is not None:
        last = parameter.default
    elif parameter.annotation is not None:
        last = parameter.annotation.annotation
    return Insert(last, f", {defaults}") if not last.lpar else None


def _last_parameter(params: cst.Parameters) -> cst.Param | bool | None:
    """The last of plain parameters; None without any, True where others make it unclear."""
    if params.kwonly_params or params.posonly_params or params.star_kwarg is not None:
        return True
    if isinstance(params.star_arg, cst.Param):
        return True
    return params.params[-1] if params.params else None

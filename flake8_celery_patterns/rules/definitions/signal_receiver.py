"""CEL220 signal-receiver."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import Call, Lambda, Name
from flake8_celery_patterns.facts.scopes import Function, Module
from flake8_celery_patterns.fixes.plan import Insert, Plan
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.kinds import External, FunctionKind
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.celery_signals import Connection, connections
from flake8_celery_patterns.rules.rule import Report, Rule
from flake8_celery_patterns.source.walk import children

# Calls by which a function goes on working, so that what is local to it still lives: a worker or a
# server that is started, a task that is sent.
_WORKING = frozenset(
    """
    apply apply_async apply_tasks call_command communicate connect_to delay emit execute
    execute_from_command_line get gather invoke join join_native main pause run run_forever
    run_until_complete send send_robust send_task serve serve_forever setup sleep start
    start_worker wait worker_main
    """.split()
)


class SignalReceiver(Rule[Module]):
    """Receiver of a Celery signal is refused, or gone before the signal is sent.

    ## What it reports

    - A function or lambda that is connected to a signal of `celery.signals`, or to
      `app.on_after_configure` and its like, and takes no `**kwargs`.
    - A lambda, a `partial(…)` or a function local to another one, connected without `weak=False`.

    ## Why it is a bug

    Celery refuses a receiver without `**kwargs`: `ValueError: Signal receiver must accept keyword
    arguments` where it is connected, that is when the module is imported.

    Signals keep only a weak reference to their receivers. A lambda is gone as soon as it is
    connected, a local function as soon as the function around it returns: it never hears of
    anything, and nothing says so.

    ## Example

    ```python
    from celery.signals import task_failure


    @task_failure.connect
    def alert(sender, exception):
        print(f"{sender.name}: {exception}")
    ```

    ## Use instead

    ```python
    from celery.signals import task_failure


    @task_failure.connect
    def alert(sender, exception, **kwargs):
        print(f"{sender.name}: {exception}")
    ```

    ## Fix

    Safe: adds `**kwargs` to the function. Before, it could not even be connected. Where the
    receiver is a lambda, or stands in another file, and for references that are weak: none.

    ## When it stays silent

    - For other libraries' signals, Django's among them, and where the receiver cannot be found or
      has another decorator.
    - With `weak=False`, with `retry=True`, and where either is not a literal.
    - For a local function that is also used otherwise: returned, kept, disconnected; and where the
      function around it goes on to start a worker or to send a task.
    - In test code, for weak references.

    ## References

    - [Celery: signals](https://docs.celeryq.dev/en/stable/userguide/signals.html#basics)
    """

    code: ClassVar[str] = "CEL220"
    name: ClassVar[str] = "signal-receiver"
    tier = "bug"
    fix = "safe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Module

    def check(self, fact: Module, meaning: Meaning) -> Iterator[Report]:
        refused: set[Function] = set()
        for found in connections(meaning):
            if found.is_retried is not False or found.expression.node is None:
                continue
            function = _function(found, meaning)
            if function is not None and not _takes_keywords(function):
                if found.function is None or function not in refused:
                    yield Report(found.expression.node, _refused(found, function), _fix(function))
                refused.add(function)
            elif isinstance(found.receiver, Lambda) and not _lambda_takes(found.receiver):
                yield Report(found.expression.node, _refused(found, None))
            elif found.is_weak is True and not found.of_app:
                gone = _gone(found, function, meaning)
                if gone and not is_test_code(meaning.source.path, meaning.project.root):
                    yield Report(found.expression.node, _lost(found, gone))


def _function(found: Connection, meaning: Meaning) -> Function | None:
    """The function that is connected as it stands; None for anything else."""
    function = found.function
    if function is None and isinstance(found.receiver, Name):
        where = meaning.lexical(meaning.source, found.place)
        kind = meaning.evaluate(found.receiver, where)
        if isinstance(kind, FunctionKind):
            function = kind.definition
            if meaning.task(kind.source, function) is not None:
                return None
    if function is None:
        return None
    where = meaning.lexical(meaning.source, function.parent or meaning.source.facts)
    for decorator in function.decorators:
        kind = meaning.evaluate(
            decorator.function if isinstance(decorator, Call) else decorator, where
        )
        if not isinstance(kind, External) or not kind.name.startswith("celery.signals."):
            if found.function is None or decorator is not found.expression:
                return None
    return function


def _takes_keywords(function: Function) -> bool:
    return any(parameter.kind == "kwargs" for parameter in function.parameters)


def _lambda_takes(receiver: Lambda) -> bool:
    node = receiver.node
    return not isinstance(node, cst.Lambda) or node.params.star_kwarg is not None


def _fix(function: Function) -> Plan | None:
    """Add `**kwargs` behind the last parameter, where that is a place for it."""
    if function.node is None or function.parameter("kwargs") is not None:
        return None
    if not function.parameters:
        change = Insert(function.node.params, "**kwargs")
    else:
        last = function.parameters[-1]
        if last.node is None or last.kind == "positional_only":
            return None
        # A parameter's own place ends with its name.
        annotation = last.node.annotation
        end = last.node.default or (annotation.annotation if annotation else None)
        if end is not None and end.lpar:
            return None
        change = Insert(end or last.node, ", **kwargs")
    return Plan("Add **kwargs", (change,), safe=True)


def _gone(found: Connection, function: Function | None, meaning: Meaning) -> str:
    """What the receiver is, if nothing but the signal can ever have referred to it; else ""."""
    receiver = found.receiver
    if isinstance(receiver, Lambda):
        return "this lambda"
    if isinstance(receiver, Call):
        where = meaning.lexical(meaning.source, found.place)
        made = meaning.evaluate(receiver.function, where)
        return "this partial" if made == External("functools.partial") else ""
    if function is None or not isinstance(found.place, Function):
        return ""
    if function.parent is not found.place or not _dies(function, found.place):
        return ""
    return function.name


def _dies(inner: Function, outer: Function) -> bool:
    """Whether a local function is gone when the one around it returns, and not needed before."""
    if outer.node is None or outer.is_generator or outer.is_async or inner.node is None:
        return False
    if any(bound is not inner for bound in outer.bindings.get(inner.name, ())):
        return False
    stack: list[cst.CSTNode] = [outer.node.body]
    while stack:
        node = stack.pop()
        if isinstance(node, cst.Call):
            called = node.func.attr if isinstance(node.func, cst.Attribute) else node.func
            name = called.value if isinstance(called, cst.Name) else ""
            if name in _WORKING:
                return False
            if name == "connect" and node.args and _is_name(node.args[0].value, inner.name):
                stack.extend(argument.value for argument in node.args[1:])
                continue
            stack.append(node.func)
            stack.extend(argument.value for argument in node.args)
        elif isinstance(node, cst.Attribute):
            stack.append(node.value)
        elif node is inner.node:
            if _mentions(inner.node.body, inner.name):
                return False
        elif _is_name(node, inner.name) or isinstance(node, cst.NameItem):
            return False
        elif not isinstance(node, (cst.FunctionDef, cst.Lambda)):
            stack.extend(children(node))
        elif _mentions(node, inner.name):
            return False
    return True


def _mentions(node: cst.CSTNode, name: str) -> bool:
    stack = [node]
    while stack:
        current = stack.pop()
        if _is_name(current, name):
            return True
        stack.extend(children(current))
    return False


def _is_name(node: cst.CSTNode, name: str) -> bool:
    return isinstance(node, cst.Name) and node.value == name


def _refused(found: Connection, function: Function | None) -> str:
    name = f"receiver {function.name}" if function is not None else "this lambda"
    return (
        f"{name} of the signal {found.signal} takes no **kwargs: Celery refuses it with "
        "ValueError, signal receiver must accept keyword arguments; add **kwargs"
    )


def _lost(found: Connection, gone: str) -> str:
    end = "at once" if gone.startswith("this ") else "when the function around it returns"
    return (
        f"the signal {found.signal} keeps only a weak reference to {gone}, which is gone {end}: "
        "it is never called; pass weak=False to connect()"
    )

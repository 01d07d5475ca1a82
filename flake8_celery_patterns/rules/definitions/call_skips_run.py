"""CEL222 call-skips-run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import Constant
from flake8_celery_patterns.facts.handlers import always_raises
from flake8_celery_patterns.facts.scopes import Assignment, Class, Function
from flake8_celery_patterns.meaning.kinds import ClassKind
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.task_classes import is_base_of_tasks, task_class_of
from flake8_celery_patterns.meaning.tasks.tasks import class_option, option_value
from flake8_celery_patterns.rules.rule import Report, Rule
from flake8_celery_patterns.source.walk import children

# Methods whose result must reach the caller, and the calls in them that give it.
_GIVING = {
    "__call__": frozenset({"run", "__call__"}),
    "apply_async": frozenset({"apply_async"}),
    "delay": frozenset({"apply_async", "delay"}),
}
_RUNNING = _GIVING["__call__"]
# What a `__call__` may use of its task and still not have run it.
_OF_EVERY_TASK = frozenset(
    """
    abstract acks_late add_trail app autoretry_for backend default_retry_delay expires ignore_result
    max_retries name priority rate_limit request retry send_event serializer soft_time_limit throws
    time_limit track_started typing update_state
    """.split()
)


class CallSkipsRun(Rule[Function]):
    """Task class overrides how tasks are called, and loses the run or its result.

    ## What it reports

    In a class derived from `celery.Task`:

    - a `__call__` that neither calls `self.run(…)` nor `super().__call__(…)`;
    - a `__call__` that calls one of them and returns nothing;
    - an `apply_async` or `delay` that calls Celery's own and returns nothing.

    ## Why it is a bug

    Where a task class has a `__call__`, the worker calls it instead of `run`. If it does not go on
    to `run`, the task's body never runs and the task still succeeds, with the result `None`. If it
    drops what `run` returns, every result is `None`. An `apply_async` that returns nothing makes
    `.delay()` give `None`: the first `.id` or `.get()` on it is an `AttributeError`.

    ## Example

    ```python
    from celery import Task


    class TimedTask(Task):
        def __call__(self, *args, **kwargs):
            print(f"{self.name} starts")
            self.run(*args, **kwargs)
    ```

    ## Use instead

    ```python
    from celery import Task


    class TimedTask(Task):
        def __call__(self, *args, **kwargs):
            print(f"{self.name} starts")
            return self.run(*args, **kwargs)
    ```

    ## Fix

    None: where to return from is for you to say.

    ## When it stays silent

    - Where the method is a generator or asynchronous, has a decorator, always raises, or returns a
      value somewhere, be it `None`.
    - Where `__call__` hands the task to something else, or calls a method that may run it.
    - Where `__call__` with parameters of its own is the body of a class that has no `run`.
    - Where results are ignored (`ignore_result = True`), or `run` has none.
    - Where `apply_async` or `delay` sends later, such as in a function given to `on_commit`.

    ## References

    - [Celery: custom task classes](https://docs.celeryq.dev/en/stable/userguide/tasks.html#custom-task-classes)
    - [Flask: background tasks with Celery](https://flask.palletsprojects.com/en/stable/patterns/celery/)
    """

    code: ClassVar[str] = "CEL222"
    name: ClassVar[str] = "call-skips-run"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Function

    def check(self, fact: Function, meaning: Meaning) -> Iterator[Report]:
        giving = _GIVING.get(fact.name)
        if giving is None or not _is_plain(fact) or fact.node is None:
            return
        owner = task_class_of(meaning, meaning.source, fact)
        if owner is None:
            return
        kind = ClassKind(meaning.source, owner)
        body = fact.node.body
        if fact.name == "__call__" and not _names(body, _RUNNING):
            if _keeps_to_itself(fact, owner) and _has_body_to_run(meaning, kind, fact):
                yield Report(fact.node.name, _skipped(owner))
            return
        call = _dropped(body, giving)
        if call is None or fact.returned or (fact.name == "__call__" and _no_result(meaning, kind)):
            return
        yield Report(call, _lost(fact, owner))


def _is_plain(function: Function) -> bool:
    if function.decorators or function.is_async or function.is_generator or function.node is None:
        return False
    return not always_raises(function.node.body) and not _is_stub(function.node.body)


def _is_stub(body: cst.BaseSuite) -> bool:
    """Whether a body is nothing but `pass`, `…` and text."""
    lines: list[cst.CSTNode] = []
    for line in body.body:
        lines.extend(line.body if isinstance(line, cst.SimpleStatementLine) else (line,))
    return all(
        isinstance(line, cst.Pass)
        or (
            isinstance(line, cst.Expr)
            and isinstance(line.value, (cst.Ellipsis, cst.SimpleString, cst.ConcatenatedString))
        )
        for line in lines
    )


def _everything(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(children(current))


def _names(body: cst.CSTNode, names: frozenset[str]) -> bool:
    """Whether an attribute of one of the names is mentioned, nested functions included."""
    return any(isinstance(n, cst.Attribute) and n.attr.value in names for n in _everything(body))


def _keeps_to_itself(function: Function, owner: Class) -> bool:
    """Whether the task goes nowhere where it could be run: `self` is only read from."""
    first = function.first_parameter
    if first is None or function.node is None:
        return False
    read: set[int] = set()
    for node in _everything(function.node.body):
        if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name):
            if node.value.value == first.name and not _may_run(node.attr.value, owner):
                read.add(id(node.value))
        elif isinstance(node, cst.Name) and node.value in (first.name, "super"):
            if id(node) not in read:
                return False
    return True


def _may_run(attribute: str, owner: Class) -> bool:
    """Whether reading an attribute of the task may be a way to run it: a method not known."""
    bound = owner.bindings.get(attribute)
    if bound is None:
        # What every task has; an own attribute of a base could be anything.
        return attribute not in _OF_EVERY_TASK
    return not all(isinstance(b, Assignment) and isinstance(b.value, Constant) for b in bound)


def _has_body_to_run(meaning: Meaning, kind: ClassKind, function: Function) -> bool:
    """Whether there is a `run` that is skipped; else `__call__` may be the task's own body."""
    if meaning.ancestry(kind).method("run") is not None:
        return True
    if {"args", "kwargs"} <= {parameter.kind for parameter in function.parameters}:
        return len(function.parameters) == 3
    return is_base_of_tasks(meaning, kind)


def _dropped(body: cst.BaseSuite, giving: frozenset[str]) -> cst.Call | None:
    """The call whose result the body should return, if it is made there and then."""
    stack: list[cst.CSTNode] = [body]
    found: list[cst.Call] = []
    while stack:
        node = stack.pop()
        if isinstance(node, (cst.FunctionDef, cst.ClassDef, cst.Lambda)):
            if _names(node, giving):
                return None
            continue
        if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
            if node.func.attr.value in giving and _is_own(node, node.func.value, giving):
                found.append(node)
        stack.extend(reversed(children(node)))
    return found[0] if found else None


def _is_own(call: cst.Call, owner: cst.BaseExpression, giving: frozenset[str]) -> bool:
    """`super()`, `Task.…(self)` or, in `__call__` and `delay`, `self`: not some other task."""
    if isinstance(owner, cst.Call):
        return _is_name(owner.func, "super")
    if _is_name(owner, "self"):
        return giving != _GIVING["apply_async"]
    return bool(call.args) and _is_name(call.args[0].value, "self")


def _is_name(node: cst.BaseExpression, name: str) -> bool:
    return isinstance(node, cst.Name) and node.value == name


def _no_result(meaning: Meaning, kind: ClassKind) -> bool:
    """Whether nobody misses the result: it is ignored, or `run` gives none."""
    ignored = class_option(meaning, kind, "ignore_result")
    if option_value(meaning, ignored) is True or ignored.is_open:
        return True
    run = meaning.ancestry(kind).method("run")
    return run is not None and not run[1].returned


def _skipped(owner: Class) -> str:
    return (
        f"__call__ of {owner.name} calls neither self.run() nor super().__call__(): the body of "
        "its tasks never runs and they succeed with None; end it with "
        "`return self.run(*args, **kwargs)`"
    )


def _lost(function: Function, owner: Class) -> str:
    if function.name == "__call__":
        return (
            f"__call__ of {owner.name} drops what the task returns: the result of every task is "
            "None; write `return` before this call"
        )
    return (
        f"{function.name} of {owner.name} returns nothing: .delay() and .apply_async() give None "
        "instead of a result; write `return` before this call"
    )

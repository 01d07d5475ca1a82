"""CEL305 swallowed-exception."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import Constant, Expression, Mapping, Sequence
from flake8_celery_patterns.facts.handlers import Handler, Managed
from flake8_celery_patterns.facts.read import read
from flake8_celery_patterns.facts.scopes import Function
from flake8_celery_patterns.meaning.errors.handling import (
    EVERYTHING,
    caught,
    exception_name,
    own_nodes,
    suppressed_classes,
)
from flake8_celery_patterns.meaning.flow.course import mentions
from flake8_celery_patterns.meaning.flow.places import running_task
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.rules.rule import Report, Rule


class SwallowedException(Rule[Handler | Managed]):
    """Task drops every error without a trace.

    ## What it reports

    `except Exception`, `except BaseException` or a bare `except` inside a task whose body does
    nothing with the error: only `pass`, `continue`, `break`, or a `return` of a constant. Also
    `with contextlib.suppress(Exception)`.

    ## Why it is a risk

    Celery learns of a failure by the exception alone. Without it the task is recorded as SUCCESS:
    it is not retried, no `link_error`, no monitoring and no log says that the work was not done.
    What is swallowed is *every* error, the typing mistake of the last release and
    `SoftTimeLimitExceeded` included.

    ## Example

    ```python
    from celery import shared_task


    @shared_task
    def sync_stock(shop):
        try:
            shop.push()
        except Exception:
            pass
    ```

    ## Use instead

    ```python
    import logging

    from celery import shared_task

    logger = logging.getLogger(__name__)


    @shared_task
    def sync_stock(shop):
        try:
            shop.push()
        except ConnectionError:
            logger.exception("no stock for %s", shop)
    ```

    ## Fix

    None: whether to log the error, to retry or to let it pass is yours to say.

    ## When it stays silent

    - Where the handler does anything with what happened: logs, raises, retries, records, counts,
      sets a variable, calls any function, returns something computed.
    - Where only what is expected is caught (`except FileNotFoundError: pass`).
    - For clean-up: a `try` in a `finally` or in another handler, or one that only closes, removes
      or releases something.
    - Where the code behind the `try` is what handles the failure: the `try` ends in `return`,
      `break` or `continue`, sets a variable that has a value for the other case, or notes what
      worked and the function compares that with what should have.
    - Where the `try` holds nothing but imports; outside tasks.

    ## References

    - [Celery: retrying](https://docs.celeryq.dev/en/stable/userguide/tasks.html#retrying)
    - [Celery: task states](https://docs.celeryq.dev/en/stable/userguide/tasks.html#states)
    """

    code: ClassVar[str] = "CEL305"
    name: ClassVar[str] = "swallowed-exception"
    tier = "risk"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type | tuple[type, ...]] = (Handler, Managed)

    def check(self, fact: Handler | Managed, meaning: Meaning) -> Iterator[Report]:
        if fact.tidies:
            return
        if isinstance(fact, Handler):
            yield from _of_handler(fact, meaning)
        else:
            yield from _of_manager(fact, meaning)


def _of_handler(fact: Handler, meaning: Meaning) -> Iterator[Report]:
    statements = _small(fact.node.body)
    if statements is None or not all(map(_is_mute, statements)):
        return
    attempt = fact.attempt
    if _only_imports(attempt.body) or _only_tidies(attempt.body):
        return
    returns = any(isinstance(statement, cst.Return) for statement in statements)
    if not returns and _goes_on_for_failure(attempt, fact.function):
        return
    where = meaning.lexical(meaning.source, fact.function)
    widest = [kind for kind in caught(meaning, fact.node, where) if exception_name(kind)]
    names = [name for kind in widest if (name := exception_name(kind)) in EVERYTHING]
    task = running_task(meaning, meaning.source, fact.function) if names else None
    if task is None or (returns and task.run is not fact.function):
        return
    head = "except:" if fact.is_bare else f"except {str(names[0]).rpartition('.')[2]}"
    yield Report(fact.node, _message(head, task))


def _of_manager(fact: Managed, meaning: Meaning) -> Iterator[Report]:
    body = fact.node.body
    if fact.manager.node is None or _only_imports(body) or _only_tidies(body):
        return
    if _leaves(body) or _has_a_fallback(body, fact.function):
        return
    where = meaning.lexical(meaning.source, fact.function)
    suppressed = suppressed_classes(meaning, fact.manager, where) or ()
    if not any(exception_name(kind) in EVERYTHING for kind in suppressed):
        return
    task = running_task(meaning, meaning.source, fact.function)
    if task is not None:
        yield Report(fact.manager.node, _message("suppress(Exception)", task))


def _message(head: str, task: Task) -> str:
    return (
        f"`{head}` in task {task.name} drops every error without a trace: Celery records SUCCESS "
        "and retries nothing, a soft time limit is swallowed too; log it with "
        "logger.exception(), let it pass, or catch only what is expected"
    )


def _small(body: cst.BaseSuite) -> list[cst.BaseSmallStatement] | None:
    """The statements of a body that has no compound ones."""
    if isinstance(body, cst.SimpleStatementSuite):
        return list(body.body)
    found: list[cst.BaseSmallStatement] = []
    for line in body.body:
        if not isinstance(line, cst.SimpleStatementLine):
            return None
        found.extend(line.body)
    return found


def _is_mute(statement: cst.BaseSmallStatement) -> bool:
    """Whether a statement neither does nor says anything about what happened."""
    if isinstance(statement, (cst.Pass, cst.Continue, cst.Break)):
        return True
    if isinstance(statement, cst.Return):
        return statement.value is None or _is_constant(read(statement.value))
    return isinstance(statement, cst.Expr) and (
        isinstance(statement.value, cst.Ellipsis) or _is_constant(read(statement.value))
    )


def _is_constant(expression: Expression) -> bool:
    if isinstance(expression, Sequence):
        return all(map(_is_constant, expression.items))
    if isinstance(expression, Mapping):
        entries = expression.entries
        return all(e.key is not None and _is_constant(e.key) for e in entries) and all(
            _is_constant(e.value) for e in entries
        )
    return isinstance(expression, Constant)


def _only_imports(body: cst.BaseSuite) -> bool:
    statements = _small(body)
    return statements is not None and all(
        isinstance(statement, (cst.Import, cst.ImportFrom)) for statement in statements
    )


# What sets right or gives back: that it fails changes nothing about the work that was done.
_TIDYING = frozenset(
    """
    aclose cleanup close delete_temporary_files disconnect kill quit release remove rmdir rmtree
    shutdown terminate unlink
    """.split()
)


def _only_tidies(body: cst.BaseSuite) -> bool:
    """Whether every statement is a call that closes, removes or releases something."""
    statements = _small(body)
    return statements is not None and all(map(_tidies, statements))


def _tidies(statement: cst.BaseSmallStatement) -> bool:
    value = statement.value if isinstance(statement, cst.Expr) else None
    if isinstance(value, cst.Await):
        value = value.expression
    if not isinstance(value, cst.Call):
        return isinstance(value, cst.SimpleString)
    function = value.func
    name = function.attr if isinstance(function, cst.Attribute) else function
    return isinstance(name, cst.Name) and name.value in _TIDYING


def _goes_on_for_failure(attempt: cst.Try, function: Function) -> bool:
    """Whether what stands behind a `try` is there for the case that it failed."""
    last = attempt.orelse.body if attempt.orelse is not None else attempt.body
    return _leaves(last) or _has_a_fallback(attempt.body, function)


def _leaves(body: cst.BaseSuite) -> bool:
    """Whether whoever gets to the end of a body leaves there."""
    last: cst.CSTNode | None = body.body[-1] if body.body else None
    if isinstance(last, cst.SimpleStatementLine):
        last = last.body[-1]
    if isinstance(last, (cst.If, cst.With)):
        return _leaves(last.body)
    return isinstance(last, (cst.Return, cst.Raise, cst.Break, cst.Continue))


def _has_a_fallback(body: cst.BaseSuite, function: Function) -> bool:
    """Whether the body sets a variable that has another value if it fails."""
    for node in own_nodes(body):
        if isinstance(node, cst.Assign):
            for target in node.targets:
                name = target.target.value if isinstance(target.target, cst.Name) else ""
                if len(function.bindings.get(name, ())) > 1 or function.parameter(str(name)):
                    return True
    return _counts_what_worked(body, function)


def _counts_what_worked(body: cst.BaseSuite, function: Function) -> bool:
    """Whether the body notes what worked, and the function compares that with what should have."""
    noted = {name for node in own_nodes(body) if (name := _noted(node)) in function.bindings}
    if not noted or function.node is None:
        return False
    return any(
        mentions(node, name)
        for node in own_nodes(function.node.body)
        if isinstance(node, (cst.BinaryOperation, cst.BooleanOperation, cst.Comparison))
        or (isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Not))
        for name in noted
    )


def _noted(node: cst.CSTNode) -> str:
    """`found` in `found[url] = page`, `found.append(page)`, `found += 1`; "" for anything else."""
    owner: cst.CSTNode | None = None
    if isinstance(node, cst.AssignTarget) and isinstance(node.target, cst.Subscript):
        owner = node.target.value
    elif isinstance(node, cst.AugAssign):
        owner = node.target
    elif isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        owner = node.func.value if node.func.attr.value in ("add", "append", "extend") else None
    return owner.value if isinstance(owner, cst.Name) else ""

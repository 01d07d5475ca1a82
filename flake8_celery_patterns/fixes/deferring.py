"""Putting a call off: `send.delay(pk)` as `partial(send.delay, pk)`, `send.delay_on_commit(pk)`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from flake8_celery_patterns.fixes.plan import (
    Change,
    Insert,
    Plan,
    Replace,
    ReplaceBehind,
    ReplaceHead,
    ReplaceTail,
)
from flake8_celery_patterns.meaning.transactions.transactions import has_on_commit_methods, names_of

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning
    from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch

_ON_COMMIT = {"delay": "delay_on_commit", "apply_async": "apply_async_on_commit"}


def uncalled(meaning: Meaning, call: cst.CSTNode | None) -> tuple[Change, ...] | None:
    """A call as what will make it when called: itself without `()`, or a `partial` of it.

    None where no name for `partial` is imported, or the call is written unusually.
    """
    if not isinstance(call, cst.Call) or call.lpar or _parentheses(call.func):
        return None
    if not call.whitespace_after_func.empty:
        return None
    if not call.args:
        is_tight = getattr(call.whitespace_before_args, "empty", False)
        return (ReplaceTail(call, 2, ""),) if is_tight else None
    partial = partial_of(meaning)
    if partial is None:
        return None
    is_broken = isinstance(call.whitespace_before_args, cst.ParenthesizedWhitespace)
    comma = "," if is_broken else ", "
    return ReplaceHead(call, 0, f"{partial}("), ReplaceBehind(call.func, 1, comma)


def _parentheses(node: cst.BaseExpression) -> bool:
    return bool(node.lpar)


def partial_of(meaning: Meaning) -> str | None:
    """How the linted file calls `functools.partial`; None if it does not import it."""
    for name in names_of(meaning, "functools.partial"):
        return name
    for name in names_of(meaning, "functools"):
        return f"{name}.partial"
    return None


def _on_commit_of(meaning: Meaning) -> str | None:
    """How the linted file calls Django's `on_commit`."""
    for name in names_of(meaning, "django.db.transaction.on_commit"):
        return name
    for name in names_of(meaning, "django.db.transaction"):
        return f"{name}.on_commit"
    return None


def sent_on_commit(meaning: Meaning, dispatch: Dispatch) -> Plan | None:
    """The dispatch put off until Django's commit, if its result is not used."""
    call = dispatch.call.node
    if not isinstance(call, cst.Call) or not dispatch.place.is_whole_statement(dispatch.call):
        return None
    function = dispatch.place.function
    if function is not None and function.is_async:
        # on_commit looks at the connection, which Django forbids where an event loop runs.
        return None
    if dispatch.form in _ON_COMMIT and has_on_commit_methods(meaning, dispatch):
        later = _ON_COMMIT[dispatch.form]
        assert isinstance(call.func, cst.Attribute)
        return Plan(f"Use {later}()", (Replace(call.func.attr, later),), safe=False)
    on_commit, changes = _on_commit_of(meaning), uncalled(meaning, call)
    if on_commit is None or changes is None:
        return None
    if call.args:
        head, *rest = changes
        assert isinstance(head, ReplaceHead)
        start: Change = ReplaceHead(call, 0, f"{on_commit}({head.text}")
        made: tuple[Change, ...] = (start, *rest, Insert(call, ")"))
    else:
        made = (ReplaceHead(call, 0, f"{on_commit}("), ReplaceTail(call, 2, ")"))
    return Plan("Send it on commit", made, safe=False)

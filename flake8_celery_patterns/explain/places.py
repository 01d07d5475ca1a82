"""Where a call stands, in words."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_celery_patterns.explain.told import Detail
from flake8_celery_patterns.explain.view import View, quoted
from flake8_celery_patterns.meaning.flow.places import (
    Around,
    InBranch,
    InElse,
    InFinally,
    InFunction,
    InHandler,
    InLambda,
    InLoop,
    InTry,
    InWith,
    Place,
)
from flake8_celery_patterns.meaning.transactions.transactions import transaction_around


def standing(place: Place, view: View) -> Iterator[Detail]:
    """Tell what a place stands in, innermost first, and the transaction that it is in."""
    around = [_around(found, view) for found in place.around]
    if place.task is not None:
        around.append(f"the task {place.task.name}")
    elif place.function is not None:
        around.append(f"the function {place.function.name}")
    yield Detail("stands in", ", in ".join(around) or "the module itself: it runs at import")
    transaction = transaction_around(view.meaning, place)
    if transaction is not None:
        opener = f"that `{transaction.text}` opens" if transaction.text else "around it"
        yield Detail("transaction", f"one of {transaction.library}, {opener}")


def _around(around: Around, view: View) -> str:
    match around:
        case InWith(manager, _, node):
            return f"`with {quoted(manager).strip('`')}` {view.line(node)}"
        case InLoop(_, node):
            return "a comprehension" if node is None else f"a loop {view.line(node)}"
        case InTry(node):
            return f"a `try` {view.line(node)}"
        case InHandler(handler):
            return f"an `except` {view.line(handler)}"
        case InElse(node):
            return f"the `else` of a `try` {view.line(node)}"
        case InFinally(node):
            return f"the `finally` of a `try` {view.line(node)}"
        case InBranch(test, outcome):
            return f"a branch where {quoted(test)} is {'true' if outcome else 'false'}"
        case InLambda(_, _, call):
            given = f" given to {quoted(call.function)}" if call is not None else ""
            return f"a lambda{given}"
        case InFunction(function):
            return f"the inner function {function.name}"
    return "something else"

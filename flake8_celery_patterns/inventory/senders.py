"""Who sends a task: each place in a file that does, or that makes a signature of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.expressions import Attribute, Expression, everything, shown
from flake8_celery_patterns.facts.sends import SENDING_METHODS
from flake8_celery_patterns.inventory.entries import Key, Sent
from flake8_celery_patterns.inventory.naming import module_names
from flake8_celery_patterns.inventory.tasks import Locate, key_of
from flake8_celery_patterns.meaning.canvas.building import canvas_behind
from flake8_celery_patterns.meaning.flow.places import Called, InLambda, Piped, Place, Read
from flake8_celery_patterns.meaning.kinds import Canvas, Kind, Partial, TaskSelf
from flake8_celery_patterns.meaning.names.defined import dotted_name
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.meaning.tasks.senders import is_canvas
from flake8_celery_patterns.meaning.tasks.tasknames import name_sent
from flake8_celery_patterns.meaning.transactions.transactions import callback_of, is_on_commit

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning
    from flake8_celery_patterns.reading import Opened

_ON_COMMIT = "on_commit"


def sent_in(opened: Opened, facts: Iterable[object], locate: Locate) -> Iterator[Sent]:
    """Give what a file sends, `facts` being what its functions do.

    Left out: a task that retries itself, and the sending of a signature, which was named where it
    was made.
    """
    every = list(facts)
    within = _surroundings(every, opened.meaning)
    called = {id(fact.call.function.node) for fact in every if isinstance(fact, Dispatch)}
    module = module_names(opened.meaning.project.root, opened.source.path)[0]
    for fact in every:
        if isinstance(fact, Dispatch):
            found = _dispatched(fact, opened.meaning, locate, module, within)
        elif isinstance(fact, Read) and id(fact.attribute.node) not in called:
            found = _referenced(fact, opened.meaning, locate, module, within)
        else:
            continue
        if found is not None:
            yield found


def _dispatched(
    fact: Dispatch, meaning: Meaning, locate: Locate, module: str, within: dict[int, str]
) -> Sent | None:
    node = fact.call.node
    if node is None or fact.form == "retry" or _is_signature(fact.receiver):
        return None
    to, name = _target(fact, meaning)
    return Sent(
        spot=locate(node),
        function=_function(fact.place, module),
        caller=key_of(fact.place.task) if fact.place.task is not None else None,
        form=fact.form,
        within=_within(fact.place, id(node), within),
        to=to,
        name=name,
        label=fact.label or shown(fact.call.function),
    )


def _is_signature(receiver: Kind | None) -> bool:
    return isinstance(receiver, Partial) or is_canvas(receiver)


def _target(fact: Dispatch, meaning: Meaning) -> tuple[Key | None, str]:
    if fact.task is not None:
        return key_of(fact.task), ""
    named = name_sent(meaning, fact)
    if named is not None:
        return None, named[0]
    first = fact.call.positional(0) if fact.receiver is None else None
    return (task_named(meaning, first, fact.place) if first is not None else None), ""


def task_named(meaning: Meaning, expression: Expression, place: Place) -> Key | None:
    """Give the task whose name an expression asks for: `send_receipt.name`."""
    if not isinstance(expression, Attribute) or expression.name != "name":
        return None
    task = meaning.task_behind(meaning.evaluate(expression.value, place.environment))
    return key_of(task) if task is not None else None


def _referenced(
    fact: Read, meaning: Meaning, locate: Locate, module: str, within: dict[int, str]
) -> Sent | None:
    """`connect(task.delay)`: whoever gets it will send the task."""
    node, task = fact.attribute.node, meaning.task_behind(fact.owner)
    if node is None or task is None or fact.attribute.name not in SENDING_METHODS:
        return None
    if isinstance(fact.owner, (Partial, TaskSelf)):
        return None
    return Sent(
        spot=locate(node),
        function=_function(fact.place, module),
        caller=key_of(fact.place.task) if fact.place.task is not None else None,
        form=fact.attribute.name,
        within=_within(fact.place, id(node), within),
        is_called=False,
        to=key_of(task),
        label=task.name,
    )


def _function(place: Place, module: str) -> str:
    return f"{module}.{dotted_name(place.function)}" if place.function is not None else module


def _within(place: Place, node: int, within: dict[int, str]) -> str:
    for around in place.around:
        if isinstance(around, InLambda) and around.given_to is not None:
            if is_on_commit(around.given_to):
                return _ON_COMMIT
    return within.get(node, "")


def _surroundings(facts: list[object], meaning: Meaning) -> dict[int, str]:
    """What the expressions of a file are written in, by their node: a canvas, or `on_commit`.

    What is inside comes first in `facts`, so the innermost one counts.
    """
    found: dict[int, str] = {}
    for fact in facts:
        if isinstance(fact, Piped):
            form, held = "chain", [fact.expression.left, fact.expression.right]
        elif isinstance(fact, Called):
            form, held = _form(fact, meaning), [a.value for a in fact.call.arguments]
            callback = callback_of(fact.call) if form == _ON_COMMIT else None
            held = [callback] if callback is not None else held
        else:
            continue
        for expression in held if form else ():
            for part in everything(expression):
                found.setdefault(id(part.node), form)
    return found


def _form(fact: Called, meaning: Meaning) -> str:
    if is_on_commit(fact.function):
        return _ON_COMMIT
    if isinstance(fact.function, Canvas):
        return fact.function.form  # `chord(header)(body)`
    made = canvas_behind(meaning.evaluate(fact.call, fact.place.environment))
    return made.form if made is not None else ""

"""Dispatches: the task that gets the work, and what each argument was found to be."""

from __future__ import annotations

from collections.abc import Iterator

from flake8_celery_patterns.explain.kinds import in_words
from flake8_celery_patterns.explain.places import standing
from flake8_celery_patterns.explain.told import Detail, Told
from flake8_celery_patterns.explain.view import View, quoted, taken
from flake8_celery_patterns.facts.expressions import Attribute
from flake8_celery_patterns.facts.scopes import Class
from flake8_celery_patterns.facts.sends import SENDING_METHODS
from flake8_celery_patterns.inventory.texts import written
from flake8_celery_patterns.meaning.flow.places import Called
from flake8_celery_patterns.meaning.kinds import External
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch, Sent
from flake8_celery_patterns.meaning.tasks.senders import is_canvas
from flake8_celery_patterns.meaning.tasks.signatures import signature_of
from flake8_celery_patterns.meaning.tasks.tasknames import name_sent
from flake8_celery_patterns.meaning.tasks.tasks import Task, is_bound


def dispatch(fact: Dispatch, view: View) -> Told | None:
    """Tell of a dispatch: its task, its arguments, where it stands."""
    node = fact.call.node
    if node is None:
        return None
    what = "signature" if fact.makes_signature else "dispatch"
    return Told(what, written(fact.call), view.span(node), tuple(_dispatch(fact, view)))


def _dispatch(fact: Dispatch, view: View) -> Iterator[Detail]:
    yield from _task(fact, view)
    for sent in fact.sent:
        yield Detail(_slot(fact, sent, view), _sent(fact, sent, view))
    if fact.is_partial:
        yield Detail("sent", "when the functools.partial of it is called")
    yield from standing(fact.place, view)


def _task(fact: Dispatch, view: View) -> Iterator[Detail]:
    if fact.receiver is not None and is_canvas(fact.receiver):
        yield Detail("sends", in_words(fact.receiver))
        return
    named = name_sent(view.meaning, fact)
    task = view.meaning.task_names.task(named[0]) if named is not None else fact.task
    if task is None:
        yield Detail("task", _unresolved(fact, view))
        return
    yield Detail("task", f"{task.name}, defined in {view.place(task.source, task.definition)}")
    yield Detail("takes", _taken(task, view))


def _taken(task: Task, view: View) -> str:
    """What a task takes, and whether arguments are compared with that."""
    if task.run is None:
        return "not known: no `run` is in sight"
    bound = isinstance(task.definition, Class) or bool(is_bound(view.meaning, task))
    text = taken(task.run, without_self=bound)
    if signature_of(view.meaning, task) is None:
        return f"{text}; not compared: a decorator, base class or option may change that"
    return text


def _unresolved(fact: Dispatch, view: View) -> str:
    function = fact.call.function
    if fact.receiver is None or not isinstance(function, Attribute):
        first = fact.call.positional(0)
        return f"no task of the project is known to be called {quoted(first) if first else 'so'}"
    found = view.found(function.value, fact.receiver, fact.place.function, fact.place.environment)
    if isinstance(fact.receiver, External):
        found += ", and not of the project"
    return f"{quoted(function.value)} could not be resolved to one: it is {found}"


def _slot(fact: Dispatch, sent: Sent, view: View) -> str:
    """What an argument is called by: the parameter that it goes to, where that is known."""
    if sent.slot is None:
        return "inside an argument"
    if fact.task is not None:
        parameter = fact.task.parameter(view.meaning, sent.slot)
        if parameter is not None:
            return f"argument {parameter.name}"
    return f"argument {sent.slot if isinstance(sent.slot, str) else sent.slot + 1}"


def _sent(fact: Dispatch, sent: Sent, view: View) -> str:
    found = view.found(sent.expression, sent.kind, fact.place.function, fact.place.environment)
    return f"{quoted(sent.expression)} is {found}"


def call(fact: Called, view: View) -> Told | None:
    """Tell of a call; of one that looks like a dispatch and is not taken for one, why."""
    function, node = fact.call.function, fact.call.node
    if node is None:
        return None
    found = view.found(function, fact.function, fact.place.function, fact.place.environment)
    details = [Detail("calls", found)]
    if isinstance(function, Attribute) and function.name in SENDING_METHODS:
        receiver = view.meaning.evaluate(function.value, fact.place.environment)
        what = view.found(function.value, receiver, fact.place.function, fact.place.environment)
        details = [
            Detail("no dispatch", f"{quoted(function.value)} is not known to be a task"),
            Detail("because", f"it is {what}"),
        ]
    return Told(
        "call", written(fact.call), view.span(node), (*details, *standing(fact.place, view))
    )

"""Results: which values are what a dispatch gave, or are made of a task's id."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import libcst as cst

from flake8_celery_patterns.facts.expressions import Attribute, Call
from flake8_celery_patterns.facts.scopes import Function
from flake8_celery_patterns.meaning.kinds import ClassKind, Kind, Method, Partial, Result
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.tasks.senders import counts_as_task
from flake8_celery_patterns.meaning.tasks.tasks import (
    Task,
    base_of,
    option,
    option_value,
    overrides_sending,
)
from flake8_celery_patterns.meaning.tasks.wrappers import CELERY_APPS

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

_RESULTS = frozenset(
    f"{module}.{name}()"
    for module in ("celery.result", "celery")
    for name in ("AsyncResult", "GroupResult", "ResultSet")
)
_CANVASES = frozenset(
    f"celery.{prefix}{name}()" for prefix in ("", "canvas.") for name in ("chain", "group", "chord")
)
_SENDING = frozenset({"apply", "apply_async", "apply_async_on_commit", "delay", "delay_on_commit"})
# On a canvas these give a result of the whole.
_AS_CANVAS = frozenset({"apply_async", "delay"})
# What waits for a task to end, and what tells how far it is (celery/result.py).
WAITING = frozenset({"collect", "get", "get_leaf", "join", "join_native", "wait"})
_ASKING = re.compile("called_directly")
_TELLING = re.compile(r"\.(?:failed|ready|state|status|successful|waiting)\b|(?i:eager)")
# Pools whose `task_join_will_block` is false (celery/concurrency/).
_GREEN_POOL = re.compile(
    rb"(?i:worker_pool|celeryd_pool)\W{1,8}(?:gevent|eventlet)"
    rb"|(?:--pool|-P)[\s=\"',]*(?:gevent|eventlet)"
)
_ERRORS_KEPT = re.compile(rb"(?i)(?:task|celery)_store_errors_even_if_ignored")
_WRITING_STATE = re.compile(rb"\bupdate_state\b|\bstore_result\b|\bmark_as_\w+")
_OTHER_STATE = re.compile(
    rb"\bstore_result\("
    rb"|\bupdate_state\([^()]*\bstate\s*=\s*(?![\"'][A-Z_]+[\"']|(?:\w+\.)?[A-Z_]+\s*[,)])"
)


def result_of_external(name: str, call: Call) -> Result | None:
    """The result that a call of a library gives, by the call's full name (with its `()`)."""
    if name in _RESULTS:
        return Result(None, "AsyncResult", call)
    owner, _, method = name.removesuffix("()").rpartition(".")
    if owner in CELERY_APPS and method in ("AsyncResult", "GroupResult", "send_task"):
        return Result(None, "send_task" if method == "send_task" else "AsyncResult", call)
    canvas = owner if method in _SENDING else name.removesuffix("()")
    if canvas in _CANVASES:
        return Result(None, method if method in _SENDING - _AS_CANVAS else "canvas", call)
    return None


def result_of_method(
    meaning: Meaning, method: Method, call: Call, where: Environment, *, is_task: bool
) -> Result | None:
    """The result that a method of a task or signature gives."""
    if method.name not in _SENDING and not (is_task and method.name == "AsyncResult"):
        return None
    if not is_task:
        function = call.function
        if method.name == "apply" or not isinstance(function, Attribute):
            return None
        if not counts_as_task(meaning, method.owner, function, where):
            return None
        return Result(None, method.name, call)
    chained = isinstance(method.owner, Partial) and method.owner.chained
    sender: Kind | None = None if chained else method.owner
    return Result(sender, method.name, call)


def is_looked_at_first(meaning: Meaning, function: Function | None) -> bool:
    """Whether a function asks any result how far it is, or whether tasks run at once (eager).

    What waits in it may then not wait at all.
    """
    return function is not None and meaning.known(
        ("looked at first", function), True, _says, function, _TELLING
    )


def _says(function: Function, words: re.Pattern[str]) -> bool:
    return (
        function.node is not None
        and words.search(cst.Module(body=[function.node]).code) is not None
    )


def asks_who_calls(meaning: Meaning, function: Function | None) -> bool:
    """Whether a task's function asks if it was called as one: waiting is then allowed.

    (A task that runs at once, eagerly, may not wait: celery/app/task.py, `denied_join_result`.)
    """
    return function is not None and meaning.known(
        ("asks who calls", function), True, _says, function, _ASKING
    )


def may_wait_in_tasks(meaning: Meaning) -> bool:
    """Whether a worker of the project may use a pool that lets tasks wait for each other."""
    tree = meaning.project.tree
    return bool(
        tree.other_matching(_GREEN_POOL, "green pool") or tree.matching(_GREEN_POOL, "green pool")
    )


def may_tell_state(meaning: Meaning, task: Task) -> bool:
    """Whether a task that ignores its result may keep its state all the same.

    `update_state` writes one whatever `ignore_result` says, and errors can be kept (celery 5.3-5.7,
    backends/base.py and app/trace.py).
    """
    keeps = option(meaning, task, "store_errors_even_if_ignored")
    if not keeps.is_absent and option_value(meaning, keeps) is not False:
        return True
    tree = meaning.project.tree
    if tree.matching(_ERRORS_KEPT, "errors kept"):
        return True
    base = base_of(meaning, task)
    classes = [base] if base is not None else meaning.config.task_classes(task)
    families = [meaning.ancestry(kind).classes for kind in classes if isinstance(kind, ClassKind)]
    places = {task.source.path, *(kind.source.path for family in families for kind in family)}
    return not places.isdisjoint(tree.matching(_WRITING_STATE, "states written"))


def has_states_of_its_own(meaning: Meaning) -> bool:
    """Whether some task of the project may give itself a state that is not in capitals."""
    return bool(meaning.project.tree.matching(_OTHER_STATE, "states not in capitals"))


def ignores_result(meaning: Meaning, result: Result) -> Task | None:
    """The task whose result is certainly not kept, if `result` is one of such a task.

    `ignore_result` at the call or on the signature wins over the task's own.
    """
    if isinstance(result.sender, Partial) or result.form == "apply" or result.sender is None:
        return None
    if result.call.is_open or result.call.keyword("ignore_result") is not None:
        return None
    task = meaning.task_behind(result.sender)
    if task is None or overrides_sending(meaning, task):
        return None
    return task if option_value(meaning, option(meaning, task, "ignore_result")) is True else None

"""What counts as a task or signature though its definition is not found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.expressions import Attribute, dotted
from flake8_celery_patterns.meaning.kinds import (
    UNKNOWN,
    ClassKind,
    External,
    FunctionKind,
    Kind,
    Method,
    ModuleKind,
    Object,
    Partial,
    Unresolved,
)
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.tasks.wrappers import OTHER_TASK_LIBRARIES
from flake8_celery_patterns.project.project import LIBRARIES

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

# What nothing but Celery calls so, whatever the receiver.
_TELLING = frozenset({"delay", "apply_async", "delay_on_commit", "apply_async_on_commit", "si"})
_CANVASES = frozenset(
    f"celery.{prefix}{name}()"
    for prefix in ("", "canvas.")
    for name in ("chain", "group", "chord", "signature", "subtask", "chunks", "xmap", "xstarmap")
)
_STANDARD = (
    frozenset({"asyncio", "builtins", "concurrent", "multiprocessing", "threading"}) | LIBRARIES
)


def is_canvas(kind: Kind | None) -> bool:
    """Whether a value is certainly a chain, group or chord and no single signature."""
    if isinstance(kind, Partial):
        return kind.chained
    return isinstance(kind, External) and kind.name in _CANVASES


def counts_as_task(
    meaning: Meaning, receiver: Kind, function: Attribute, environment: Environment
) -> bool:
    """Whether the receiver of `function`, no task of the project, counts as one all the same."""
    if isinstance(receiver, External) and receiver.name in _CANVASES:
        return True
    behind = receiver
    while isinstance(behind, Partial):
        behind = behind.of
    if isinstance(behind, (ClassKind, FunctionKind, ModuleKind, Object)):
        return False
    if function.name not in _TELLING or not isinstance(
        behind, (External, Unresolved, Method, type(UNKNOWN))
    ):
        return False
    if meaning.other_task_library(environment.source) or not _may_be_task(function, behind):
        return False
    if isinstance(behind, (External, Unresolved)):
        module = behind.module if isinstance(behind, Unresolved) else behind.name.rpartition(".")[0]
        if "()" in module or module.split(".")[0] in OTHER_TASK_LIBRARIES | _STANDARD:
            return False
        if module.rpartition(".")[2] == "tasks" or ".tasks." in f".{module}.":
            return True
        if isinstance(behind, External) and behind.name.endswith("()"):
            return False
    source = environment.source
    return source.path.stem == "tasks" or meaning.imports_celery(source)


def _may_be_task(function: Attribute, kind: Kind) -> bool:
    """Whether the name of what is not found speaks for a task, or at least not against one.

    A pool has an `apply_async` too, and a shipment may have a `delay`: what was not imported must
    be called a task or a job.
    """
    name = (dotted(function.value) or "").rpartition(".")[2].lower()
    if "pool" in name or "executor" in name:
        return False
    if function.name != "delay" or isinstance(kind, (External, Unresolved)):
        return True
    return any(word in name for word in ("task", "job", "celery"))

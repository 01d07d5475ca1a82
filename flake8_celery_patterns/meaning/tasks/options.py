"""Option names: which Celery knows, and which of them a name that it does not know is meant to be.

The names themselves stand in `option_names`, which is made from Celery.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import libcst as cst

from flake8_celery_patterns.facts.scopes import Function
from flake8_celery_patterns.meaning.kinds import ClassKind, External, Kind
from flake8_celery_patterns.meaning.tasks.option_names import (
    AUTORETRY_OPTIONS,
    CANVAS_OPTIONS,
    DOCUMENTED_EXECUTION_OPTIONS,
    EXECUTION_OPTIONS,
    RETRY_OPTIONS,
    SIGNATURE_OPTIONS,
    TASK_METHODS,
    TASK_OPTIONS,
)
from flake8_celery_patterns.meaning.tasks.tasks import Task, base_of, is_plain_task_base
from flake8_celery_patterns.source.walk import children

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

# Attributes of a task that nobody sets in a decorator: no slip is meant to be one of them.
_INNER = frozenset(
    """
    MaxRetriesExceededError OperationalError Request Strategy abstract app backend filter
    from_config lazy override_max_retries request request_stack shared trail typing
    """.split()
)
_MEANT_OF_TASKS = TASK_OPTIONS - _INNER
# Slips in a decorator that are not close to what they are meant to be. Nothing behind a name:
# no option of a task does that.
_TASK_SLIPS: dict[str, tuple[str, ...]] = {
    "autoretry": ("autoretry_for",),
    "backoff": ("retry_backoff",),
    "countdown": (),
    "eta": (),
    "hard_time_limit": ("time_limit",),
    "interval_start": (),
    "interval_step": (),
    "jitter": ("retry_jitter",),
    "link": (),
    "link_error": (),
    "retries": ("max_retries",),
    "retry_delay": ("default_retry_delay",),
    "timeout": ("time_limit", "soft_time_limit"),
}
# The same in a call that sends.
_EXECUTION_SLIPS = {
    "default_retry_delay": "countdown",
    "delay": "countdown",
    "retry_delay": "countdown",
    "seconds": "countdown",
}
_SHORT, _LONG = 6, 9


def task_slip(name: str) -> tuple[str, ...] | None:
    """The options that an unknown decorator keyword may be meant to be.

    None for one that Celery knows, and for one that speaks of nothing Celery has.
    """
    if name in TASK_OPTIONS or name in TASK_METHODS or name.startswith("_"):
        return None
    if name in _TASK_SLIPS:
        return _TASK_SLIPS[name]
    # The name of the setting for all tasks: `task_time_limit`.
    setting = name.removeprefix("task_")
    if setting != name and setting in _MEANT_OF_TASKS:
        return (setting,)
    meant = nearest(name, _MEANT_OF_TASKS)
    return (meant,) if meant is not None else None


def execution_slip(name: str, form: str) -> str | None:
    """The option that an unknown keyword of a call is meant to be; None if that is not clear.

    `form` is the method that is called: `apply_async`, `retry`, `signature` … or "canvas".
    """
    meant = DOCUMENTED_EXECUTION_OPTIONS | (RETRY_OPTIONS if form == "retry" else frozenset())
    if name in _known(form):
        return None
    if name in _EXECUTION_SLIPS and (form == "retry" or name not in TASK_OPTIONS):
        return _EXECUTION_SLIPS[name]
    return nearest(name, meant)


def is_decorators_own(name: str, form: str) -> bool:
    """Whether only a task's decorator can set the option, and a call of `form` ignores it."""
    own = _MEANT_OF_TASKS | AUTORETRY_OPTIONS | {"immutable"}
    return name in own and name not in _known(form) | {"name"}


def _known(form: str) -> frozenset[str]:
    if form == "retry":
        return EXECUTION_OPTIONS | RETRY_OPTIONS | SIGNATURE_OPTIONS
    if form in ("signature", "subtask", "set"):
        return EXECUTION_OPTIONS | SIGNATURE_OPTIONS
    return EXECUTION_OPTIONS | CANVAS_OPTIONS if form == "canvas" else EXECUTION_OPTIONS


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The one of `known` that `name` is a slip of: a letter wrong, an `s` or `_` too many.

    None if there is none, or more than one. Short names must agree nearly letter by letter.
    """
    near: dict[str, int] = {}
    for candidate in sorted(known):
        if min(len(name), len(candidate)) >= len("bind"):
            slips = [_slips(*forms) for forms in zip(_forms(name), _forms(candidate), strict=True)]
            if max(slips) >= 0:
                near[candidate] = min(s for s in slips if s >= 0)
    best = [candidate for candidate, slips in near.items() if slips == min(near.values())]
    return best[0] if len(best) == 1 else None


def _forms(name: str) -> tuple[str, str]:
    """A name without what is easily mistaken: case and underscores; then without plurals, too."""
    words = name.lower().strip("_").split("_")
    singular = (re.sub(r"ies$", "y", word).removesuffix("s") for word in words)
    return "".join(words), "".join(singular)


def _slips(name: str, meant: str) -> int:
    """How many letters are wrong, missing, too many or swapped; -1 for too many of them."""
    most = 1 if len(meant) < _LONG else 2
    if name[:1] != meant[:1] or abs(len(name) - len(meant)) > most:
        return -1
    if len(meant) < _SHORT and name != meant and len(name) == len(meant):
        # `bend` is no slip of `bind`.
        return -1
    slips = _distance(name, meant)
    return slips if slips <= most else -1


def _distance(left: str, right: str) -> int:
    """The optimal string alignment distance: edits and swaps of neighbours."""
    before: list[int] = []
    last = list(range(len(right) + 1))
    for i, a in enumerate(left, start=1):
        row = [i]
        for j, b in enumerate(right, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def may_be_read(meaning: Meaning, task: Task, name: str) -> bool:
    """Whether something of the project may read an option that Celery does not know.

    The task's class, its own body, or code that asks any task for it (a signal's receiver).
    """
    for kind in (base_of(meaning, task), *meaning.config.task_classes(task)):
        if kind is not None and _class_may_read(meaning, kind, name):
            return True
    if task.run is not None and _body_reads(task.run, name):
        return True
    word = re.escape(name)
    asked = rf"\b\w*(?i:task|sender)\.{word}\b|\bgetattr\(\s*\w*(?i:self|cls|task|sender)\s*,\s*"
    pattern = re.compile((asked + rf"[\"']{word}[\"']").encode())
    return bool(meaning.project.tree.matching(pattern, f"reads {name}"))


def _class_may_read(meaning: Meaning, kind: Kind, name: str) -> bool:
    if not isinstance(kind, ClassKind):
        return not (isinstance(kind, External) and is_plain_task_base(kind.name))
    family = meaning.ancestry(kind)
    if not family.whole or not all(is_plain_task_base(base) for base in family.external):
        return True
    if family.binding(name) is not None:
        return True
    spoken = re.compile(rf"\.{re.escape(name)}\b|[\"']{re.escape(name)}[\"']".encode())
    contents = [meaning.project.content(member.source.path) for member in family.classes]
    return any(content is None or spoken.search(content) is not None for content in contents)


def _body_reads(function: Function, name: str) -> bool:
    """Whether a task's own body reads `….name`."""
    return any(
        isinstance(node, cst.Attribute) and node.attr.value == name for node in _nodes(function)
    )


def _nodes(function: Function) -> Iterator[cst.CSTNode]:
    stack: list[cst.CSTNode] = [function.node.body] if function.node is not None else []
    while stack:
        node = stack.pop()
        yield node
        stack.extend(children(node))

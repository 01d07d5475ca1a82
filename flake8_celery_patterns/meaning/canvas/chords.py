"""Which canvases are chords: those that need a result backend to count their header's tasks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from flake8_celery_patterns.meaning.canvas.building import canvas_behind, is_signature
from flake8_celery_patterns.meaning.canvas.members import Member, Signed
from flake8_celery_patterns.meaning.flow.places import Called, Piped
from flake8_celery_patterns.meaning.kinds import Canvas, External, Partial
from flake8_celery_patterns.meaning.tasks.tasks import Task, option, option_value, overrides_sending

if TYPE_CHECKING:
    import libcst as cst

    from flake8_celery_patterns.meaning.meaning import Meaning


@dataclass(frozen=True, slots=True)
class MadeChord:
    """A chord where it is made: the node that says so, and its header's members.

    `is_written`: by `chord(…)`, and not by a group with something behind it.
    """

    node: cst.CSTNode
    header: tuple[Member, ...]
    is_written: bool


def chords_of(meaning: Meaning, fact: Called | Piped) -> Iterator[MadeChord]:
    """The chords that a call or `|` makes."""
    if isinstance(fact, Piped):
        yield from _of_pipe(fact)
        return
    function = fact.function
    if not isinstance(function, External) or not function.name.startswith("celery."):
        return
    if function.name.rpartition(".")[0].endswith("()") or isinstance(function, Canvas):
        return
    made = meaning.canvas(function.name, fact.call, fact.place.environment)
    if made is None:
        return
    if made.form == "chord":
        node = fact.call.function.node
        if node is not None:
            yield MadeChord(node, made.members or (), True)
    elif made.form == "chain":
        for before, behind in pairwise(made.members or ()):
            node = before.expression.node
            if _is_group(before) and _follows(behind) and node is not None:
                yield MadeChord(node, _header(before), False)


def _of_pipe(fact: Piped) -> Iterator[MadeChord]:
    node = fact.expression.node
    if node is None or not is_signature(fact.right):
        return
    if isinstance(fact.left, Canvas) and fact.left.form == "group":
        yield MadeChord(node, fact.left.members or (), False)
        return
    left = canvas_behind(fact.left)
    steps = left.members if left is not None and left.form == "chain" else None
    if steps and _is_group(steps[-1]) and not _is_group(Member(fact.right, fact.expression.right)):
        yield MadeChord(node, _header(steps[-1]), False)


def _is_group(member: Member) -> bool:
    """Whether a step is a group that stays one: Celery unrolls a group of one task in a chain."""
    made = member.kind
    if not isinstance(made, Canvas) or made.form != "group" or member.is_each:
        return False
    members = made.members or ()
    return len(members) > 1 or any(each.is_each for each in members)


def _follows(member: Member) -> bool:
    return is_signature(member.kind) and not member.is_each


def _header(member: Member) -> tuple[Member, ...]:
    made = canvas_behind(member.kind)
    return (made.members or ()) if made is not None else ()


@dataclass(frozen=True, slots=True)
class Ignored:
    """A member of a chord's header that keeps no result: its last signature, and that one's task.

    `by_setting`: it is so by the project's `task_ignore_result`.
    """

    member: Member
    signature: Partial
    task: Task
    by_setting: bool


def ignored_in(meaning: Meaning, header: tuple[Member, ...]) -> Iterator[Ignored]:
    """The members of a header whose last task certainly keeps no result."""
    for member in header:
        for signature in _lasts(member.kind):
            task = meaning.task_behind(signature)
            if task is None or overrides_sending(meaning, task):
                continue
            ignored = _ignores(meaning, signature, task)
            if ignored is not None:
                yield Ignored(member, signature, task, ignored)


def _lasts(kind: object) -> Iterator[Partial]:
    """The signatures whose results are those of a member: its last ones."""
    if isinstance(kind, Partial) and isinstance(kind.made, Signed):
        if kind.made.form not in ("map", "starmap", "chunks"):
            yield kind
        return
    made = canvas_behind(kind) if isinstance(kind, (Canvas, Partial)) else None
    if made is None:
        return
    if made.form == "group":
        for each in made.members or ():
            yield from _lasts(each.kind)
        return
    last = made.body if made.form == "chord" else (made.members or (None,))[-1]
    if last is not None:
        yield from _lasts(last.kind)


def _ignores(meaning: Meaning, signature: Partial, task: Task) -> bool | None:
    """Whether a signature's result is ignored by the project's setting (True) or otherwise (False).

    None where it is kept, or where that does not show.
    """
    made = signature.made
    if not isinstance(made, Signed) or made.any_option:
        return None
    if "ignore_result" in made.options:
        return False if made.options["ignore_result"] is True else None
    found = option(meaning, task, "ignore_result")
    if found.is_absent:
        return True if meaning.config.global_value("task_ignore_result") is True else None
    return False if option_value(meaning, found) is True else None

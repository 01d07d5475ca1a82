"""What an inventory holds: plain values, free of trees, projects and processes."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

Key = tuple[str, str]
"""A task, whoever speaks of it: the absolute path of its file, its dotted name in there."""

ScheduledForm = Literal["entry", "added", "stored"]
FollowerForm = Literal["chain", "chord", "link", "link_error"]
OptionState = Literal["known", "unknown", "absent"]


@dataclass(frozen=True, slots=True)
class Spot:
    """A line of a file as it is shown: 1-based, in a notebook's `cell` if there is one."""

    path: str
    line: int
    cell: int | None = None

    def __str__(self) -> str:
        """`path:line`, or `path:cell 3:line` in a notebook."""
        middle = "" if self.cell is None else f"cell {self.cell}:"
        return f"{self.path}:{middle}{self.line}"


@dataclass(frozen=True, slots=True)
class OptionValue:
    """What is known of one option of a task.

    "known": `value` is it, as JSON has it. "unknown": something gives it, or may. "absent":
    certainly nothing gives it to this task. `text` is what is written there, "" where that is not
    seen; "..." for an unknown value that is given in another file.
    """

    state: OptionState
    value: Any = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """One place that sends a task, or makes a signature of it.

    `function` is the dotted name of where it stands; `caller` the task that runs it there, if one
    does. `form` is the method (`delay`, `s`, `send_task` …); `within` the canvas or callback that
    it is written in. `is_called`: it is no mere reference, such as `connect(task.delay)`.
    `to` is the task, `name` the name it is sent by instead, `label` how the text calls it.
    """

    spot: Spot
    function: str
    caller: Key | None
    form: str
    within: str = ""
    is_called: bool = True
    to: Key | None = None
    name: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True)
class Schedule:
    """One entry of a schedule. `text` says when, as it is written; "" where that is not seen."""

    spot: Spot
    entry: str
    text: str
    form: ScheduledForm
    to: Key | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class Follower:
    """`after` runs when `before` is done: the next step of a chain, a chord's body, a callback."""

    before: Key
    after: Key
    form: FollowerForm
    spot: Spot


@dataclass(frozen=True, slots=True)
class Task:
    """A task as it is defined.

    `names`: what Celery may register it as, the likeliest first; none where the text hides it.
    `bound`: it gets itself as the first argument; None where that is not seen.
    """

    key: Key
    spot: Spot
    module: str
    function: str
    names: tuple[str, ...]
    is_class: bool
    signature: str
    bound: bool | None
    base: str
    options: dict[str, OptionValue]

    @property
    def name(self) -> str | None:
        """The name that Celery registers it as, None where the text hides it."""
        return self.names[0] if self.names else None

    @property
    def shown(self) -> str:
        """What it is called in reports."""
        return self.name or f"{self.module}.{self.function}"


@dataclass(frozen=True, slots=True)
class Observed:
    """What one file says. `imported`: the absolute names that its imports speak of.

    `error` says why it could not be read; it then says nothing else.
    """

    tasks: tuple[Task, ...] = ()
    sent: tuple[Sent, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    followers: tuple[Follower, ...] = ()
    imported: frozenset[str] = frozenset()
    error: tuple[Spot, str] | None = None


@dataclass(frozen=True)
class Entry:
    """A task and all that is known of its use.

    `mentions`: where else it is named, looked for only where nothing in view sends it.
    """

    task: Task
    sent: tuple[Sent, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    followers: tuple[tuple[Task, Follower], ...] = ()
    mentions: tuple[Spot, ...] = ()

    @property
    def never_dispatched(self) -> bool:
        """Whether nothing in view sends it, and no schedule in view names it."""
        return not self.sent and not self.schedules


@dataclass(frozen=True)
class Inventory:
    """The tasks of a run's files, in the order of path and line.

    `unresolved`, `unscheduled`: what is sent and scheduled and was not matched with a task in view.
    `errors`: files that could not be read, and why. `files`: how many were looked at.
    """

    entries: tuple[Entry, ...]
    unresolved: tuple[Sent, ...] = ()
    unscheduled: tuple[Schedule, ...] = ()
    errors: tuple[tuple[Spot, str], ...] = ()
    files: int = 0
    tasks: dict[Key, Task] = field(default_factory=dict)

    @cached_property
    def never_dispatched(self) -> int:
        """How many tasks nothing in view sends or schedules."""
        return sum(entry.never_dispatched for entry in self.entries)

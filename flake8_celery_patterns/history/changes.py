"""How tasks have changed since a revision: what the rules CEL121 to CEL123 are asked about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import libcst as cst

    from flake8_celery_patterns.facts.scopes import Parameter
    from flake8_celery_patterns.meaning.tasks.tasks import Task

AddedForm = Literal["required", "undefaulted", "before", "moved"]
"""How a parameter breaks messages: it is new, and each must bring it ("required"); its default is
gone ("undefaulted"); it is new and gets the values of another one that messages pass by position
("before"); it gets them and is not new ("moved")."""

GoneForm = Literal["removed", "renamed", "by_position", "by_name", "args", "kwargs"]
"""What messages bring in vain: a parameter that is gone, is called otherwise, or can no longer be
given by position or by name; what only `*args` or `**kwargs` took."""


@dataclass(frozen=True, slots=True)
class ParameterAdded:
    """A parameter that breaks messages which the old code has sent.

    `task`: as it is now, `parameter` its own. `displaced` is the parameter whose values it gets.
    `sent_at` says where the old code sends such a message, as `shop/views.py line 12`; "" where
    every message breaks that fits the old parameters.
    """

    task: Task
    parameter: Parameter
    form: AddedForm
    displaced: str = ""
    sent_at: str = ""


@dataclass(frozen=True, slots=True)
class ParameterGone:
    """A parameter that messages of the old code bring, and that the task no longer takes so.

    `name`: as it was. `parameter`: what stands in its place now ("renamed"), or is still called so
    ("by_position", "by_name"). `task` and `sent_at` as in `ParameterAdded`.
    """

    task: Task
    name: str
    form: GoneForm
    parameter: Parameter | None = None
    sent_at: str = ""


@dataclass(frozen=True, slots=True)
class TaskGone:
    """A name that no task of the project has any more.

    `name`: what the task was registered as. `node`: where to say so; the module stands for its
    first line. `now`: what the task is registered as that it seems to have become, "" where there
    is none. `path`: of the file that it was defined in, relative to the project's root.
    """

    name: str
    node: cst.CSTNode
    path: str
    now: str = ""

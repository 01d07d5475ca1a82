"""The time limits of a task: its own, or those of the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flake8_celery_patterns.meaning.names.literals import UNSEEN
from flake8_celery_patterns.meaning.settings.config import ABSENT
from flake8_celery_patterns.meaning.tasks.tasks import Task, option, option_value

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """A limit: its literal value, None without one, `UNSEEN` where it is not known.

    `is_global`: it comes from the settings, for all tasks.
    """

    value: Any
    is_global: bool = False

    @property
    def seconds(self) -> float | None:
        """The limit, where it is known and there is one."""
        if isinstance(self.value, bool) or not isinstance(self.value, (int, float)):
            return None
        return self.value if self.value > 0 else None


def time_limit(meaning: Meaning, task: Task, name: str) -> TimeLimit:
    """The limit `name` (`time_limit`, `soft_time_limit`) that a task has, whatever the source."""
    found = option(meaning, task, name)
    if found.is_open or found.given is not None:
        return TimeLimit(option_value(meaning, found))
    shown = meaning.config.global_value(f"task_{name}")
    return TimeLimit(None if shown is ABSENT else shown, is_global=shown is not UNSEEN)

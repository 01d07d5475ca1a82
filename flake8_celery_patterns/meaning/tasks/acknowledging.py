"""When the message of a task is acknowledged: before its body runs, or after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_celery_patterns.meaning.tasks.tasks import Task, option, option_value

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning


def acknowledges_early(meaning: Meaning, task: Task) -> bool:
    """Whether a task certainly has no `acks_late`, from any source, the settings included."""
    found = option(meaning, task, "acks_late")
    if found.is_open:
        return False
    if found.given is not None:
        return option_value(meaning, found) is False
    return meaning.config.is_off("task_acks_late")


def acknowledges_late(meaning: Meaning, task: Task) -> bool:
    """Whether a task certainly has `acks_late`, from any source, the settings included."""
    found = option(meaning, task, "acks_late")
    if found.is_absent:
        return meaning.config.global_value("task_acks_late") is True
    return option_value(meaning, found) is True

"""Which scheduler beat runs with: Celery's own, or one that reads more of an entry."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

# The settings that name a scheduler, the libraries that bring one, and classes of one's own.
_NAMED = re.compile(
    rb"(?i:beat_?scheduler\b|redbeat|django_celery_beat|djcelery|celery_?sqlalchemy|beat_?mongo)"
    rb"|\bclass\s+\w+\s*\([^)\n]*\b(?:Persistent)?Scheduler(?:Entry)?\b"
)
# How beat's command line names one (Procfile, systemd units, compose files …).
_STARTED = re.compile(rb"--scheduler\b|\bbeat\b[^\n]*\s-S\b|(?i:redbeat|django_celery_beat)")


def other_scheduler(meaning: Meaning) -> bool:
    """Whether the project may run beat with another scheduler than Celery's own."""
    tree = meaning.project.tree
    return bool(
        not tree.whole
        or tree.matching(_NAMED, "schedulers")
        or tree.other_matching(_STARTED, "scheduler options")
        or tree.matching(_STARTED, "scheduler options")
    )

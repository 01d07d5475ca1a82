"""Worker pools: whether the project's workers may run tasks in anything but forked processes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

# A worker whose pool is not of daemonic processes, in its command line or its settings.
_OTHER_POOL = re.compile(
    rb"(?:--pool|-P)[\s=\"',]*(?:solo|threads|gevent|eventlet|custom)"
    rb"|(?i:worker_pool\W|celeryd_pool\W)|PYTHONOPTIMIZE"
)


def may_not_fork(meaning: Meaning) -> bool:
    """Whether something in the project speaks of another pool than the default one."""
    tree = meaning.project.tree
    return bool(
        tree.other_matching(_OTHER_POOL, "other pool") or tree.matching(_OTHER_POOL, "other pool")
    )

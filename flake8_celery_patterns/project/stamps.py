"""What a file system says about a file's last change, by which an unchanged file is known again."""

from __future__ import annotations

import os
import time
from pathlib import Path

Stamp = tuple[int, int, int]

# A file written twice within one tick of the file system's clock (10 ms on Linux at HZ=100) can
# keep its stamp with other content.
_CLOCK_TICKS = 20_000_000  # nanoseconds


def stamp(info: os.stat_result) -> Stamp:
    """Give what changes with the content: both times of change in nanoseconds, and the size.

    The second time changes even if somebody sets the first one back.
    """
    return info.st_mtime_ns, info.st_ctime_ns, info.st_size


def settled(path: Path) -> Stamp | None:
    """Give the stamp of a file that is about to be read; raise OSError or ValueError.

    None if it was changed a moment before, so that another change may not show in the stamp.
    """
    now = time.time_ns()
    found = stamp(os.stat(path))
    return found if is_settled(found, now) else None


def is_settled(found: Stamp, now: int) -> bool:
    """Whether a change after `now`, the time in nanoseconds, shows in a stamp."""
    return abs(now - found[0]) > _CLOCK_TICKS

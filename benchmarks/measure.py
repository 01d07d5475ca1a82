"""Running processes, and what the system says that they took."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.results import Usage

# Above what any measured run takes; keeps one that hangs from holding up the rest for good.
_CEILING = 1800  # seconds
_SHOWN = 2000  # characters of what a failed run said


class Failed(Exception):
    """A run that did not end as it should. Its text says which, and what it wrote last."""


@dataclass(frozen=True, slots=True)
class Process:
    """A command to measure.

    `folder`: where it runs. `stdin`: the file it reads. `environment`: changes of ours. `ends`: the
    exit statuses of a run that went well.
    """

    command: Sequence[str | Path]
    folder: Path
    stdin: Path | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    ends: tuple[int, ...] = (0,)

    def run(self) -> Usage:
        """Run it to its end, its output thrown away. Raises `Failed`.

        A child's peak memory begins with that of the process that starts it, so this one must
        import little and hold little.
        """
        with open(self.stdin or os.devnull, "rb") as stdin, tempfile.TemporaryFile() as said:
            began = time.perf_counter()
            child = subprocess.Popen(
                [os.fspath(part) for part in self.command],
                cwd=self.folder,
                env={**os.environ, **self.environment},
                stdin=stdin,
                stdout=subprocess.DEVNULL,
                stderr=said,
            )
            guard = threading.Timer(_CEILING, child.kill)
            guard.start()
            _, status, used = os.wait4(child.pid, 0)
            wall = time.perf_counter() - began
            guard.cancel()
            child.returncode = os.waitstatus_to_exitcode(status)
            if child.returncode not in self.ends:
                said.seek(0)
                last = said.read().decode(errors="replace")[-_SHOWN:]
                shown = " ".join(map(str, self.command))
                raise Failed(f"`{shown}` ended with {child.returncode}:\n{last}")
        return Usage(wall, used.ru_utime, used.ru_maxrss * _PEAK_UNIT)


# getrusage(2): kilobytes on Linux, bytes on macOS.
_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024

# What one round of a way takes; it is told the number of the round, counted from 0.
Way = Callable[[int], Usage]


def interleaved(ways: Mapping[str, Way], rounds: Mapping[str, int]) -> dict[str, list[Usage]]:
    """Measure several ways side by side: round by round, each way once in each of its rounds.

    So a machine that gets slower or faster meanwhile does so for all of them. A way that fails is
    not tried again, has no rounds in the answer, and is told of on standard error.
    """
    found: dict[str, list[Usage]] = {name: [] for name in ways}
    failed: set[str] = set()
    for number, name in _order(ways, rounds):
        if name in failed:
            continue
        try:
            found[name].append(ways[name](number))
        except Failed as failure:
            print(f"{name}: {failure}", file=sys.stderr)
            failed.add(name)
            found[name].clear()
    return found


def _order(ways: Mapping[str, Way], rounds: Mapping[str, int]) -> Iterator[tuple[int, str]]:
    for number in range(max(rounds.values(), default=0)):
        yield from ((number, name) for name in ways if number < rounds[name])

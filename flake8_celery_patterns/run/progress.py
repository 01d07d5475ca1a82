"""How far a run is, for those who sit and wait."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

_REFRESH_SECONDS = 0.1


@contextmanager
def progress(total: int, *, after: float = 1.0) -> Iterator[Callable[[], None]]:
    """Give what is to be called once for each of `total` files that is done.

    A bar appears on stderr if that is a terminal and more than `after` seconds have passed; it is
    wiped out in the end. Never in CI, whose logs keep every state of it (CI services set `CI`).
    """
    if not sys.stderr.isatty() or os.environ.get("CI") or os.environ.get("TERM") == "dumb":
        yield lambda: None
        return
    bar = _Bar(total, after)
    try:
        yield bar.advance
    finally:
        bar.stop()


class _Bar:
    """Drawn by `advance` alone: a thread that draws would be forked along with the workers."""

    def __init__(self, total: int, after: float) -> None:
        self._total = total
        self._done = 0
        self._due = time.monotonic() + after
        self._shown: Progress | None = None

    def advance(self) -> None:
        self._done += 1
        if time.monotonic() < self._due:
            return
        if self._shown is None:
            self._shown = self._started()
        self._shown.update(self._shown.task_ids[0], completed=self._done, refresh=True)
        self._due = time.monotonic() + _REFRESH_SECONDS

    def stop(self) -> None:
        if self._shown is not None:
            self._shown.stop()

    def _started(self) -> Progress:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        shown = Progress(
            TextColumn("Looking at files"),
            BarColumn(),
            MofNCompleteColumn(),
            console=Console(stderr=True),
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        shown.add_task("", total=self._total)
        shown.start()
        return shown

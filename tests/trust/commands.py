"""`celery-patterns check` as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

# Far above what any run takes; only keeps a hang from stopping the whole test run.
_CEILING = 240
COMMAND = os.fspath(Path(sys.executable).with_name("celery-patterns"))
TASK = "from celery import shared_task\n\n\n@shared_task\ndef send(self, pk):\n    print(self)\n"
FOUND = ":5:10: CEL201 "


@dataclass(frozen=True)
class Checked:
    """How a run ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def names(self) -> list[str]:
        """The files that a CEL201 was found in, as they were printed."""
        return [line.partition(FOUND)[0] for line in self.out.splitlines() if FOUND in line]


def check(
    root: Path,
    *args: str,
    before: Sequence[str] = (),
    first: Callable[[], None] | None = None,
) -> Checked:
    """Run `celery-patterns check` in a folder.

    `before`: a command that starts it; `first`: called in the new process.
    """
    done = subprocess.run(
        [*before, COMMAND, "check", *args],
        cwd=root,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "NO_COLOR": "1"},
        timeout=_CEILING,
        preexec_fn=first,
    )
    out, err = (text.decode("utf-8", "surrogateescape") for text in (done.stdout, done.stderr))
    assert "Traceback" not in err, err
    return Checked(done.returncode, out, err)

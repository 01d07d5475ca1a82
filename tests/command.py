"""The real `celery-patterns` as a process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.terminal import environment

COMMAND = str(Path(sys.executable).with_name("celery-patterns"))

# Far above what any run takes; only keeps a hang from stopping the whole test run.
_CEILING = 120


def celery_patterns(
    *arguments: str, folder: Path, stdin: str = "", **env: str
) -> subprocess.CompletedProcess[str]:
    """Run the command in `folder`, its output piped; `env`: changes of the environment."""
    return subprocess.run(
        [COMMAND, *arguments],
        cwd=folder,
        env=environment(**env),
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=_CEILING,
        check=False,
    )


def usage_error(done: subprocess.CompletedProcess[str]) -> str:
    """Give the one message of a run that was used wrongly; refuses any other run."""
    assert (done.returncode, done.stdout) == (2, ""), done
    *usage, blank, message = done.stderr.splitlines()
    assert usage[0].startswith("Usage: celery-patterns "), done.stderr
    assert (len(usage), blank) == (2, ""), done.stderr
    assert message.startswith("Error: "), done.stderr
    return message.removeprefix("Error: ")

"""A process that talks to a terminal, for tests of what people see there."""

from __future__ import annotations

import os
import struct
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

# What decides about colours and width, and may be set where the tests run.
_DECIDING = ("CI", "COLUMNS", "FORCE_COLOR", "LINES", "NO_COLOR", "TTY_COMPATIBLE")


def environment(**changed: str) -> dict[str, str]:
    """Give the environment without what decides about colours, then with `changed`."""
    plain = {name: value for name, value in os.environ.items() if name not in _DECIDING}
    return {**plain, "TERM": "xterm", "PYTHONIOENCODING": "utf-8", **changed}


def in_terminal(
    command: Sequence[str], folder: Path, env: Mapping[str, str], *, columns: int = 80
) -> str:
    """Run `command` in `folder` with a terminal as stdout and stderr; give what it wrote there.

    Line ends are `\\n`. Skips the test where there are no pseudo-terminals.
    """
    pytest.importorskip("pty")
    import fcntl
    import termios

    ours, its = os.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    with subprocess.Popen(
        command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=its, stderr=its
    ):
        os.close(its)
        written = b"".join(iter(lambda: _read(ours), b""))
    os.close(ours)
    return written.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux: nobody has the other end open any more
        return b""

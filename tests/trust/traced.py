"""What a run of a command did to files, processes, the network: told by Python, or by the kernel.

Python's own events (https://docs.python.org/3/library/audit_events.html) know which code is run;
the kernel's calls leave nothing out that native code does.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

What = Literal["read", "written", "run", "network", "started"]

_CEILING = 240
HOOK = """
import json, os, socket, sys

_log = os.open(os.environ["TRACE_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
_STARTING = ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "pty.spawn")
_WRITING = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.utime",
            "os.truncate", "os.chmod", "os.chown", "os.setxattr", "os.removexattr",
            "sqlite3.connect")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def _tell(what, name):
    if isinstance(name, int):
        return  # a file that is open already
    name = os.fsdecode(os.curdir if name is None else name)
    if what in ("read", "written"):
        name = os.path.join(os.getcwd(), name)
    os.write(_log, (json.dumps([what, name]) + "\\n").encode())


def _hook(event, args):
    if event == "open":
        _tell("written" if (args[2] or 0) & _WRITES else "read", args[0])
    elif event in ("os.listdir", "os.scandir"):
        _tell("read", args[0])
    elif event == "exec":
        _tell("run", args[0].co_filename)
    elif event in _WRITING:
        places = {"os.rename": args[:2], "os.link": args[1:2], "os.symlink": args[1:2]}
        for name in places.get(event, args[:1]):
            _tell("written", name)
    elif event in _STARTING:
        _tell("started", args[0])
    elif event == "socket.__new__":
        if args[1] != getattr(socket, "AF_UNIX", None):
            _tell("network", event)
    elif event.startswith("socket."):
        _tell("network", event)


sys.addaudithook(_hook)
"""
_CALL = re.compile(r"(\w+)\((.*)\) += (-?\d+|\?)")
_UNFINISHED = " <unfinished ...>"
_RESUMED = re.compile(r"<\.\.\. \w+ resumed>")
_PATH = re.compile(r'(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"')
_OPEN_FILE = re.compile(r"\d+<([^>]*)>, (?:NULL|\"\")")
_OPENING = frozenset(("open", "openat", "openat2", "creat"))
_WRITES = re.compile(r"O_(?:WRONLY|RDWR|CREAT|TRUNC|APPEND)")
# What only asks: all else that takes a path may change something.
_ASKING = re.compile(
    r"f?access(?:at2?)?|.*stat(?:at|at64|64|fs|x)?|readlink(?:at)?|[fl]?(?:get|list)xattr"
    r"|getcwd|f?chdir"
)


@dataclass(frozen=True)
class Trace:
    """What was done, and to what: an absolute path, or a name."""

    events: tuple[tuple[What, str], ...]

    def of(self, what: What) -> list[str]:
        """What something was done to; sorted, each once."""
        return sorted({name for done, name in self.events if done == what})


def by_python(command: Sequence[str], folder: Path, scratch: Path) -> Trace:
    """Run a Python command; what it, and each process that it starts, tells of itself."""
    hook = scratch / "hook"
    hook.mkdir(parents=True)
    (hook / "sitecustomize.py").write_text(HOOK)
    log = scratch / "events"
    _run(command, folder, scratch, {"PYTHONPATH": os.fspath(hook), "TRACE_LOG": os.fspath(log)})
    return Trace(tuple((what, name) for what, name in map(json.loads, log.open())))


@cache
def why_no_kernel() -> str:
    """Why the kernel cannot be asked; empty if it can."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run(["strace", "-qq", "-o", os.devnull, "true"], capture_output=True)
    return "strace may not trace here" if tried.returncode else ""


def by_kernel(command: Sequence[str], folder: Path, scratch: Path) -> Trace:
    """Run any command under strace: the system calls of it and of all that it starts."""
    scratch.mkdir(exist_ok=True)
    log = scratch / "calls"
    options = ("-f", "-y", "-qq", "-s4096", "--trace=%file,%network", f"--output={log}")
    _run(["strace", *options, *command], folder, scratch, {})
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    events = [event for call in _whole(lines) for event in _events(call, folder)]
    # The first program is the one that was asked for.
    return Trace(tuple(events[1:]))


def _whole(lines: Sequence[str]) -> Iterator[str]:
    """Calls without their process; one that others came between stands in two lines."""
    begun: dict[str, str] = {}
    for line in lines:
        process, _, call = line.partition(" ")
        call = call.lstrip()
        if call.endswith(_UNFINISHED):
            begun[process] = call.removesuffix(_UNFINISHED)
        elif resumed := _RESUMED.match(call):
            yield begun.pop(process, "") + call[resumed.end() :]
        else:
            yield call
    # Its process ended in the middle of it.
    yield from (f"{call}) = ?" for call in begun.values())


def _events(line: str, folder: Path) -> Iterator[tuple[What, str]]:
    match = _CALL.match(line)
    if match is None or match[3].startswith("-"):
        return
    call, given = match[1], match[2]
    paths = [os.path.join(folder, base, name) for base, name in _PATH.findall(given)]
    if call.startswith("socket") or "sa_family=" in given:
        if "AF_UNIX" not in given:
            yield "network", "socket"
    elif call.startswith("execve"):
        yield "started", paths[0]
    elif call in _OPENING:
        yield ("written" if call == "creat" or _WRITES.search(given) else "read"), paths[0]
    elif not _ASKING.fullmatch(call) and (paths or _OPEN_FILE.match(given)):
        changed = paths[1:] if "link" in call and "unlink" not in call else paths
        yield from (("written", path) for path in changed or _OPEN_FILE.findall(given))


def _run(
    command: Sequence[str], folder: Path, scratch: Path, environment: Mapping[str, str]
) -> None:
    own = {
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": os.fspath(scratch / "home"),
        "TMPDIR": os.fspath(scratch / "tmp"),
    }
    for name in ("home", "tmp"):
        (scratch / name).mkdir()
    done = subprocess.run(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={**os.environ, **own, **environment},
        timeout=_CEILING,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    assert "Traceback" not in done.stderr, done.stderr


# Where Python itself lies, and what it is built on.
PYTHON = (sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix)

"""No network, nothing run of what is linted, nothing read but the project, and no file written but
in the cache folder, and those that a fix was asked for."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from flake8_celery_patterns.project.project import CACHE_FOLDER
from tests.projects.applications import PROJECTS
from tests.source.python_files import ROOT
from tests.trust.commands import COMMAND
from tests.trust.traced import PYTHON, Trace, by_kernel, by_python, why_no_kernel

Tracer = Callable[[Sequence[str], Path, Path], Trace]

needs_strace = pytest.mark.skipif(why_no_kernel() != "", reason=why_no_kernel())
TRACERS = [
    pytest.param(by_python, id="by Python"),
    pytest.param(by_kernel, id="by the kernel", marks=needs_strace),
]
FLAKE8 = os.fspath(Path(sys.executable).with_name("flake8"))
RUNS = [
    pytest.param(by_python, (FLAKE8, "--jobs=1", "."), id="flake8, by Python"),
    pytest.param(
        by_kernel, (FLAKE8, "--jobs=2", "."), id="flake8, by the kernel", marks=needs_strace
    ),
    pytest.param(by_python, (COMMAND, "check", ".", "--jobs=2"), id="check, by Python"),
    pytest.param(
        by_kernel,
        (COMMAND, "check", ".", "--jobs=2"),
        id="check, by the kernel",
        marks=needs_strace,
    ),
    pytest.param(by_python, (COMMAND, "tasks", "."), id="tasks, by Python"),
]
FIX = (COMMAND, "check", "--fix", "django_shop")
_TEMPORARY = re.compile(r"\.celery-patterns\.\d+\.[0-9a-f]{8}\.tmp")

# Whoever runs a file of the project leaves a folder behind.
TRAP = "__import__('os').mkdir('run')\n"
# Names that Python or a tool would import, run or read if it looked for them here.
BAIT = {
    "libcst.py": TRAP,
    "tomllib.py": TRAP,
    "sitecustomize.py": TRAP,
    "conftest.py": TRAP,
    ".pre-commit-config.yaml": "",
}
CONFIG = "[flake8]\nselect = CEL\n"

# Where processes of one program meet.
_SHARED = ("/dev/null", "/dev/shm/", "/dev/tty", "/dev/pts/")
# What the C library, the loader and the kernel tell any program.
_SYSTEM = ("/dev/", "/etc/ld.so", "/etc/local", "/etc/ssl/", "/lib", "/proc/", "/sys/", "/usr/")


@pytest.fixture
def world(tmp_path: Path) -> Path:
    """A fixture application in a folder; in it and beside it, what is none of our business."""
    root = tmp_path / "applications"
    ignored = shutil.ignore_patterns("__pycache__", CACHE_FOLDER, "*.sqlite3")
    shutil.copytree(PROJECTS / "django_shop", root / "django_shop", ignore=ignored)
    for path in root.rglob("*.py"):
        path.write_text(TRAP + path.read_text())
    for folder in (root, tmp_path):
        for name, text in BAIT.items():
            (folder / name).write_text(text)
    (root / ".flake8").write_text(CONFIG)
    for name in ("pyproject.toml", "setup.cfg", "tox.ini", ".flake8", ".gitignore"):
        (tmp_path / name).write_text("")
    (root / "django_shop" / "linked.py").symlink_to(tmp_path / "conftest.py")
    (root / "django_shop" / "linked").symlink_to(tmp_path)
    return tmp_path


def wrongs(trace: Trace, root: Path, scratch: Path, fixed: Sequence[str] = ()) -> Iterator[str]:
    """What a run should not have done."""
    yield from (f"network: {name}" for name in trace.of("network"))
    for path in trace.of("written"):
        if not _may_be_written(Path(os.path.realpath(path)), root, fixed):
            yield f"written: {os.path.relpath(path, root)}"
    for path in trace.of("run"):
        if not path.startswith("<") and not _is_pythons(Path(os.path.realpath(path)), scratch):
            yield f"run: {os.path.relpath(path, root)}"
    yield from (f"started: {os.path.basename(path)}" for path in trace.of("started"))
    for path in trace.of("read"):
        real = Path(os.path.realpath(path))
        if not real.is_relative_to(root) and not _is_pythons(real, scratch):
            yield f"read: {os.path.relpath(path, root)}"


def _may_be_written(path: Path, root: Path, fixed: Sequence[str]) -> bool:
    if os.fspath(path).startswith(_SHARED):
        return True
    if not path.is_relative_to(root):
        return False
    inner = path.relative_to(root)
    if _TEMPORARY.fullmatch(path.name):
        return any(Path(name).parent == inner.parent for name in fixed)
    return CACHE_FOLDER in inner.parts or inner.as_posix() in fixed


def _is_pythons(path: Path, scratch: Path) -> bool:
    """Whether a file is Python's, this linter's, or of what these are built on."""
    if os.fspath(path).startswith(_SYSTEM):
        return True
    if path == ROOT:
        return True  # listed, where it is installed as an editable package
    known = (ROOT / "flake8_celery_patterns", scratch / "hook", *PYTHON)
    return any(path.is_relative_to(os.path.realpath(folder)) for folder in known)


def contents(folder: Path) -> dict[str, bytes | None]:
    """All that lies in a folder, but caches: files and their bytes, None for what is no file."""
    paths = (path for path in folder.rglob("*") if CACHE_FOLDER not in path.parts)
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in paths
        if not path.is_relative_to(folder / "scratch")
    }


def traced(
    tracer: Tracer, command: Sequence[str], world: Path, scratch: Path
) -> tuple[Trace, list[str]]:
    """Run a command in the applications; give the trace, and the files of them that it changed."""
    root, before = world / "applications", contents(world)
    trace = tracer(command, root, scratch)
    after = contents(world)
    assert before.keys() == after.keys()
    assert any("django_shop/" in path for path in trace.of("read")), "nothing was traced"
    changed = [name for name in before if before[name] != after[name]]
    return trace, [name.removeprefix("applications/") for name in changed]


@pytest.mark.parametrize(("tracer", "command"), RUNS)
def test_a_run_keeps_to_itself(tracer: Tracer, command: Sequence[str], world: Path) -> None:
    """The first one, and one that remembers it."""
    root = world / "applications"
    if command[0] == FLAKE8:
        # It opens what it lints before it asks any plugin.
        (root / "django_shop" / "linked.py").unlink()
    for scratch in (world / "scratch", world / "scratch" / "again"):
        trace, changed = traced(tracer, command, world, scratch)
        assert changed == []
        assert list(wrongs(trace, root, scratch)) == []
    assert (root / "django_shop" / CACHE_FOLDER).is_dir()


@pytest.mark.parametrize("tracer", TRACERS)
def test_a_fix_writes_what_it_was_asked_for(tracer: Tracer, world: Path) -> None:
    trace, changed = traced(tracer, FIX, world, world / "scratch")
    assert changed
    assert all(name.startswith("django_shop/") and name.endswith(".py") for name in changed)
    root = world / "applications"
    assert list(wrongs(trace, root, world / "scratch", changed)) == []


# What a linter must not do, as a program that does it, and how it is told.
CRIMES = {
    "written: elsewhere.txt": "open('elsewhere.txt', 'w').close()",
    "written: pyproject.toml": "import os; os.remove('pyproject.toml')",
    "written: ../outside.py": "import os; os.rename('../outside.py', '.celery_patterns_cache')",
    "written: setup.py": "import os; os.utime('setup.py')",
    "written: made": "import os; os.mkdir('made')",
    "written: link": "import os; os.symlink('x', 'link')",
    "network: socket": "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
    "started: true": "import subprocess; subprocess.run(['true'])",
    "read: ../outside.py": "open('../outside.py').close()",
    "read: linked.py": "open('linked.py').close()",
}


@pytest.fixture
def scene(tmp_path: Path) -> tuple[Path, Path]:
    """A root with a few files in it, and a scratch folder."""
    root, scratch = tmp_path / "root", tmp_path / "scratch"
    for folder in (root, scratch):
        folder.mkdir()
    for path in (tmp_path / "outside.py", root / "pyproject.toml", root / "setup.py"):
        path.touch()
    (root / "linked.py").symlink_to(tmp_path / "outside.py")
    return root, scratch


@pytest.mark.parametrize("tracer", TRACERS)
@pytest.mark.parametrize("crime", CRIMES)
def test_the_trace_shows_what_must_not_be(
    crime: str, tracer: Tracer, scene: tuple[Path, Path]
) -> None:
    trace = tracer((sys.executable, "-c", CRIMES[crime]), *scene)
    assert [wrong.startswith(crime) for wrong in wrongs(trace, *scene)] == [True]


def test_the_trace_shows_what_is_run(scene: tuple[Path, Path]) -> None:
    trace = by_python((sys.executable, "-c", "import setup"), *scene)
    assert list(wrongs(trace, *scene)) == ["run: setup.py"]

"""The linters that are measured, each in an environment of its own.

They are made below .peers, for one Python and the versions of peers.txt, and kept there; ours is
installed anew each time, from this repository, as a user would get it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
PEERS = HERE / ".peers"
VERSIONS = HERE / "peers.txt"

OURS = "flake8-celery-patterns"
# By the name of the environment, what is installed into it.
PACKAGES = {
    "flake8": ("flake8",),
    OURS: (f"{HERE.parent}[cli]",),
    "flake8-bugbear": ("flake8", "flake8-bugbear"),
    "flake8-pie": ("flake8", "flake8-pie"),
    "flake8-async": ("flake8", "flake8-async"),
    "ruff": ("ruff",),
}

_OLDEST, _NEWEST = 10, 14  # of Python 3, as in noxfile.py


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment that has been made; `bin` holds its commands."""

    bin: Path

    @property
    def python(self) -> Path:
        return self.bin / "python"


def pinned() -> dict[str, str]:
    """The versions of peers.txt, by the name of the package."""
    lines = VERSIONS.read_text(encoding="utf-8").splitlines()
    return dict(line.split("==") for line in lines if "==" in line)


def newest_python() -> Path:
    """The newest Python at hand that we support; some of the corpus is in the syntax of 3.12."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    # pyenv puts a `python3.x` for each of its versions on PATH, but only those activated will run.
    homes = [str(home) for home in pyenv.glob("versions/3.*/bin")]
    path = os.pathsep.join([*homes, os.environ.get("PATH", "")])
    for minor in range(_NEWEST, _OLDEST - 1, -1):
        found = shutil.which(f"python3.{minor}", path=path)
        if found is not None and _says(Path(found), "import ensurepip, venv") is not None:
            return Path(found)
    return Path(sys.executable)


def version_of(python: Path) -> str:
    """What a Python calls itself: its implementation and version."""
    asked = "import platform as p; print(p.python_implementation(), p.python_version())"
    return _says(python, asked) or "an unknown Python"


def environment(name: str, python: Path) -> Environment:
    """Give the environment of a linter, making it if it is not there as it should be.

    Raises subprocess.CalledProcessError if it cannot be made.
    """
    folder = PEERS / version_of(python).replace(" ", "-") / name
    made = Environment(folder / ("Scripts" if os.name == "nt" else "bin"))
    stamp = folder / "made-from.txt"
    wanted = "\n".join((*PACKAGES[name], VERSIONS.read_text(encoding="utf-8")))
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        print(f"making the environment of {name}", file=sys.stderr)
        stamp.unlink(missing_ok=True)
        subprocess.run([python, "-m", "venv", "--clear", folder], check=True)
        _install(made, PACKAGES[name])
        stamp.write_text(wanted, encoding="utf-8")
    elif name == OURS:
        _install(made, ("--no-deps", "--force-reinstall", *PACKAGES[name]))
    return made


def _install(made: Environment, arguments: tuple[str, ...]) -> None:
    pip = [str(made.python), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    subprocess.run([*pip, "--constraint", str(VERSIONS), *arguments], check=True)


def _says(python: Path, program: str) -> str | None:
    asked = subprocess.run([python, "-c", program], capture_output=True, text=True, check=False)
    return asked.stdout.strip() if asked.returncode == 0 else None

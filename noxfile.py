"""The tests on every supported Python, flake8, libcst and Celery.

    nox                     all of it; a Python that this machine lacks is skipped, and said so
    nox -s tests-3.13       one Python, with its lowest and newest flake8 and libcst
    nox -s proofs-3.10      one Python, with each Celery
    nox -s lowest           the lowest version of every package that pyproject.toml names (needs uv)

flake8 and libcst on the one hand, Celery on the other, are not combined: no test depends on both.
"""

from __future__ import annotations

import os
from pathlib import Path

import nox
from packaging.requirements import Requirement

PYTHONS = ["3.10", "3.11", "3.12", "3.13", "3.14"]
CELERIES = ["5.3", "5.4", "5.5", "5.6", "5.7"]
WHICH = ["lowest", "newest"]
PROOFS = "tests/proofs"

nox.needs_version = ">=2025.10.14"  # download_python
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.download_python = "never"
nox.options.error_on_missing_interpreters = False
nox.options.reuse_venv = "yes"
nox.options.sessions = ["tests", "proofs"]

# pyenv puts a `python3.x` for each of its versions on PATH, but only those activated will run.
_pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
_homes = [str(home) for home in _pyenv.glob("versions/3.*/bin")]
os.environ["PATH"] = os.pathsep.join([*_homes, os.environ.get("PATH", "")])


@nox.session(python=PYTHONS)
@nox.parametrize("flake8", WHICH)
@nox.parametrize("libcst", WHICH)
def tests(session: nox.Session, flake8: str, libcst: str) -> None:
    """All tests but the proofs, which do not depend on flake8 or libcst."""
    session.install("--editable", ".[cli,watch]", "--group", "test")
    session.install(
        "--upgrade", _pinned("flake8", flake8, session), _pinned("libcst", libcst, session)
    )
    session.run("python", "-m", "pytest", "-q", "-n2", f"--ignore={PROOFS}", *session.posargs)


@nox.session(python=PYTHONS)
@nox.parametrize("celery", CELERIES)
def proofs(session: nox.Session, celery: str) -> None:
    """The proofs on real Celery; the linter itself never imports it."""
    session.install("--editable", ".[cli,watch]", "--group", "test")
    session.install(f"celery=={celery}.*")
    session.run("python", "-m", "pytest", "-q", "-n2", PROOFS, *session.posargs)


@nox.session(python=PYTHONS[0], venv_backend="uv")
def lowest(session: nox.Session) -> None:
    """Everything with the lowest version that pyproject.toml allows, on the lowest Python."""
    session.install("--resolution=lowest-direct", "--editable", ".[cli,watch]", "--group", "dev")
    session.run("python", "-m", "pytest", "-q", "-n2", *session.posargs)
    session.run("mypy", "--no-error-summary")
    session.run("sphinx-build", "-q", "-W", "docs", f"{session.create_tmp()}/docs")


def _pinned(package: str, which: str, session: nox.Session) -> str:
    """What to install: the newest of `package`, or the lowest allowed on the session's Python."""
    if which == "newest":
        return package
    here = {"python_version": str(session.python)}
    named = map(Requirement, nox.project.load_toml("pyproject.toml")["project"]["dependencies"])
    ((bound,),) = (
        requirement.specifier
        for requirement in named
        if requirement.name == package
        and (requirement.marker is None or requirement.marker.evaluate(here))
    )
    return f"{package}=={bound.version}"

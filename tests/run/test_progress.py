"""The progress bar: on a terminal and when it takes long, nowhere else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.terminal import environment, in_terminal

RUN = """
from flake8_celery_patterns.run.progress import progress
with progress(3, after={after}) as advance:
    for _ in range(3):
        advance()
    {end}
"""


def command(after: float = 0, end: str = "") -> list[str]:
    return [sys.executable, "-c", RUN.format(after=after, end=end or "pass")]


@pytest.mark.parametrize(
    "env", [{"CI": "true"}, {"TERM": "dumb"}], ids=["in CI", "on a dumb terminal"]
)
def test_nothing_is_shown_where_it_would_stay(tmp_path: Path, env: dict[str, str]) -> None:
    assert in_terminal(command(), tmp_path, environment(**env)) == ""


def test_nothing_is_shown_of_a_short_run(tmp_path: Path) -> None:
    assert in_terminal(command(after=1000), tmp_path, environment()) == ""


@pytest.mark.parametrize("env", [{}, {"FORCE_COLOR": "1"}], ids=["", "FORCE_COLOR"])
def test_nothing_is_shown_in_a_pipe(tmp_path: Path, env: dict[str, str]) -> None:
    done = subprocess.run(
        command(), cwd=tmp_path, env=environment(**env), capture_output=True, check=True
    )
    assert (done.stdout, done.stderr) == (b"", b"")


@pytest.mark.parametrize("end", ["", "raise SystemExit"], ids=["", "interrupted"])
def test_a_long_run_shows_a_bar_and_wipes_it_out(tmp_path: Path, end: str) -> None:
    shown = in_terminal(command(end=end), tmp_path, environment())
    assert "Looking at files" in shown
    assert "1/3" in shown
    # The cursor is hidden and shown again; what remains is one empty line.
    assert shown.index("\x1b[?25l") < shown.index("1/3") < shown.index("\x1b[?25h")
    assert shown.endswith("\x1b[2K")

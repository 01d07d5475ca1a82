"""Shell completion: scripts that shells accept, and that ask us for what fits."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.command import COMMAND, celery_patterns, usage_error
from tests.terminal import environment

# How each shell reads a script without running it.
CHECKING = {"bash": ["bash", "-n"], "zsh": ["zsh", "-n"], "fish": ["fish", "--no-execute"]}


@pytest.mark.parametrize("shell", CHECKING)
def test_the_shell_accepts_its_script(shell: str, tmp_path: Path) -> None:
    done = celery_patterns("completion", shell, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"_CELERY_PATTERNS_COMPLETE={shell}_complete" in done.stdout
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here to read it")
    path = tmp_path / "script"
    path.write_text(done.stdout)
    ran = subprocess.run([*CHECKING[shell], str(path)], capture_output=True, timeout=120)
    assert (ran.returncode, ran.stderr) == (0, b"")


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_completes_commands_and_options(tmp_path: Path) -> None:
    """As it does when Tab is pressed behind the last word."""
    script = """
        eval "$("$1" completion bash)"
        COMP_WORDS=(celery-patterns ${@:2}); COMP_CWORD=$(($# - 1))
        _celery_patterns_completion "$1"
        printf '%s\\n' "${COMPREPLY[@]}"
    """

    def completed(*words: str) -> list[str]:
        ran = subprocess.run(
            ["bash", "-c", script, "bash", COMMAND, *words],
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        return ran.stdout.split()

    assert completed("ch") == ["check"]
    assert completed("check", "--fix") == ["--fix", "--fix-only"]


def test_another_shell_is_one_clear_error(tmp_path: Path) -> None:
    said = usage_error(celery_patterns("completion", "tcsh", folder=tmp_path))
    assert said.endswith("'tcsh' is not one of 'bash', 'zsh', 'fish'.")

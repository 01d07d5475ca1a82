"""`celery-patterns check` as a process: exit codes, what goes where, and wrong use."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from flake8_celery_patterns.doors.cli.group import celery_patterns as group
from tests.command import COMMAND, celery_patterns, usage_error
from tests.terminal import environment, in_terminal

HEAD = "from celery import shared_task\n\n\n@shared_task\n"
FINE = f"{HEAD}def ship(pk):\n    return pk\n"
# A finding that a safe fix mends, and one that only its author can mend.
FOUND = (
    f"{HEAD}def ship(self, pk):\n    return pk\n\n\n@shared_task\nasync def wait(pk):\n    ...\n"
)
PLACES = ["tasks.py:5:10: CEL201", "tasks.py:10:1: CEL203"]


@pytest.fixture(scope="module")
def fine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made(tmp_path_factory.mktemp("fine"), FINE)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with two findings; only read."""
    return made(tmp_path_factory.mktemp("shop"), FOUND)


def made(root: Path, text: str) -> Path:
    (root / "pyproject.toml").touch()
    (root / "tasks.py").write_text(text)
    return root


def places(text: str) -> list[str]:
    return re.findall(r"^\S+: CEL\d+", text, re.MULTILINE)


class TestExitCode:
    def test_nothing_found(self, fine: Path) -> None:
        done = celery_patterns("check", folder=fine)
        assert (done.returncode, done.stdout) == (0, "")
        assert done.stderr.startswith("No findings. Looked at 1 task ")

    def test_nothing_to_look_at(self, fine: Path) -> None:
        (fine / "empty").mkdir()
        done = celery_patterns("check", "empty", folder=fine)
        assert (done.returncode, done.stdout) == (0, "")
        assert done.stderr == "There was no Python file to look at.\n"

    def test_found(self, shop: Path) -> None:
        done = celery_patterns("check", folder=shop)
        assert (done.returncode, places(done.stdout)) == (1, PLACES)
        assert "\nFound 2 findings. Looked at 2 tasks " in f"\n{done.stderr}"

    def test_found_and_let_pass(self, shop: Path) -> None:
        done = celery_patterns("check", "--exit-zero", folder=shop)
        assert (done.returncode, places(done.stdout)) == (0, PLACES)

    def test_a_fault_of_this_linter(self, shop: Path) -> None:
        """Python's own exit code would be that for findings."""
        program = (
            "from flake8_celery_patterns.doors.cli import checking, start\n"
            "checking.Checking.run = lambda self: 1 // 0\n"
            "start.main()\n"
        )
        done = run_python(program, "check", folder=shop)
        assert (done.returncode, done.stdout) == (2, "")
        assert "ZeroDivisionError" in done.stderr
        assert "a fault of this linter" in done.stderr.splitlines()[-1]


def run_python(program: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("module", ["click", "rich", "pathspec"])
def test_without_the_extra(fine: Path, module: str) -> None:
    """The plugin alone is installed: one line says what is missing, and how to get it."""
    program = (
        f"import sys; sys.modules[{module!r}] = None\n"
        "from flake8_celery_patterns.doors.cli.start import main\n"
        "main()\n"
    )
    done = run_python(program, "check", folder=fine)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"celery-patterns: the command line needs {module}, which is not installed: "
        'pip install "flake8-celery-patterns[cli]"\n'
    )


class TestOutput:
    def test_in_a_pipe_a_line_for_each(self, shop: Path) -> None:
        done = celery_patterns("check", folder=shop)
        assert len(done.stdout.splitlines()) == 2

    def test_on_a_terminal_code_frames(self, shop: Path) -> None:
        out = in_terminal([COMMAND, "check"], shop, environment(NO_COLOR="1"))
        assert re.search(r"5 \W def ship\(self, pk\):\n", out)
        out = in_terminal([COMMAND, "check", "--output-format=concise"], shop, environment())
        assert places(re.sub(r"\x1b\[[0-9;]*m", "", out)) == PLACES

    def test_quiet_findings_alone(self, shop: Path, fine: Path) -> None:
        done = celery_patterns("check", "--quiet", folder=shop)
        assert (places(done.stdout), done.stderr) == (PLACES, "")
        done = celery_patterns("check", "-q", folder=fine)
        assert (done.stdout, done.stderr) == ("", "")

    def test_statistics(self, shop: Path) -> None:
        done = celery_patterns("check", "--statistics", folder=shop)
        assert done.returncode == 1
        assert [line.split()[:2] for line in done.stdout.splitlines()] == [
            ["1", "CEL201"],
            ["1", "CEL203"],
        ]
        done = celery_patterns("check", "--statistics", "--output-format=json", folder=shop)
        assert [row["code"] for row in json.loads(done.stdout)] == ["CEL201", "CEL203"]

    def test_into_a_file(self, shop: Path, tmp_path: Path) -> None:
        """Without colours, frames, or anything on stdout; a clean run makes it empty."""
        path = tmp_path / "report.txt"
        done = celery_patterns("check", "-o", str(path), folder=shop)
        assert (done.returncode, done.stdout) == (1, "")
        assert places(path.read_text()) == PLACES
        done = celery_patterns("check", "-o", str(path), "--select=CEL1", folder=shop)
        assert (done.returncode, path.read_text()) == (0, "")

    def test_machines_get_utf_8(self, tmp_path: Path) -> None:
        made(tmp_path, FINE)
        (tmp_path / "größe.py").write_text(FOUND)
        done = subprocess.run(
            [COMMAND, "check", "--output-format=github"],
            cwd=tmp_path,
            env=environment(PYTHONIOENCODING="ascii"),
            capture_output=True,
            timeout=120,
            check=False,
        )
        assert "größe.py".encode() in done.stdout

    def test_a_reader_that_has_enough(self, tmp_path: Path) -> None:
        """As `| head -1`: no traceback."""
        made(tmp_path, HEAD + "def ship(self): ...\n\n\n@shared_task\n" * 600 + "def f(): ...\n")
        with subprocess.Popen(
            [COMMAND, "check", "--no-cache"],
            cwd=tmp_path,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            assert "CEL201" in process.stdout.readline()
            process.stdout.close()
            assert "Traceback" not in process.stderr.read()


WRONG = {
    ("--output-format=xml",): "'xml' is not one of 'full', 'concise'",
    ("--jobs=0",): "0 is not in the range x>=1",
    ("--fox",): "No such option '--fox'. Did you mean '--fix'?",
    ("--select=CEL1001",): "which selects nothing",
    ("nothing.py",): "cannot look at 'nothing.py' (No such file or directory)",
    ("--fix", "--add-noqa"): "--fix and --add-noqa cannot be used together",
    ("--diff", "--write-baseline"): "--diff and --write-baseline cannot be used together",
    ("--fix", "--prune-baseline"): "--fix and --prune-baseline cannot be used together",
    ("--add-noqa", "-"): "--add-noqa needs files",
    ("--watch", "-"): "--watch needs files",
    ("--watch", "--against=HEAD"): "--watch and --against cannot be used together",
    ("--exit-zero", "--exit-non-zero-on-fix"): "cannot be used together",
    ("--fix", "-o", "no/such/report"): "--output-file: 'no/such/report': there is no such folder",
    ("-o", "."): "'.' is a directory",
}


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_wrong_use_is_one_clear_error(
    shop: Path, arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop)
    done = CliRunner().invoke(group, ["check", *arguments], prog_name="celery-patterns")
    ran = subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)
    assert WRONG[arguments] in usage_error(ran)
    assert (shop / "tasks.py").read_text() == FOUND


def test_a_wrong_path_as_a_process(shop: Path) -> None:
    assert usage_error(celery_patterns("check", "nothing.py", folder=shop)) == (
        "cannot look at 'nothing.py' (No such file or directory): name files and folders, or - for "
        "standard input"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "selekt = ['CEL1']",
            "[tool.celery-patterns]: unknown key 'selekt'; did you mean 'select'?",
        ),
        ("select = 'CEL1'", "[tool.celery-patterns] select: expected a list of codes"),
        ("select = [", "cannot be read: expected valid TOML"),
    ],
)
def test_a_wrong_table_is_one_clear_error(tmp_path: Path, text: str, said: str) -> None:
    made(tmp_path, FOUND)
    (tmp_path / "pyproject.toml").write_text(f"[tool.celery-patterns]\n{text}\n")
    message = usage_error(celery_patterns("check", folder=tmp_path))
    assert message.startswith(f"{tmp_path}{os.sep}pyproject.toml: ")
    assert said in message


def test_help_names_all_options(fine: Path) -> None:
    done = celery_patterns("check", "--help", folder=fine)
    assert done.returncode == 0
    for option in ("--fix", "--select", "--baseline", "--watch", "-j, --jobs", "-o, --output-file"):
        assert option in done.stdout

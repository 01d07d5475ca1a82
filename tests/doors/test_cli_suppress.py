"""`check` with a baseline, with comments added, and with CEL002: what a user sees."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

COMMAND = (str(Path(sys.executable).with_name("celery-patterns")), "check")
TASKS = """
    from celery import shared_task


    @shared_task
    def shown(self): ...


    @shared_task
    def hidden(self): ...  # noqa: CEL201


    @shared_task
    def fine(x): ...  # noqa: E501, CEL201
    """
PLAIN = "x = 1  # noqa: CEL101\ny = 2  # noqa\nz = 3  # noqa: E501\n"


@pytest.fixture
def check(tmp_path: Path, write: Any, flake8_in: Any) -> Any:
    """Runs `check` in a project with one finding; gives its exit code, its findings as
    "path:line code", and what it says on stderr."""
    write(tmp_path, {"pyproject.toml": "", "shop/tasks.py": TASKS, "shop/plain.py": PLAIN})
    command = flake8_in(tmp_path, COMMAND)

    def run(*args: str) -> tuple[int, list[str], str]:
        done = command("--no-cache", "--output-format=concise", *args)
        found = [line.split(":", 3) for line in done.out.splitlines()]
        return done.code, [f"{f[0]}:{f[1]}{f[3][:7]}" for f in found], done.err

    return run


def in_tasks(tmp_path: Path, old: str, new: str) -> None:
    path = tmp_path / "shop/tasks.py"
    path.write_text(path.read_text().replace(old, new))


SHOWN = "shop/tasks.py:5 CEL201"
UNUSED = ["shop/plain.py:1 CEL002", "shop/tasks.py:13 CEL002"]


def test_a_comment_that_hides_nothing_is_silent_unless_it_is_asked_for(check: Any) -> None:
    assert check("--select=CEL")[:2] == (1, [SHOWN])
    assert check("--extend-select=CEL002")[:2] == (1, [UNUSED[0], SHOWN, UNUSED[1]])
    # Nobody knows what rules that are not selected would have found.
    assert check("--select=CEL002,CEL1")[:2] == (1, UNUSED[:1])
    ignored = "--per-file-ignores=plain.py:CEL002"
    assert check("--extend-select=CEL002", ignored)[1] == [SHOWN, UNUSED[1]]


def test_a_comment_that_hides_nothing_is_taken_out(check: Any, tmp_path: Path) -> None:
    before = (tmp_path / "shop/tasks.py").read_text()
    assert check("--select=CEL002,CEL1", "--fix")[0] == 0
    assert (tmp_path / "shop/plain.py").read_text() == PLAIN.replace("  # noqa: CEL101", "")
    # CEL201 is not selected, so its comments stay.
    assert (tmp_path / "shop/tasks.py").read_text() == before


def test_comments_are_added_once(check: Any, tmp_path: Path) -> None:
    before = (tmp_path / "shop/tasks.py").read_text()
    assert check("--add-noqa")[:2] == (0, [])
    after = (tmp_path / "shop/tasks.py").read_text()
    assert after == before.replace("def shown(self): ...", "def shown(self): ...  # noqa: CEL201")
    assert check("--add-noqa")[:2] == (0, [])
    assert (tmp_path / "shop/tasks.py").read_text() == after
    assert (tmp_path / "shop/plain.py").read_text() == PLAIN


def test_a_baseline_is_written_used_and_pruned(check: Any, tmp_path: Path) -> None:
    with_it = "--baseline=known.json"
    assert check(with_it, "--write-baseline")[:2] == (0, [])
    assert check(with_it)[:2] == (0, [])
    in_tasks(tmp_path, "def fine(x)", "def fine(self, x)")
    in_tasks(tmp_path, "noqa: E501, CEL201", "noqa: E501")
    assert check(with_it)[:2] == (1, ["shop/tasks.py:13 CEL201"])
    in_tasks(tmp_path, "def shown(self)", "def shown()")
    before = (tmp_path / "known.json").read_text()
    code, found, said = check(with_it)
    assert (code, found) == (1, ["shop/tasks.py:13 CEL201"])
    assert "--prune-baseline" in said
    assert (tmp_path / "known.json").read_text() == before
    assert "--prune-baseline" not in check(with_it, "shop/plain.py")[2]
    check(with_it, "--prune-baseline")
    assert '"findings": []' in (tmp_path / "known.json").read_text()


def test_what_is_known_is_not_mended(check: Any, tmp_path: Path) -> None:
    check("--baseline=known.json", "--write-baseline")
    before = (tmp_path / "shop/tasks.py").read_text()
    assert check("--baseline=known.json", "--fix")[0] == 0
    assert (tmp_path / "shop/tasks.py").read_text() == before


def test_a_wrong_baseline_is_one_clear_error(check: Any, tmp_path: Path) -> None:
    (tmp_path / "known.json").write_text("{")
    code, found, said = check("--baseline=known.json")
    assert (code, found) == (2, [])
    assert f"{tmp_path / 'known.json'}: expected JSON" in said
    for option in ("--write-baseline", "--prune-baseline"):
        code, found, said = check(option)
        assert (code, found) == (2, [])
        assert "--baseline FILE" in said

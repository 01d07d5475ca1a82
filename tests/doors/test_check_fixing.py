"""`check --fix` and its kin as a process: what is written and printed, how it ends (as ruff)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command import celery_patterns

HEAD = "from celery import shared_task\n\n\n"
# Mended by a safe fix; by an unsafe one; by nobody but its author.
SAFE = "@shared_task\ndef ship(self, pk):\n    return pk\n"
UNSAFE = "def call(pk):\n    ship.apply((pk,))\n"
ASYNC = "@shared_task\nasync def wait(pk): ...\n"
BOUND = SAFE.replace("task\n", "task(bind=True)\n")
SENT = UNSAFE.replace("apply(", "apply_async(")
SHOP = f"{HEAD}{SAFE}\n\n{UNSAFE}\n\n{ASYNC}"
MENDED = SHOP.replace(SAFE, BOUND)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The one file of a project, with a finding of each kind."""
    (tmp_path / "pyproject.toml").touch()
    path = tmp_path / "tasks.py"
    path.write_text(SHOP)
    return path


class Ran:
    """How `check` ended: its exit code, the codes of what it reports, and its last line."""

    def __init__(self, file: Path, *options: str, stdin: str = "") -> None:
        done = celery_patterns("check", *options, folder=file.parent, stdin=stdin)
        self.out, self.err = done.stdout, done.stderr
        self.code = done.returncode
        self.last = (self.err.splitlines() or [""])[-1]
        self.text = file.read_text()

    @staticmethod
    def codes(text: str) -> list[str]:
        return [line.split()[1] for line in text.splitlines() if ": CEL" in line]


ALL = ["CEL201", "CEL109", "CEL203"]


class TestNothingIsWritten:
    def test_unless_it_is_asked_for(self, file: Path) -> None:
        ran = Ran(file)
        assert (ran.code, ran.codes(ran.out), ran.text) == (1, ALL, SHOP)
        assert "[*] 1 fixable with --fix, 1 more with --fix --unsafe-fixes." in ran.err

    def test_by_unsafe_fixes_alone(self, file: Path) -> None:
        ran = Ran(file, "--unsafe-fixes")
        assert (ran.code, ran.codes(ran.out), ran.text) == (1, ALL, SHOP)
        assert "[*] 2 fixable with --fix." in ran.err

    def test_by_a_diff(self, file: Path) -> None:
        """Whether or not --fix is said, too."""
        for options in (["--diff"], ["--fix", "--diff", "--unsafe-fixes"]):
            ran = Ran(file, *options)
            assert (ran.code, ran.text) == (1, SHOP)
            lines = [line for line in ran.out.splitlines() if line[:1] in "+-"]
            assert lines[:4] == [
                "--- a/tasks.py",
                "+++ b/tasks.py",
                "-@shared_task",
                "+@shared_task(bind=True)",
            ]
            assert len(lines) == (6 if "--unsafe-fixes" in options else 4)
        assert ran.last == "Would fix 2 findings."

    def test_by_a_diff_without_a_fix(self, file: Path) -> None:
        ran = Ran(file, "--diff", "--select=CEL203")
        assert (ran.code, ran.out, ran.last) == (0, "", "There is nothing to fix.")

    def test_where_a_diff_is_let_pass(self, file: Path) -> None:
        ran = Ran(file, "--diff", "--exit-zero")
        assert (ran.code, ran.text) == (0, SHOP)


class TestFix:
    def test_what_is_left_is_reported(self, file: Path) -> None:
        ran = Ran(file, "--fix")
        assert (ran.code, ran.codes(ran.out), ran.text) == (1, ALL[1:], MENDED)
        assert ran.last.startswith("Fixed 1 finding, 2 left. ")

    def test_unsafe_ones_too(self, file: Path) -> None:
        ran = Ran(file, "--fix", "--unsafe-fixes", "--show-fixes")
        assert (ran.code, ran.codes(ran.out)) == (1, ALL[2:])
        assert ran.text == MENDED.replace(UNSAFE, SENT)
        assert ran.err.splitlines()[:2] == [
            "tasks.py: CEL109 Write apply_async",
            "tasks.py: CEL201 Add bind=True",
        ]

    def test_all_there_is(self, file: Path) -> None:
        ran = Ran(file, "--fix", "--select=CEL201")
        assert (ran.code, ran.out, ran.text) == (0, "", MENDED)
        assert ran.last.startswith("Fixed 1 finding, none left. ")

    def test_and_fail(self, file: Path) -> None:
        ran = Ran(file, "--fix", "--select=CEL201", "--exit-non-zero-on-fix")
        assert (ran.code, ran.out, ran.text) == (1, "", MENDED)
        ran = Ran(file, "--fix", "--select=CEL201", "--exit-non-zero-on-fix")
        assert ran.code == 0

    def test_and_nothing_else(self, file: Path) -> None:
        ran = Ran(file, "--fix-only")
        assert (ran.code, ran.out, ran.text) == (0, "", MENDED)
        file.write_text(SHOP)
        ran = Ran(file, "--fix-only", "--exit-non-zero-on-fix", "-q")
        assert (ran.code, ran.out, ran.err, ran.text) == (1, "", "", MENDED)

    def test_what_comes_to_light_in_another_file_is_reported(self, file: Path) -> None:
        """How a task is called is judged once it is clear how many arguments it takes."""
        call = "from tasks import ship\n\nship.delay(1, 2)\n"
        (file.parent / "calls.py").write_text(call)
        assert "CEL105" not in Ran(file).out
        ran = Ran(file, "--fix")
        assert (ran.codes(ran.out), ran.text) == (["CEL105", *ALL[1:]], MENDED)


class TestStandardInput:
    """What was mended comes out, so that an editor can take it; all else goes to stderr."""

    def test_without_a_fix_it_is_a_report(self, file: Path) -> None:
        ran = Ran(file, "-", "--stdin-filename=tasks.py", stdin=SHOP)
        assert (ran.code, ran.codes(ran.out)) == (1, ALL)

    def test_mended(self, file: Path) -> None:
        ran = Ran(file, "--fix", "-", "--stdin-filename=other.py", stdin=SHOP)
        assert (ran.code, ran.out, ran.codes(ran.err)) == (1, MENDED, ALL[1:])
        assert not (file.parent / "other.py").exists()
        assert ran.text == SHOP

    def test_mended_alone(self, file: Path) -> None:
        ran = Ran(file, "--fix-only", "-", stdin=SHOP)
        assert (ran.code, ran.out, ran.codes(ran.err)) == (0, MENDED, [])

    def test_without_anything_to_mend_it_is_passed_on(self, file: Path) -> None:
        for text in ("", "x = 1", f"{HEAD}{BOUND}"):
            ran = Ran(file, "--fix", "-", stdin=text)
            assert (ran.code, ran.out) == (0, text)

    def test_as_a_diff(self, file: Path) -> None:
        ran = Ran(file, "--diff", "-", "--stdin-filename=tasks.py", stdin=SHOP)
        assert ran.code == 1
        assert "+@shared_task(bind=True)\n" in ran.out
        assert ran.last == "Would fix 1 finding."

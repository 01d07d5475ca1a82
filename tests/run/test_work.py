"""Many files in several processes: the same results in the same order, whatever happens there."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from flake8_celery_patterns.options import SettingsError
from flake8_celery_patterns.run import lint, work
from flake8_celery_patterns.run.files import targets
from flake8_celery_patterns.run.result import FileResult, Target
from flake8_celery_patterns.run.work import lint_targets
from flake8_celery_patterns.settings import Values
from tests.command import COMMAND
from tests.runs import NO_CACHE, Runs

TASK = "@shared_task\ndef task_{0}(self, pk):\n    return pk\n\n\n"
FILES = 12
JOBS = 3


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project of a few large files; as many findings in each as its number says."""
    (tmp_path / "pyproject.toml").touch()
    for number in range(FILES):
        tasks = "".join(map(TASK.format, range(number)))
        padding = "# Something that takes no time at all.\n" * (500 if number % 2 else 400)
        (tmp_path / f"m{number}.py").write_text(
            f"from celery import shared_task\n\n\n{tasks}{padding}"
        )
    return tmp_path


def files_of(root: Path) -> list[Target]:
    return targets(["."], NO_CACHE, folder=root)


Act = Callable[[Target], None]
Acting = Callable[[Act], None]


@pytest.fixture
def acting(monkeypatch: pytest.MonkeyPatch) -> Acting:
    """Lets something happen in whichever process lints a file."""

    def let(act: Act) -> None:
        real = lint.lint_target

        def lint_target(target: Target, given: Values) -> FileResult | None:
            act(target)
            return real(target, given)

        # So that it is found when it arrives in the other process.
        lint_target.__qualname__ = "lint_target"
        lint_target.__module__ = work.__name__
        monkeypatch.setattr(work, "lint_target", lint_target)

    return let


def in_own_process(act: Act) -> Act:
    """`act`, but never in the process of the tests."""
    ours = os.getpid()

    def acting(target: Target) -> None:
        if os.getpid() != ours:
            act(target)

    return acting


def codes(results: tuple[FileResult, ...]) -> dict[str, list[str]]:
    return {r.target.path.stem: [f.code for f in r.findings] for r in results}


EXPECTED = {f"m{n}": ["CEL201"] * n for n in range(FILES)}


class TestOrder:
    @pytest.mark.parametrize("jobs", [1, 2, JOBS, 100])
    def test_is_that_of_the_targets(self, root: Path, jobs: int) -> None:
        files = files_of(root)
        for given in (files, files[::-1]):
            results = lint_targets(given, NO_CACHE, jobs)
            assert [result.target for result in results] == given
            assert codes(results) == EXPECTED

    def test_each_file_is_counted_when_it_is_done(self, root: Path) -> None:
        (root / "other.py").write_text("x = 1\n")
        done = []
        lint_targets(files_of(root), NO_CACHE, JOBS, lambda: done.append(1))
        assert len(done) == FILES + 1

    def test_no_files(self) -> None:
        assert lint_targets([], NO_CACHE, JOBS) == ()

    def test_what_others_found_is_remembered(
        self, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        runs = Runs(root, monkeypatch)
        for file in root.glob("*.py"):
            os.utime(file, (1, 1))
        first = runs(jobs=JOBS)
        assert (first.linted, first.reads) == ([], FILES)
        second = runs()
        assert (second.linted, second.reads, second.report) == ([], 0, first.report)


class TestProcesses:
    def test_small_runs_need_no_second_one(
        self, root: Path, acting: Acting, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(work, "_in_processes", None)
        linted = []
        acting(lambda target: linted.append(target.path.stem))
        small = [file for file in files_of(root) if file.path.stat().st_size < 16_000][:2]
        assert len(lint_targets(small, NO_CACHE, JOBS)) == 2
        assert len(lint_targets(files_of(root), NO_CACHE, 1)) == FILES
        assert len(linted) == 2 + FILES

    def test_they_take_the_largest_file_first(self, root: Path, acting: Acting) -> None:
        order: list[Path] = []
        acting(lambda target: order.append(target.path))
        lint_targets(files_of(root), NO_CACHE, 1)
        sizes = [path.stat().st_size for path in order]
        assert sizes == sorted(sizes, reverse=True)

    def test_there_is_more_than_one(self, root: Path, acting: Acting) -> None:
        noted = root / "processes"
        noted.mkdir()
        acting(lambda target: (noted / str(os.getpid())).touch())
        lint_targets(files_of(root), NO_CACHE, JOBS)
        names = {int(path.name) for path in noted.iterdir()}
        assert 1 <= len(names) <= JOBS
        assert os.getpid() not in names

    def test_where_there_may_be_none(
        self, root: Path, acting: Acting, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def missing() -> None:
            raise OSError("no shared memory")

        monkeypatch.setattr(multiprocessing, "Lock", missing)
        linted = []
        acting(lambda target: linted.append(target.path.stem))
        assert codes(lint_targets(files_of(root), NO_CACHE, JOBS)) == EXPECTED
        assert len(linted) == FILES

    def test_a_wrong_setting_ends_the_run(self, root: Path, acting: Acting) -> None:
        """Also one that was made wrong when other processes were at work."""

        def refuse(target: Target) -> None:
            raise SettingsError("pyproject.toml: mend it")

        acting(in_own_process(refuse))
        with pytest.raises(SettingsError, match=r"^pyproject\.toml: mend it$"):
            lint_targets(files_of(root), NO_CACHE, JOBS)
        (root / "pyproject.toml").write_text("[tool.celery-patterns]\nselekt = 1\n")
        lint.forget()
        with pytest.raises(SettingsError, match="selekt"):
            lint_targets([Target(root / "m1.py", "m1.py")], NO_CACHE, JOBS)


@pytest.mark.skipif(sys.platform != "linux", reason="what happens is told to forked processes")
class TestDeath:
    def died(self, root: Path, acting: Acting, how: Act, *names: str) -> dict[str, list[str]]:
        acting(in_own_process(lambda target: how(target) if target.path.stem in names else None))
        results = lint_targets(files_of(root), NO_CACHE, JOBS)
        assert [result.target for result in results] == files_of(root)
        return codes(results)

    @pytest.mark.parametrize(
        "how",
        [
            lambda target: os._exit(0),
            lambda target: os.kill(os.getpid(), signal.SIGKILL),
        ],
        ids=["exit", "killed"],
    )
    def test_costs_one_file(self, root: Path, acting: Acting, how: Act) -> None:
        assert self.died(root, acting, how, "m7") == {**EXPECTED, "m7": ["CEL001"]}

    @pytest.mark.parametrize("names", [("m11", "m9"), ("m0", "m1", "m2"), ("m3", "m10")])
    def test_costs_each_file_that_brings_it(
        self, root: Path, acting: Acting, names: tuple[str, ...]
    ) -> None:
        found = self.died(root, acting, lambda target: os._exit(1), *names)
        assert found == {**EXPECTED, **{name: ["CEL001"] for name in names}}

    def test_by_all_files(self, root: Path, acting: Acting) -> None:
        found = self.died(root, acting, lambda target: os._exit(1), *EXPECTED)
        assert found == {name: ["CEL001"] for name in EXPECTED}

    def test_that_comes_once_costs_nothing(self, root: Path, acting: Acting) -> None:
        """As when the system ran out of memory with several at work."""
        been = root / "been"

        def once(target: Target) -> None:
            if not been.exists():
                been.touch()
                os._exit(1)

        assert self.died(root, acting, once, "m7") == EXPECTED

    def test_is_said_in_one_sentence(self, root: Path, acting: Acting) -> None:
        acting(in_own_process(lambda target: os._exit(1)))
        files = files_of(root)[:4]
        (finding,) = lint_targets(files, NO_CACHE, JOBS)[0].findings
        assert finding.message == (
            "this file ended the process that linted it: exclude it, and report it"
        )


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send to a group")
def test_an_interrupt_ends_all_processes_without_a_flood(root: Path) -> None:
    """As Ctrl-C does, which the terminal sends to all of them."""
    for number in range(100):
        # Long to lint, so that it is not over before.
        (root / f"long{number}.py").write_text(
            "from celery import shared_task\n\n\n" + "".join(map(TASK.format, range(400)))
        )
    with subprocess.Popen(
        [COMMAND, "check", "-j2", "--no-cache"],
        cwd=root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        if children.exists():
            while process.poll() is None and len(children.read_text().split()) < 2:
                pass
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=120)
        assert process.returncode == 1
        assert out == ""
        assert err.split() == ["Aborted!"]
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def test_what_lives_is_frozen_once_a_process(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Frozen each time that `--watch` sees a change, garbage would pile up for good."""
    frozen = []
    monkeypatch.setattr(gc, "freeze", lambda: frozen.append(1))
    work._get_ready.cache_clear()
    for _ in range(3):
        work._get_ready()
    assert frozen == [1]

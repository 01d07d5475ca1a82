"""`check --watch`: a report now, and another one after each change that it may rest on."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Timer

import pytest

from flake8_celery_patterns.doors.cli import watch
from flake8_celery_patterns.project.project import CACHE_FOLDER
from tests.command import COMMAND, celery_patterns, usage_error
from tests.terminal import environment

pytest.importorskip("watchfiles")

TASKS = "from celery import shared_task\n\n\n@shared_task\ndef ship(pk): ...\n"
CALL = "from shop.tasks import ship\n\nship.delay(1)\n"
WAITING = "Waiting for changes; Ctrl-C ends it.\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    files = {"pyproject.toml": "", "shop/__init__.py": "", "shop/tasks.py": TASKS}
    for name, text in {**files, "shop/calls.py": CALL}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


class Watching:
    """The process, of which each report is read as a whole."""

    def __init__(self, root: Path, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [COMMAND, "check", "--watch", *arguments],
            cwd=root,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        # Far above what any report takes; only keeps a hang from stopping the whole test run.
        self._ceiling = Timer(240, self.process.kill)
        self._ceiling.start()

    def reports(self, *codes: str) -> bool:
        """Whether it comes to report these codes; a change may bring more than one report."""
        return self._comes_to(lambda said: tuple(re.findall(r": (CEL\d+) ", said)) == codes)

    def says(self, words: str) -> bool:
        """Whether it comes to a report that holds these words."""
        return self._comes_to(lambda said: words in said)

    def _comes_to(self, is_it: Callable[[str], bool]) -> bool:
        assert self.process.stdout is not None
        said = ""
        for line in self.process.stdout:
            said += line
            if line == WAITING:
                if is_it(said):
                    return True
                said = ""
        return False

    def end(self) -> None:
        self._ceiling.cancel()
        with self.process:
            self.process.kill()


def put(path: Path, text: str) -> None:
    """Write a file at once, as editors do: nobody sees a half of it."""
    (path.parent / "new~").write_text(text)
    (path.parent / "new~").replace(path)


@pytest.fixture
def watching(shop: Path) -> Iterator[Watching]:
    found = Watching(shop, "shop/calls.py")
    yield found
    found.end()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT to send")
def test_from_the_first_report_to_the_last(watching: Watching, shop: Path) -> None:
    """Of a file that rests on others, and on the settings."""
    table = "[tool.celery-patterns]\nignore = "
    assert watching.reports()
    put(shop / "shop/tasks.py", TASKS.replace("pk", "pk, by"))
    assert watching.reports("CEL105")
    put(shop / "pyproject.toml", f"{table}'CEL105'\n")
    assert watching.says("ignore: expected a list of codes")
    put(shop / "pyproject.toml", f"{table}['CEL105']\n")
    assert watching.says("No findings. Looked at ")
    put(shop / "pyproject.toml", "")
    assert watching.reports("CEL105")
    (shop / "shop/calls.py").rename(shop / "shop/calls.txt")
    assert watching.says("cannot look at 'shop/calls.py'")
    (shop / "shop/calls.txt").rename(shop / "shop/calls.py")
    assert watching.reports("CEL105")
    watching.process.send_signal(signal.SIGINT)
    assert "Traceback" not in watching.process.communicate()[0]
    assert watching.process.returncode == 0


def test_a_wrong_path_from_the_beginning_ends_it(shop: Path) -> None:
    done = celery_patterns("check", "--watch", "nothing.py", folder=shop)
    assert usage_error(done).startswith("cannot look at 'nothing.py'")


def test_without_watchfiles(shop: Path) -> None:
    """One line says what is missing, and how to get it."""
    program = (
        "import sys; sys.modules['watchfiles'] = None\n"
        "from flake8_celery_patterns.doors.cli.start import main\n"
        "main()\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program, "check", "--watch"],
        cwd=shop,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert usage_error(ran) == (
        "--watch needs watchfiles, which is not installed: "
        'pip install "flake8-celery-patterns[watch]"'
    )


@pytest.mark.parametrize(
    "name",
    (
        "tasks.py a.ipynb pyproject.toml Procfile compose.yaml requirements.txt start-worker.sh "
        ".gitignore bin/worker"
    ).split(),
)
def test_what_findings_rest_on_is_watched(name: str) -> None:
    assert watch._is_watched(None, f"/shop/{name}")


@pytest.mark.parametrize(
    "name",
    f"a.pyc db.sqlite3 a.png a.py~ {CACHE_FOLDER}/1/0.json {CACHE_FOLDER}/.gitignore".split(),
)
def test_nothing_else_is(name: str) -> None:
    assert not watch._is_watched(None, f"/shop/{name}")

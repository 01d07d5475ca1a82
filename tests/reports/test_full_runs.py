"""`--output-format full` of real runs: other files, colours, and streams that hold little."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from tests.projects.applications import PROJECTS
from tests.terminal import environment, in_terminal

CHECK = (str(Path(sys.executable).with_name("celery-patterns")), "check", "--no-cache", "--quiet")
ESCAPE = "\x1b["
SENDING = """
from celery import shared_task
from shop.tasks import größe

größe.delay(1, "\x1b[2J語", countdown=3600)
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a task in another file, and a control character in its source."""
    root = tmp_path_factory.mktemp("shop")
    (root / "pyproject.toml").touch()
    (root / "shop").mkdir()
    tasks = "from celery import shared_task\n\n\n@shared_task\ndef größe(a, b): ...\n"
    (root / "shop" / "tasks.py").write_text(tasks, encoding="utf-8")
    (root / "shop" / "sending.py").write_text(SENDING.lstrip(), encoding="utf-8")
    return root


def piped(folder: Path, *args: str, **env: str) -> str:
    """What a run in `folder` writes to a pipe; that it ends well is part of each test."""
    done = subprocess.run(
        [*CHECK, "--select=CEL101,CEL103", *args],
        cwd=folder,
        env=environment(**env),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, b"")
    return done.stdout.decode(env.get("PYTHONIOENCODING", "utf-8"))


def on_terminal(folder: Path, **env: str) -> str:
    """What a run in `folder` writes to a terminal; nobody names a format."""
    # In CI no progress is shown, however long the run takes.
    shown = environment(CI="1", **env)
    return in_terminal([*CHECK, "--select=CEL101,CEL103"], folder, shown)


@pytest.fixture(scope="module")
def django_shop() -> str:
    return piped(PROJECTS / "django_shop", "--output-format=full")


def test_the_task_and_the_model_in_other_files_have_frames_of_their_own(django_shop: str) -> None:
    block = next(part for part in django_shop.split("\n\n") if "views.py:21:" in part)
    assert block.splitlines()[1:] == (
        dedent(
            """\
              --> returns/views.py:21:37
               |
            19 |     def form_valid(self, form):
            20 |         return_request = form.save()
            21 |         tasks.remind_customer.delay(return_request)  # CEL101: 36
               |                                     ^^^^^^^^^^^^^^
            22 |         return JsonResponse({"return": return_request.pk}, status=201)
               |
              ::: returns/tasks.py:39:5
               |
            39 | def remind_customer(return_request, channel="email"):
               |     --------------- task defined here
               |
              ::: returns/models.py:22:7
               |
            22 | class ReturnRequest(models.Model):
               |       ------------- model defined here
               |
            help: Pass the primary key (unsafe fix: --fix --unsafe-fixes)
               |
            21 -         tasks.remind_customer.delay(return_request)  # CEL101: 36
            21 +         tasks.remind_customer.delay(return_request.pk)  # CEL101: 36
            """
        ).splitlines()
    )


def test_in_a_pipe_sentences_are_whole_and_nothing_is_coloured(django_shop: str) -> None:
    assert ESCAPE not in django_shop
    headers = re.findall(r"^CEL.*\n *--> ", django_shop, re.MULTILINE)
    assert len(headers) == len(re.findall(r"^ *--> ", django_shop, re.MULTILINE)) > 20


def test_what_a_source_holds_does_nothing_to_a_terminal(shop: Path) -> None:
    shown = on_terminal(shop, NO_COLOR="1")
    assert ESCAPE not in shown
    assert r'4 | größe.delay(1, "\x1b[2J語", countdown=3600)' in shown
    assert f"  | {' ' * 28}{'^' * 14}\n" in shown


def test_a_terminal_gets_frames_in_colours(shop: Path) -> None:
    shown = on_terminal(shop)
    assert f"{ESCAPE}1;31mCEL103{ESCAPE}0m" in shown
    assert f"{ESCAPE}1;31m^^^^^^^^^^^^^^{ESCAPE}0m" in shown
    assert f"{ESCAPE}1;34m----- task defined here{ESCAPE}0m" in shown
    # Without its colours it is what a terminal without any gets.
    assert re.sub(r"\x1b\[[\d;]*m", "", shown) == on_terminal(shop, NO_COLOR="1")


def test_a_dumb_terminal_gets_none(shop: Path) -> None:
    assert ESCAPE not in on_terminal(shop, TERM="dumb")


def test_who_forces_colours_gets_them_in_a_pipe(shop: Path) -> None:
    assert f"{ESCAPE}1;31mCEL103{ESCAPE}0m" in piped(shop, "--output-format=full", FORCE_COLOR="1")


@pytest.mark.parametrize(("encoding", "name"), [("ascii", r"gr\xf6\xdfe"), ("cp1252", "größe")])
def test_a_stream_that_holds_little_gets_the_rest_escaped(
    shop: Path, encoding: str, name: str
) -> None:
    shown = piped(shop, "--output-format=full", PYTHONIOENCODING=encoding)
    assert rf'4 | {name}.delay(1, "\x1b[2J\u8a9e", countdown=3600)' in shown

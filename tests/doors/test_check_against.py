"""`check --against REV` as a process: changed tasks beside all that is found otherwise."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.command import celery_patterns, usage_error
from tests.history.repositories import NEW, OLD, Work, shop

ALSO = "\n\n@shared_task\ndef bound(self): ...\n"


@pytest.fixture
def work(tmp_path: Path) -> Work:
    return shop(tmp_path / "work")


def checked(work: Work, *options: str) -> tuple[int, list[str]]:
    """The exit code, and the place and code of each finding."""
    done = celery_patterns("check", "--no-cache", *options, folder=work.folder)
    return done.returncode, re.findall(r"^\S+: CEL\d+", done.stdout, re.MULTILINE)


def test_nothing_has_changed(work: Work) -> None:
    assert checked(work, "--against=HEAD") == (0, [])


def test_what_breaks_messages_in_flight(work: Work) -> None:
    work.write({"shop/tasks.py": NEW + ALSO})
    assert checked(work) == (1, ["shop/tasks.py:10:11: CEL201"])
    both = ["shop/tasks.py:5:28: CEL121", "shop/tasks.py:10:11: CEL201"]
    assert checked(work, "--against=HEAD", "-j2") == (1, both)
    assert checked(work, "--against=HEAD", "--select=CEL12") == (1, both[:1])
    work.write({"shop/tasks.py": NEW.replace("address):", "address):  # noqa: CEL121")})
    assert checked(work, "--against=HEAD") == (0, [])


def test_a_fix_beside_it(work: Work) -> None:
    work.write({"shop/tasks.py": NEW + ALSO})
    assert checked(work, "--against=HEAD", "--fix") == (1, ["shop/tasks.py:5:28: CEL121"])


def test_what_cannot_be_compared_is_one_clear_error(work: Work, tmp_path: Path) -> None:
    done = celery_patterns("check", "--against=nowhere", folder=work.folder)
    assert "'nowhere'" in usage_error(done)
    (tmp_path / "plain").mkdir()
    done = celery_patterns("check", "--against=HEAD", folder=tmp_path / "plain")
    assert "is not in a git work tree" in usage_error(done)
    assert (work.folder / "shop/tasks.py").read_text() == OLD

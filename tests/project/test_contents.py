"""What did not change is not read again; what may have changed unseen is."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from flake8_celery_patterns.project.cache import Cache
from flake8_celery_patterns.project.contents import Contents
from flake8_celery_patterns.project.journal import digest_of
from flake8_celery_patterns.project.stamps import is_settled, settled, stamp

LONG_AGO = 1_600_000_000_000_000_000  # nanoseconds


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file that was last changed long ago."""
    path = tmp_path / "a.py"
    write(path, b"x = 1")
    return path


def write(path: Path, content: bytes, changed: int = LONG_AGO) -> None:
    path.write_bytes(content)
    os.utime(path, ns=(changed, changed))


def contents(tmp_path: Path, version: str = "1") -> Contents:
    """As a process finds them."""
    return Contents(Cache(tmp_path / "cache", "1"), version)


def noted(file: Path, tmp_path: Path) -> str:
    """Read a file, and keep what was learnt; give its digest."""
    there = contents(tmp_path)
    digest = there.note(file, file.read_bytes(), settled(file), concerned=True)
    there.save()
    return digest


class TestKnown:
    def test_nothing_of_what_was_never_read(self, file: Path, tmp_path: Path) -> None:
        assert contents(tmp_path).known(file) is None

    def test_what_was_read_by_this_process(self, file: Path, tmp_path: Path) -> None:
        there = contents(tmp_path)
        digest = there.note(file, b"x = 1", settled(file), concerned=False)
        assert digest == digest_of(b"x = 1")
        assert there.known(file) == (digest, False)
        assert there.reads == 1

    def test_what_was_read_by_another(self, file: Path, tmp_path: Path) -> None:
        digest = noted(file, tmp_path)
        there = contents(tmp_path)
        assert there.known(file) == (digest, True)
        assert there.reads == 0

    def test_not_by_another_version(self, file: Path, tmp_path: Path) -> None:
        noted(file, tmp_path)
        assert contents(tmp_path, "2").known(file) is None

    def test_not_what_nobody_saved(self, file: Path, tmp_path: Path) -> None:
        contents(tmp_path).note(file, b"x = 1", settled(file), concerned=True)
        assert contents(tmp_path).known(file) is None


class TestChanged:
    def test_size(self, file: Path, tmp_path: Path) -> None:
        noted(file, tmp_path)
        write(file, b"x = 10")
        assert contents(tmp_path).known(file) is None

    def test_time(self, file: Path, tmp_path: Path) -> None:
        noted(file, tmp_path)
        write(file, b"x = 2", LONG_AGO + 1)
        assert contents(tmp_path).known(file) is None

    def test_time_of_the_inode_alone(self, file: Path, tmp_path: Path) -> None:
        noted(file, tmp_path)
        before = file.stat().st_ctime_ns
        while file.stat().st_ctime_ns == before:  # a tick of the file system's clock
            write(file, b"x = 2")
        assert contents(tmp_path).known(file) is None

    @pytest.mark.parametrize("name", ["gone.py", "null\0byte.py"])
    def test_not_there(self, file: Path, tmp_path: Path, name: str) -> None:
        there = contents(tmp_path)
        there.note(tmp_path / name, b"", settled(file), concerned=True)
        assert there.known(tmp_path / name) is None

    def test_while_it_was_read(self, file: Path, tmp_path: Path) -> None:
        """Its stamp is from before: of the old content, with which it never shows again."""
        there, before = contents(tmp_path), settled(file)
        write(file, b"x = 2", LONG_AGO + 1)
        there.note(file, file.read_bytes(), before, concerned=True)
        assert there.known(file) is None


class TestSettled:
    def test_changed_long_ago(self, file: Path) -> None:
        assert settled(file) == stamp(file.stat())

    def test_changed_a_moment_ago(self, file: Path) -> None:
        now = time.time_ns()
        write(file, b"", now)
        found = stamp(file.stat())
        assert not is_settled(found, now)
        assert not is_settled(found, now + 20_000_000)
        assert is_settled(found, now + 20_000_001)

    def test_changed_in_the_future(self, file: Path) -> None:
        """A clock that is wrong must not make each run read it again."""
        write(file, b"", 4_000_000_000_000_000_000)
        assert settled(file) is not None

    def test_what_is_not_settled_is_not_remembered(self, file: Path, tmp_path: Path) -> None:
        there = contents(tmp_path)
        there.note(file, b"x = 1", None, concerned=True)
        assert there.known(file) is None


class TestSave:
    def test_keeps_what_others_were_asked_about(self, file: Path, tmp_path: Path) -> None:
        digest = noted(file, tmp_path)
        write(tmp_path / "b.py", b"")
        noted(tmp_path / "b.py", tmp_path)
        assert contents(tmp_path).known(file) == (digest, True)

    def test_writes_nothing_without_news(self, file: Path, tmp_path: Path) -> None:
        noted(file, tmp_path)
        cache = Cache(tmp_path / "cache", "1")
        there = Contents(cache, "1")
        assert there.known(file)
        there.save()
        assert cache.writes == 0

    def test_without_a_cache(self, file: Path) -> None:
        there = Contents(Cache(None, ""), "1")
        there.note(file, b"x = 1", settled(file), concerned=True)
        there.save()
        assert there.known(file)

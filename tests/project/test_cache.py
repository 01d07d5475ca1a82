"""What is kept on disk: found again, never wrong, never in the way."""

from __future__ import annotations

import contextlib
import errno
import json
import multiprocessing
import os
import random
import resource
import tempfile
from collections.abc import Callable, Iterator
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest

from flake8_celery_patterns.project.cache import SIGNATURE, Cache

VALUE = {"tasks": [["send", 3, None, True, 1.5]], "text": 'quoted " \\ \n caf\u00e9 \U0001f600'}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def entries(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.json") if path.is_file())


def entry_of(folder: Path, key: str, value: Any = VALUE, version: str = "1") -> Path:
    """The file that holds `key`, put there now."""
    before = entries(folder)
    Cache(folder, version).put(key, value)
    (entry,) = set(entries(folder)) - set(before)
    return entry


def everything_below(folder: Path) -> dict[str, bytes | None]:
    """Contents by name; None for a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
    }


class TestBrokenEntries:
    """Whatever bytes an entry holds: the right value or none, and the next `put` mends it."""

    def check(self, folder: Path, entry: Path, broken: bytes) -> None:
        entry.write_bytes(broken)
        assert Cache(folder, "1").get("key") is None

    def test_cut_short_at_every_byte(self, folder: Path) -> None:
        entry = entry_of(folder, "key")
        whole = entry.read_bytes()
        for length in range(len(whole)):
            self.check(folder, entry, whole[:length])
        Cache(folder, "1").put("key", VALUE)
        assert entry.read_bytes() == whole
        assert Cache(folder, "1").get("key") == VALUE

    def test_every_byte_changed(self, folder: Path) -> None:
        entry = entry_of(folder, "key")
        whole = entry.read_bytes()
        cache = Cache(folder, "1")
        for place in range(len(whole)):
            for change in (0x01, 0x80):
                changed = bytearray(whole)
                changed[place] ^= change
                entry.write_bytes(changed)
                assert cache.get("key") in (None, VALUE)

    def test_every_range_overwritten(self, folder: Path) -> None:
        entry = entry_of(folder, "key", value=[1, "two"])
        whole = entry.read_bytes()
        noise = random.Random(1)
        for start in range(len(whole)):
            for end in range(start + 1, len(whole) + 1, 17):
                garbage = noise.randbytes(end - start)
                if garbage != whole[start:end]:
                    entry.write_bytes(whole[:start] + garbage + whole[end:])
                    assert Cache(folder, "1").get("key") in (None, [1, "two"])
        self.check(folder, entry, noise.randbytes(len(whole)))

    def test_value_edited(self, folder: Path) -> None:
        entry = entry_of(folder, "key", value=[1000])
        whole = entry.read_bytes()
        assert b"1000" in whole
        self.check(folder, entry, whole.replace(b"1000", b"2000"))

    def test_another_keys_entry(self, folder: Path) -> None:
        entry = entry_of(folder, "key", value="mine")
        other = entry_of(folder, "other", value="not mine")
        other.replace(entry)
        cache = Cache(folder, "1")
        assert cache.get("key") is None
        assert cache.get("other") is None
        cache.put("key", "mine")
        assert cache.get("key") == "mine"

    def test_another_keys_entry_under_this_key(self, folder: Path) -> None:
        entry = entry_of(folder, "key", value="mine")
        other = json.loads(entry_of(folder, "other", value="not mine").read_bytes())
        self.check(folder, entry, json.dumps({**other, "key": "key"}).encode())

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"null",
            b"[]",
            b"{}",
            b'"text"',
            b"1" * 5000,
            b"[" * 200_000,
            b'{"a":' * 100_000,
            b"\xff\xfe",
            b"\0" * 100,
            b'{"key":"key"}',
            b'{"key":"key","sum":"","payload":1}',
            b'{"key":"key","sum":"","payload":{"a":1}}',
            b'{"key":"key","sum":1,"payload":"1"}',
        ],
        ids=range(14),
    )
    def test_content_of_another_shape(self, folder: Path, content: bytes) -> None:
        self.check(folder, entry_of(folder, "key"), content)

    def test_file_too_large_to_be_ours(self, folder: Path) -> None:
        entry = entry_of(folder, "key")
        with entry.open("ab") as file:
            file.truncate(1 << 40)  # with a hole: takes no room on the disk
        assert Cache(folder, "1").get("key") is None

    def test_pipe_does_not_hang(self, folder: Path) -> None:
        entry = entry_of(folder, "key")
        entry.unlink()
        os.mkfifo(entry)
        cache = Cache(folder, "1")
        assert cache.get("key") is None
        cache.put("key", 1)
        assert cache.get("key") == 1

    def test_folder_in_the_place_of_an_entry(self, folder: Path) -> None:
        entry = entry_of(folder, "key")
        entry.unlink()
        entry.mkdir()
        before = len(os.listdir("/dev/fd"))
        cache = Cache(folder, "1")
        assert cache.get("key") is None
        cache.put("key", 1)
        assert cache.get("key") is None
        assert len(os.listdir("/dev/fd")) == before

    def test_other_versions_entries_are_not_seen(self, folder: Path) -> None:
        Cache(folder, "1").put("key", "old")
        assert Cache(folder, "2").get("key") is None


class TestDisksThatRefuse:
    def test_file_where_the_folder_should_be(self, folder: Path) -> None:
        folder.write_bytes(b"text")
        cache = Cache(folder, "1")
        cache.put("key", 1)
        assert cache.get("key") is None
        assert cache.writes == 0
        assert folder.read_bytes() == b"text"

    def test_file_where_a_parent_should_be(self, folder: Path) -> None:
        folder.write_bytes(b"text")
        cache = Cache(folder / "deeper/cache", "1")
        cache.put("key", 1)
        assert cache.get("key") is None

    @pytest.mark.parametrize("up", [0, 1], ids=["two digits", "version"])
    def test_file_where_a_folder_below_should_be(self, folder: Path, up: int) -> None:
        entry = entry_of(folder, "key")
        entry.unlink()
        entry.parent.rmdir()
        if up:
            entry.parents[1].rmdir()
        entry.parents[up].write_bytes(b"text")
        cache = Cache(folder, "1")
        cache.put("key", 1)
        assert cache.get("key") is None
        assert cache.writes == 0

    @pytest.mark.parametrize("name", ["nul\0byte", "\ud800", "x" * 300])
    def test_folder_that_cannot_be(self, tmp_path: Path, name: str) -> None:
        for within in (None, tmp_path):
            cache = Cache(tmp_path / name, "1", within=within)
            assert cache.get("key") is None
            cache.put("key", 1)
            assert cache.get("key") is None
        assert everything_below(tmp_path) == {}

    @pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EDQUOT])
    def test_no_room_for_the_name(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch, code: int
    ) -> None:
        Cache(folder, "1").put("kept", 1)
        asked: list[str] = []

        def replace(source: str, target: str) -> None:
            asked.append(target)
            raise OSError(code, os.strerror(code))

        monkeypatch.setattr(os, "replace", replace)
        cache = Cache(folder, "1")
        cache.put("key", 1)
        cache.put("another", 1)
        assert len(asked) == 1
        assert cache.writes == 0
        assert cache.get("key") is None
        assert cache.get("kept") == 1
        assert not list(folder.rglob("*.tmp"))

    def test_folder_that_vanishes_each_time(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def replace(source: str, target: str) -> None:
            raise FileNotFoundError(source)

        monkeypatch.setattr(os, "replace", replace)
        cache = Cache(folder, "1")
        cache.put("key", 1)
        assert cache.writes == 0

    def test_folder_removed_meanwhile(self, folder: Path) -> None:
        cache = Cache(folder, "1")
        cache.put("key", 1)
        for path in sorted(folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        folder.rmdir()
        assert cache.get("key") is None
        cache.put("key", 2)
        assert cache.get("key") == 2

    def test_full_disk(self, folder: Path) -> None:
        Cache(folder, "1").put("kept", 1)
        run_in_processes([(write_to_a_full_disk, (folder,))])
        assert Cache(folder, "1").get("kept") == 1
        assert not list(folder.rglob("*.tmp"))

    def test_full_disk_at_the_first_write(self, folder: Path) -> None:
        run_in_processes([(write_to_a_full_disk, (folder,))])
        assert everything_below(folder) == {}
        Cache(folder, "1").put("key", 1)
        assert (folder / "CACHEDIR.TAG").read_bytes().startswith(SIGNATURE)

    @pytest.mark.parametrize("mode", [0o555, 0o000], ids=["read-only", "closed"])
    def test_permissions(self, mode: int) -> None:
        with other_users_can_enter() as top:
            folder = top / "cache"
            Cache(folder, "1").put("kept", 1)
            folders = sorted(path for path in [folder, *folder.rglob("*")] if path.is_dir())
            for path in reversed(folders):
                path.chmod(mode)
            try:
                run_in_processes([(use_without_rights, (folder, mode == 0o555))])
            finally:
                for path in folders:
                    path.chmod(0o755)
            assert len(entries(folder)) == 1

    def test_tree_that_is_read_only(self) -> None:
        with other_users_can_enter() as top:
            top.chmod(0o555)
            run_in_processes([(use_without_rights, (top / "cache", False))])
            top.chmod(0o755)
            assert everything_below(top) == {}


@contextlib.contextmanager
def other_users_can_enter() -> Iterator[Path]:
    # tmp_path is closed to others; as root, permissions bind only who gives root up.
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        top.chmod(0o755)
        yield top


def use_without_rights(folder: Path, readable: bool) -> None:
    if os.getuid() == 0:
        os.setuid(65534)
    cache = Cache(folder, "1")
    assert cache.get("kept") == (1 if readable else None)
    cache.put("key", 1)
    cache.put("kept", 2)
    assert cache.writes == 0
    assert cache.get("key") is None
    assert cache.get("kept") == (1 if readable else None)


def write_to_a_full_disk(folder: Path) -> None:
    # To a process that may write no byte to a file, each disk is full.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    cache = Cache(folder, "1")
    cache.put("key", 1)
    assert cache.writes == 0
    assert cache.get("key") is None


class TestSeveralProcesses:
    def test_same_keys_at_once(self, folder: Path) -> None:
        barrier = multiprocessing.get_context("spawn").Barrier(2)
        run_in_processes([(write_and_read, (folder, barrier, writer)) for writer in ("one", "two")])
        cache = Cache(folder, "1")
        for number in range(KEYS):
            value = cache.get(f"key {number}")
            assert value is not None
            assert value["key"] == number
            assert value["writer"] in ("one", "two")
        assert len(entries(folder)) == KEYS
        assert not list(folder.rglob("*.tmp"))
        assert (folder / "CACHEDIR.TAG").read_bytes().startswith(SIGNATURE)
        assert (folder / ".gitignore").read_bytes() == b"*\n"

    def test_two_versions_at_once(self, folder: Path) -> None:
        """Each removes the other's folder again and again; both find what they can, none fails."""
        barrier = multiprocessing.get_context("spawn").Barrier(2)
        run_in_processes([(write_under, (folder, barrier, version)) for version in ("1", "2")])
        assert not list(folder.rglob("*.tmp"))


KEYS = 40
TURNS = 5


def write_and_read(folder: Path, barrier: Barrier, writer: str) -> None:
    cache = Cache(folder, "1")
    barrier.wait(60)
    for turn in range(TURNS):
        for number in range(KEYS):
            # Of different lengths, so that a mixture of two writes could not go unseen.
            value = {"key": number, "writer": writer, "filling": writer * 100 * (turn + number)}
            cache.put(f"key {number}", value)
            found = cache.get(f"key {number}")
            assert found is not None
            assert found["key"] == number
            assert set(found["filling"]) <= set(found["writer"])
    assert cache.writes == TURNS * KEYS


def write_under(folder: Path, barrier: Barrier, version: str) -> None:
    barrier.wait(60)
    for turn in range(50):
        cache = Cache(folder, version)
        for number in range(4):
            cache.put(f"key {number}", [version, turn, number])
            assert cache.get(f"key {number}") in (None, [version, turn, number])


def run_in_processes(calls: list[tuple[Callable[..., None], tuple[Any, ...]]]) -> None:
    """Run each call in a fresh interpreter, all at the same time; all must end well."""
    context = multiprocessing.get_context("spawn")
    children = [context.Process(target=target, args=arguments) for target, arguments in calls]
    for child in children:
        child.start()
    for child in children:
        child.join(120)
    for child in children:
        if child.exitcode is None:
            child.kill()
    assert [child.exitcode for child in children] == [0] * len(children)

"""Clearing the cache, and what is taken out of it by itself: our own entries, and nothing else."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from flake8_celery_patterns.project.cache import SIGNATURE, Cache

_HOUR = 60 * 60  # seconds
_DAY = 24 * _HOUR


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def filled(folder: Path, *keys: str, version: str = "1") -> Cache:
    cache = Cache(folder, version)
    for key in keys:
        cache.put(key, 1)
    return cache


def entries(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.json"))


def set_age(path: Path, seconds: float) -> None:
    changed = time.time() - seconds
    os.utime(path, (changed, changed))


class TestClear:
    def test_nothing_there(self, folder: Path) -> None:
        assert Cache(folder, "1").clear() == 0
        assert not folder.exists()

    def test_off(self) -> None:
        assert Cache(None, "").clear() == 0

    def test_a_folder_that_is_not_ours(self, folder: Path) -> None:
        """It looks like a cache, but nobody of us has tagged it."""
        filled(folder, "a")
        (folder / "CACHEDIR.TAG").write_bytes(SIGNATURE + b"\n# of another tool\n")
        before = entries(folder)
        assert Cache(folder, "1").clear() == 0
        assert entries(folder) == before

    def test_files_of_others(self, folder: Path) -> None:
        filled(folder, "a")
        (entry,) = entries(folder)
        others = [folder / "notes.json", folder / "1" / "notes.json", entry.with_name("n.json")]
        for other in others:
            other.write_text("mine")
        assert Cache(folder, "1").clear() == 1
        assert all(other.read_text() == "mine" for other in others)
        assert not entry.exists()

    def test_links_are_not_followed(self, folder: Path, tmp_path: Path) -> None:
        elsewhere = filled(tmp_path / "elsewhere", "a")
        filled(folder, "b")
        (folder / "2").symlink_to(tmp_path / "elsewhere" / "1")
        assert Cache(folder, "1").clear() == 1
        assert elsewhere.get("a") == 1

    def test_outside_of_the_project(self, folder: Path, tmp_path: Path) -> None:
        """A link that came with the project leads to somebody else's cache."""
        filled(folder, "a")
        (tmp_path / "project").mkdir()
        (tmp_path / "project" / "link").symlink_to(folder)
        within = Cache(tmp_path / "project" / "link", "1", within=tmp_path / "project")
        assert within.clear() == 0
        assert len(entries(folder)) == 1

    def test_all_versions(self, folder: Path) -> None:
        filled(folder, "a", "b", "c")
        other = folder / "2" / "00"
        other.mkdir(parents=True)
        for name in (f"{'0' * 40}.json", f"{'0' * 40}.12.01234567.tmp"):
            (other / name).touch()
        assert Cache(folder, "1").clear() == 5
        assert sorted(path.name for path in folder.iterdir()) == [".gitignore", "CACHEDIR.TAG"]

    def test_it_can_be_used_again(self, folder: Path) -> None:
        cache = filled(folder, "a")
        cache.clear()
        assert cache.get("a") is None
        cache.put("a", 2)
        assert Cache(folder, "1").get("a") == 2


class TestTrim:
    @pytest.fixture
    def cache(self, folder: Path) -> Cache:
        """One whose `old` nobody has asked for in thirty days; last trimmed the day before."""
        cache = filled(folder, "old")
        (old,) = entries(folder)
        cache.put("new", 1)
        set_age(old, 30 * _DAY + _HOUR)
        set_age(folder / "CACHEDIR.TAG", _DAY + _HOUR)
        return cache

    def test_what_is_old(self, cache: Cache, folder: Path) -> None:
        cache.trim()
        assert len(entries(folder)) == 1
        assert cache.get("new") == 1

    def test_not_what_was_asked_for(self, cache: Cache, folder: Path) -> None:
        assert Cache(folder, "1").get("old") == 1
        cache.trim()
        assert len(entries(folder)) == 2

    def test_not_what_is_a_little_younger(self, cache: Cache, folder: Path) -> None:
        for entry in entries(folder):
            set_age(entry, 30 * _DAY - _HOUR)
        cache.trim()
        assert len(entries(folder)) == 2

    def test_once_a_day(self, cache: Cache, folder: Path) -> None:
        set_age(folder / "CACHEDIR.TAG", _DAY - _HOUR)
        cache.trim()
        assert len(entries(folder)) == 2
        set_age(folder / "CACHEDIR.TAG", _DAY + _HOUR)
        cache.trim()
        assert time.time() - (folder / "CACHEDIR.TAG").stat().st_mtime < _HOUR

    def test_not_in_a_folder_that_is_not_ours(self, cache: Cache, folder: Path) -> None:
        (folder / "CACHEDIR.TAG").write_bytes(SIGNATURE)
        set_age(folder / "CACHEDIR.TAG", _DAY + _HOUR)
        cache.trim()
        assert len(entries(folder)) == 2

    def test_nothing_there(self, folder: Path) -> None:
        Cache(folder, "1").trim()
        Cache(None, "").trim()
        assert not folder.exists()

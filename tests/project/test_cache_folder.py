"""What the cache keeps and where: values, folders, versions, links."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from flake8_celery_patterns.project import cache as cache_module
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


class TestGetAndPut:
    def test_what_was_put_is_found_by_another_process(self, folder: Path) -> None:
        Cache(folder, "1").put("key", VALUE)
        assert Cache(folder, "1").get("key") == VALUE

    def test_nothing_was_put(self, folder: Path) -> None:
        assert Cache(folder, "1").get("key") is None
        assert not folder.exists()

    def test_counters(self, folder: Path) -> None:
        cache = Cache(folder, "1")
        cache.get("key")
        cache.put("key", 1)
        cache.get("key")
        cache.get("key")
        assert (cache.hits, cache.misses, cache.writes) == (2, 1, 1)

    def test_later_value_replaces(self, folder: Path) -> None:
        cache = Cache(folder, "1")
        cache.put("key", "long enough to show a rest of it")
        cache.put("key", 2)
        assert cache.get("key") == 2
        assert len(entries(folder)) == 1

    def test_each_answer_is_a_new_object(self, folder: Path) -> None:
        cache = Cache(folder, "1")
        cache.put("key", [1])
        first = cache.get("key")
        assert first == [1]
        first.append(2)
        assert cache.get("key") == [1]

    @pytest.mark.parametrize(
        "key",
        [
            "",
            "two words\nand lines",
            os.fsdecode(b"caf\xe9/\xff.py"),
            "\ud83d\ude00",
            "../../outside",
            "nul\0byte",
            "x" * 100_000,
        ],
        ids=["empty", "lines", "not utf-8", "surrogates", "dots", "null byte", "long"],
    )
    def test_any_text_is_a_key_and_a_value(self, folder: Path, key: str) -> None:
        Cache(folder, "1").put(key, {"value": key})
        assert Cache(folder, "1").get(key) == {"value": key}
        (entry,) = entries(folder)
        assert entry.parent.parent == folder / "1"

    def test_lone_surrogates_are_not_melted_together(self, folder: Path) -> None:
        cache = Cache(folder, "1")
        cache.put("\ud83d\ude00", "two halves")
        cache.put("\U0001f600", "one character")
        assert cache.get("\ud83d\ude00") == "two halves"
        assert cache.get("\U0001f600") == "one character"

    @pytest.mark.parametrize("name", [b"a b", b"two\nlines", b"caf\xe9"])
    def test_folder_with_an_odd_name(self, tmp_path: Path, name: bytes) -> None:
        folder = tmp_path / os.fsdecode(name)
        Cache(folder, "1").put("key", VALUE)
        assert Cache(folder, "1").get("key") == VALUE

    def test_relative_folder_stays_where_it_was(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        cache = Cache(Path("cache"), "1")
        monkeypatch.chdir("/")
        cache.put("key", 1)
        assert Cache(tmp_path / "cache", "1").get("key") == 1

    @pytest.mark.parametrize("value", [float("nan"), float("inf"), "x" * (16 * 1024 * 1024)])
    def test_values_that_are_not_kept(self, folder: Path, value: object) -> None:
        cache = Cache(folder, "1")
        cache.put("key", value)
        assert cache.writes == 0
        assert cache.get("key") is None
        cache.put("key", 1)
        assert cache.get("key") == 1

    def test_value_nested_too_deep(self, folder: Path) -> None:
        deep: list[Any] = []
        for _ in range(200_000):
            deep = [deep]
        cache = Cache(folder, "1")
        cache.put("key", deep)
        assert cache.get("key") is None
        while deep:  # taken apart by hand: freeing it at once would nest as deep
            deep = deep[0]

    def test_value_that_is_no_json(self, folder: Path) -> None:
        with pytest.raises(TypeError):
            Cache(folder, "1").put("key", {1, 2})

    def test_off(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        cache = Cache(None, "1")
        cache.put("key", 1)
        assert cache.get("key") is None
        assert (cache.hits, cache.misses, cache.writes) == (0, 1, 0)
        assert everything_below(tmp_path) == {}


class TestLayout:
    def test_one_file_a_key(self, folder: Path) -> None:
        cache = Cache(folder, "1.2.3")
        for number in range(5):
            cache.put(f"key {number}", number)
        names = [path.relative_to(folder).parts for path in entries(folder)]
        assert len(names) == 5
        for version, shard, name in names:
            assert version == "1.2.3"
            assert name.startswith(shard)
            assert len(shard) == 2
        assert not list(folder.rglob("*.tmp"))

    def test_entries_are_json(self, folder: Path) -> None:
        entry = json.loads(entry_of(folder, "key").read_text(encoding="utf-8"))
        assert entry["key"] == "key"
        assert json.loads(entry["payload"]) == VALUE

    def test_folder_is_tagged_and_ignored(self, folder: Path) -> None:
        Cache(folder, "1").put("key", 1)
        assert (folder / "CACHEDIR.TAG").read_bytes().startswith(SIGNATURE)
        assert SIGNATURE == b"Signature: 8a477f597d28d172789f06886806bc55"
        assert (folder / ".gitignore").read_bytes() == b"*\n"

    def test_empty_folder_is_tagged_too(self, folder: Path) -> None:
        folder.mkdir()
        Cache(folder, "1").put("key", 1)
        assert (folder / "CACHEDIR.TAG").exists()

    def test_folder_with_other_things_gets_no_tag(self, folder: Path) -> None:
        folder.mkdir()
        (folder / "thesis.txt").touch()
        Cache(folder, "1").put("key", 1)
        assert {path.name for path in folder.iterdir()} == {"thesis.txt", "1"}
        assert Cache(folder, "1").get("key") == 1

    def test_entries_can_be_read_by_others(self, folder: Path) -> None:
        before = os.umask(0o022)
        try:
            assert entry_of(folder, "key").stat().st_mode & 0o777 == 0o644
        finally:
            os.umask(before)

    def test_missing_parents_of_a_folder_that_was_named(self, tmp_path: Path) -> None:
        Cache(tmp_path / "a/b/cache", "1").put("key", 1)
        assert Cache(tmp_path / "a/b/cache", "1").get("key") == 1

    @pytest.mark.parametrize("version", ["../up", "a/b", ".", "..", "", "x" * 300, "nul\0byte"])
    def test_version_that_is_no_folder_name(self, tmp_path: Path, version: str) -> None:
        Cache(tmp_path / "in/cache", version).put("key", 1)
        assert Cache(tmp_path / "in/cache", version).get("key") == 1
        assert [path.name for path in tmp_path.iterdir()] == ["in"]
        assert [path.name for path in (tmp_path / "in").iterdir()] == ["cache"]
        (entry,) = entries(tmp_path)
        assert entry.parent.parent.parent == tmp_path / "in/cache"


class TestLinks:
    def test_linked_entry_is_not_read_and_not_written_through(
        self, folder: Path, tmp_path: Path
    ) -> None:
        entry = entry_of(folder, "key")
        target = entry.rename(tmp_path / "elsewhere.json")
        entry.symlink_to(target)
        content = target.read_bytes()
        cache = Cache(folder, "1")
        assert cache.get("key") is None
        cache.put("key", "new")
        assert cache.get("key") == "new"
        assert not entry.is_symlink()
        assert target.read_bytes() == content

    @pytest.mark.parametrize("up", [0, 1], ids=["two digits", "version"])
    def test_linked_folder_below_is_not_used(self, folder: Path, tmp_path: Path, up: int) -> None:
        linked = entry_of(folder, "key").parents[up]
        target = linked.rename(tmp_path / "elsewhere")
        linked.symlink_to(target)
        content = everything_below(target)
        cache = Cache(folder, "1")
        assert cache.get("key") is None
        cache.put("key", "new")
        assert everything_below(target) == content
        assert cache.writes == 0

    @pytest.mark.parametrize("level", ["", "1"])
    def test_link_that_leads_nowhere(self, folder: Path, tmp_path: Path, level: str) -> None:
        (folder / level).parent.mkdir(exist_ok=True)
        (folder / level).symlink_to(tmp_path / "nowhere")
        cache = Cache(folder, "1")
        cache.put("key", 1)
        assert cache.get("key") is None
        assert not (tmp_path / "nowhere").exists()

    @pytest.mark.parametrize("up", [0, 1], ids=["two digits", "version"])
    def test_link_planted_after_the_first_look(self, folder: Path, tmp_path: Path, up: int) -> None:
        cache = Cache(folder, "1")
        assert cache.get("key") is None
        linked = entry_of(tmp_path / "model", "key").parents[up].relative_to(tmp_path / "model")
        (folder / linked).parent.mkdir(parents=True)
        (tmp_path / "elsewhere").mkdir()
        (folder / linked).symlink_to(tmp_path / "elsewhere")
        cache.put("key", 1)
        assert everything_below(tmp_path / "elsewhere") == {}

    def test_link_in_a_circle(self, folder: Path) -> None:
        folder.symlink_to(folder)
        cache = Cache(folder, "1")
        cache.put("key", 1)
        assert cache.get("key") is None

    def test_folder_that_the_user_named_may_be_a_link(self, folder: Path, tmp_path: Path) -> None:
        (tmp_path / "disk").mkdir()
        folder.symlink_to(tmp_path / "disk")
        Cache(folder, "1").put("key", 1)
        assert Cache(folder, "1").get("key") == 1

    def test_other_folder_must_lie_in_the_root(self, tmp_path: Path) -> None:
        root = tmp_path / "root"
        root.mkdir()
        Cache(tmp_path / "disk", "1").put("key", "not for us")
        content = everything_below(tmp_path / "disk")
        (root / ".cache").symlink_to(tmp_path / "disk")
        cache = Cache(root / ".cache", "1", within=root)
        assert cache.get("key") is None
        cache.put("key", 1)
        cache.put("other", 1)
        assert everything_below(tmp_path / "disk") == content

    def test_other_folder_in_the_root(self, tmp_path: Path) -> None:
        Cache(tmp_path / ".cache", "1", within=tmp_path).put("key", 1)
        assert Cache(tmp_path / ".cache", "1", within=tmp_path).get("key") == 1
        assert (tmp_path / ".cache/CACHEDIR.TAG").exists()

    def test_no_root_is_made_for_it(self, tmp_path: Path) -> None:
        # `--stdin-display-name` may name a file in a folder that does not exist.
        root = tmp_path / "made/up"
        cache = Cache(root / ".cache", "1", within=root)
        cache.put("key", 1)
        assert cache.get("key") is None
        assert everything_below(tmp_path) == {}


class TestOtherVersions:
    def test_are_removed(self, folder: Path) -> None:
        for version in ("1", "2"):
            cache = Cache(folder, version)
            for number in range(20):
                cache.put(f"key {number}", number)
        assert {path.name for path in folder.iterdir()} == {"CACHEDIR.TAG", ".gitignore", "2"}
        assert len(entries(folder)) == 20

    def test_left_over_temporary_files_go_with_them(self, folder: Path) -> None:
        entry = entry_of(folder, "key")
        entry.with_name(f"{entry.stem}.123.0a1b2c3d.tmp").touch()
        Cache(folder, "2").put("key", 1)
        assert not (folder / "1").exists()

    def test_only_when_a_new_versions_folder_is_made(self, folder: Path) -> None:
        new = Cache(folder, "2")
        new.put("key", 1)
        old = Cache(folder, "1")
        old.put("key", 1)
        assert not (folder / "2").exists()
        new.put("key", 1)
        assert (new.get("key"), old.get("key")) == (1, None)
        new.put("another", 1)
        assert new.writes == 3

    def test_what_is_not_ours_stays(self, folder: Path, tmp_path: Path) -> None:
        old = entry_of(folder, "key").parents[1]
        (old / "notes.txt").touch()
        (old / "ab").mkdir(exist_ok=True)
        (old / "ab/notes.json").touch()
        (folder / "mine/ab").mkdir(parents=True)
        (folder / "mine/ab/data.json").touch()
        outside = tmp_path / "outside"
        entry_of(outside, "key", version="ab")
        content = everything_below(outside)
        (folder / "linked").symlink_to(outside)
        (folder / "linked2").symlink_to(outside / "ab")
        Cache(folder, "2").put("key", 1)
        assert (old / "notes.txt").exists()
        assert (old / "ab/notes.json").exists()
        assert (folder / "mine/ab/data.json").exists()
        assert everything_below(outside) == content
        assert len(entries(old)) == 1

    def test_while_both_exist_both_stay(self, folder: Path) -> None:
        Cache(folder, "2").put("key", 2)
        shutil.copytree(folder / "2", folder / "1")
        for number in range(20):
            Cache(folder, "2").put(f"key {number}", number)
        assert Cache(folder, "1").get("key") == 2

    @pytest.mark.parametrize("name", ["thesis.txt", "CACHEDIR.TAG"])
    def test_nothing_is_removed_from_a_folder_that_we_did_not_make(
        self, folder: Path, name: str
    ) -> None:
        folder.mkdir()
        (folder / name).write_bytes(SIGNATURE)
        Cache(folder, "1").put("key", 1)
        Cache(folder, "2").put("key", 2)
        assert Cache(folder, "1").get("key") == 1
        assert Cache(folder, "2").get("key") == 2

    def test_bounded(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        cache = Cache(folder, "1")
        for number in range(10):
            cache.put(f"key {number}", number)
        monkeypatch.setattr(cache_module, "_MOST_REMOVALS", 4)
        Cache(folder, "2").put("key", 1)
        assert len(entries(folder / "1")) == 6

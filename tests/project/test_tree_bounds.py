"""What a walk could not see, and says so; the files beside the Python ones."""

from __future__ import annotations

import multiprocessing
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from flake8_celery_patterns.project import tree as tree_module
from flake8_celery_patterns.project.cache import Cache
from flake8_celery_patterns.project.tree import Tree

LIMITS = re.compile(rb"task_(?:soft_)?time_limit")
LONG_AGO = 1_600_000_000_000_000_000  # nanoseconds


def write(path: Path, content: bytes = b"", *, mtime_ns: int = LONG_AGO) -> Path:
    """Make a file that was last changed long ago, so that the cache trusts its time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, ns=(mtime_ns, mtime_ns))
    return path


def make(root: Path, *names: str) -> None:
    for name in names:
        write(root / name)


def python_names(tree: Tree) -> list[str]:
    return [path.relative_to(tree.root).as_posix() for path in tree.python_files]


def other_names(tree: Tree) -> list[str]:
    return [path.relative_to(tree.root).as_posix() for path in tree.other_files]


class TestWhole:
    def test_no_such_root(self, tmp_path: Path) -> None:
        tree = Tree(tmp_path / "nothing")
        assert (tree.python_files, tree.whole) == ((), False)
        assert not tree.other_whole

    @pytest.mark.parametrize("name", ["a\0b", "\ud800"], ids=["null byte", "surrogate"])
    def test_root_that_no_folder_can_have(self, name: str) -> None:
        assert not Tree(Path("/", name)).whole

    def test_root_that_is_a_file(self, tmp_path: Path) -> None:
        assert not Tree(write(tmp_path / "tasks.py")).whole

    @pytest.mark.parametrize(("bound", "whole"), [(3, True), (2, False)])
    def test_bound_of_files(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: int, whole: bool
    ) -> None:
        make(tmp_path, "c.py", "a/x.py", "b.py")
        monkeypatch.setattr(tree_module, "MOST_PYTHON_FILES", bound)
        tree = Tree(tmp_path)
        assert tree.whole is whole
        # The folders near the root first: settings stand there.
        assert python_names(tree) == (["a/x.py", "b.py", "c.py"] if whole else ["b.py", "c.py"])

    def test_bound_cuts_the_same_way_each_time(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        names = [f"{letter}.py" for letter in "qwertyuiopasdfgh"]
        make(tmp_path, *names)
        monkeypatch.setattr(tree_module, "MOST_PYTHON_FILES", 10)
        assert python_names(Tree(tmp_path)) == sorted(names)[:10]

    @pytest.mark.parametrize(("bound", "whole"), [(3, True), (2, False)])
    def test_bound_of_folders(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: int, whole: bool
    ) -> None:
        make(tmp_path, "b/y.py", "a/x.py", "z.py")
        monkeypatch.setattr(tree_module, "MOST_FOLDERS", bound)
        tree = Tree(tmp_path)
        assert tree.whole is whole
        assert python_names(tree) == (["a/x.py", "b/y.py", "z.py"] if whole else ["a/x.py", "z.py"])

    @pytest.mark.parametrize(("bound", "whole"), [(5, True), (4, False)])
    def test_bound_of_entries(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: int, whole: bool
    ) -> None:
        make(tmp_path, "a/1.csv", "a/2.csv", "a/3.csv", "z.py")
        monkeypatch.setattr(tree_module, "MOST_ENTRIES", bound)
        assert Tree(tmp_path).whole is whole

    def test_folders_too_deep_to_open(self, tmp_path: Path) -> None:
        make(tmp_path, "z.py")
        base = os.open(tmp_path, os.O_RDONLY)
        try:
            for _ in range(20):  # 20 times 250 characters: more than a path may have
                os.mkdir("d" * 250, dir_fd=base)
                below = os.open("d" * 250, os.O_RDONLY, dir_fd=base)
                os.close(base)
                base = below
            tree = Tree(tmp_path)
            assert python_names(tree) == ["z.py"]
            assert not tree.whole
        finally:
            os.close(base)
            shutil.rmtree(tmp_path / ("d" * 250))

    def test_folder_without_permission(self) -> None:
        # tmp_path is closed to others; as root, permissions bind only who gives root up.
        with tempfile.TemporaryDirectory() as name:
            root = Path(name)
            make(root, "open/a.py", "closed/b.py")
            write(root / "unreadable.py").chmod(0)
            root.chmod(0o755)
            (root / "closed").chmod(0)
            try:
                assert in_child_without_rights(root) == (
                    ["open/a.py", "unreadable.py"],
                    False,
                    ["unreadable.py"],
                )
            finally:
                (root / "closed").chmod(0o755)


def in_child_without_rights(root: Path) -> tuple[list[str], bool, list[str]]:
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=look_without_rights, args=(root, sender))
    child.start()
    child.join(60)
    assert child.exitcode == 0
    assert receiver.poll()
    seen: tuple[list[str], bool, list[str]] = receiver.recv()
    return seen


def look_without_rights(root: Path, sender: Connection) -> None:
    if os.getuid() == 0:
        os.setuid(65534)
    tree = Tree(root)
    tree.matching(LIMITS, "limits")
    unread = [path.relative_to(root).as_posix() for path in tree.unread]
    sender.send((python_names(tree), tree.whole, unread))


class TestOtherFiles:
    @pytest.mark.parametrize(
        "name",
        [
            "Procfile",
            "Procfile.dev",
            "Dockerfile",
            "Dockerfile.worker",
            "worker.dockerfile",
            "docker-compose.yml",
            "docker-compose.prod.yaml",
            "deploy/chart/values.yaml",
            ".gitlab-ci.yml",
            "bin/worker.sh",
            "deploy/celery.service",
            "deploy/supervisord.conf",
            "deploy/supervisord-prod.conf",
            "Makefile",
            "fly.toml",
            "compose/production/django/celery/worker/start",
            "docker/entrypoint",
            "bin/run-celery",
        ],
    )
    def test_taken(self, tmp_path: Path, name: str) -> None:
        make(tmp_path, name)
        assert other_names(Tree(tmp_path)) == [name]

    @pytest.mark.parametrize(
        "name", ["tasks.py", "README.md", "nginx.conf", "LICENSE", "start.png", "a.json"]
    )
    def test_not_taken(self, tmp_path: Path, name: str) -> None:
        make(tmp_path, name)
        assert other_names(Tree(tmp_path)) == []

    def test_sorted_and_without_links(self, tmp_path: Path) -> None:
        make(tmp_path, "b.yml", "a/c.yml", ".github/workflows/ci.yml")
        (tmp_path / "d.yml").symlink_to("b.yml")
        assert other_names(Tree(tmp_path)) == ["a/c.yml", "b.yml"]

    @pytest.mark.parametrize(("bound", "whole"), [(2, True), (1, False)])
    def test_bound(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bound: int, whole: bool
    ) -> None:
        make(tmp_path, "a.yml", "b.yml", "c.py")
        monkeypatch.setattr(tree_module, "MOST_OTHER_FILES", bound)
        tree = Tree(tmp_path)
        assert other_names(tree) == ["a.yml", "b.yml"][:bound]
        assert tree.other_whole is whole
        assert tree.whole
        assert python_names(tree) == ["c.py"]


class TestUnread:
    def test_large_file(self, tmp_path: Path) -> None:
        write(tmp_path / "most.py", b"task_time_limit".ljust(2 * 1024 * 1024))
        write(tmp_path / "more.py", b"task_time_limit".ljust(2 * 1024 * 1024 + 1))
        tree = Tree(tmp_path)
        assert tree.matching(LIMITS, "limits") == (tmp_path / "most.py",)
        assert tree.unread == (tmp_path / "more.py",)
        assert tree.reads == 1
        assert tree.whole

    def test_large_file_is_known_for_unread_by_the_second_process_too(self, tmp_path: Path) -> None:
        write(tmp_path / "root/more.py", b"".ljust(2 * 1024 * 1024 + 1))
        for _ in range(2):
            tree = Tree(tmp_path / "root", Cache(tmp_path / "cache", "1"))
            tree.matching(LIMITS, "limits")
            assert tree.unread == (tmp_path / "root/more.py",)

    @pytest.fixture
    def walked(self, tmp_path: Path) -> Iterator[Tree]:
        make(tmp_path, "root/a.py", "root/b.py")
        write(tmp_path / "secret.py", b"task_time_limit")
        tree = Tree(tmp_path / "root")
        assert len(tree.python_files) == 2
        (tmp_path / "root/a.py").unlink()
        yield tree
        assert tree.matching(LIMITS, "limits") == ()
        assert tree.unread == (tmp_path / "root/a.py",)
        assert tree.reads == 1

    def test_gone_since_the_walk(self, walked: Tree) -> None:
        assert walked.unread == (walked.root / "a.py",)

    def test_swapped_for_a_link(self, walked: Tree) -> None:
        (walked.root / "a.py").symlink_to(walked.root.parent / "secret.py")

    def test_swapped_for_a_pipe(self, walked: Tree) -> None:
        os.mkfifo(walked.root / "a.py")

    def test_swapped_for_a_folder(self, walked: Tree) -> None:
        (walked.root / "a.py").mkdir()


def test_descriptors_are_closed(tmp_path: Path) -> None:
    make(tmp_path, "a.py", "b.py", "cache/CACHEDIR.TAG")
    write(tmp_path / "c.py", b"".ljust(2 * 1024 * 1024 + 1))
    next_before = lowest_free_descriptor(tmp_path)
    Tree(tmp_path).matching(LIMITS, "limits")
    assert lowest_free_descriptor(tmp_path) == next_before


def lowest_free_descriptor(folder: Path) -> int:
    descriptor = os.open(folder, os.O_RDONLY)
    os.close(descriptor)
    return descriptor

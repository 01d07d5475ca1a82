"""The files of a project, and which of them match."""

from __future__ import annotations

import json
import os
import re
import socket
import time
from pathlib import Path

import pytest

from flake8_celery_patterns.project.cache import SIGNATURE, Cache
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


class TestPythonFiles:
    def test_sorted_by_their_path_below_the_root(self, tmp_path: Path) -> None:
        make(tmp_path, "b.py", "a/z.py", "a/b/c.py", "a-b.py", "a.py", "README", "x.pyi", "y.pyc")
        tree = Tree(tmp_path)
        assert python_names(tree) == ["a-b.py", "a.py", "a/b/c.py", "a/z.py", "b.py"]
        assert tree.python_files[0] == tmp_path / "a-b.py"
        assert tree.whole

    def test_empty(self, tmp_path: Path) -> None:
        tree = Tree(tmp_path)
        assert (tree.python_files, tree.other_files, tree.whole) == ((), (), True)

    def test_walked_once_and_only_when_asked(self, tmp_path: Path) -> None:
        tree = Tree(tmp_path)
        make(tmp_path, "a.py")
        assert python_names(tree) == ["a.py"]
        make(tmp_path, "b.py")
        assert python_names(tree) == ["a.py"]
        assert python_names(Tree(tmp_path)) == ["a.py", "b.py"]

    def test_odd_names(self, tmp_path: Path) -> None:
        names = [b"two words.py", b"two\nlines.py", b"caf\xe9.py", b"d\xff/x.py"]
        for name in names:
            write(tmp_path / os.fsdecode(name))
        found = {os.fsencode(path.relative_to(tmp_path)) for path in Tree(tmp_path).python_files}
        assert found == set(names)

    def test_relative_root(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        make(tmp_path, "a.py")
        monkeypatch.chdir(tmp_path)
        assert Tree(Path()).python_files == (tmp_path / "a.py",)

    def test_what_is_no_plain_file(self, tmp_path: Path) -> None:
        make(tmp_path, "folder.py/inner.py")
        os.mkfifo(tmp_path / "pipe.py")
        with socket.socket(socket.AF_UNIX) as server, pytest.MonkeyPatch.context() as patch:
            patch.chdir(tmp_path)  # the path of a socket may have some 100 bytes only
            server.bind("socket.py")
        assert python_names(Tree(tmp_path)) == ["folder.py/inner.py"]


class TestLeftOut:
    @pytest.mark.parametrize(
        "folder",
        [
            ".venv",
            ".git",
            ".tox/py311",
            ".nox",
            "__pycache__",
            "node_modules/node-gyp",
            "env/lib/python3.11/site-packages",
            "usr/lib/python3/dist-packages",
        ],
    )
    def test_by_name(self, tmp_path: Path, folder: str) -> None:
        make(tmp_path, f"{folder}/found.py", f"{folder}/deeper/found.py", "kept.py")
        tree = Tree(tmp_path)
        assert python_names(tree) == ["kept.py"]
        assert tree.whole

    @pytest.mark.parametrize("sign", ["pyvenv.cfg", "conda-meta/history"])
    def test_virtual_environment(self, tmp_path: Path, sign: str) -> None:
        make(tmp_path, f"pythons/{sign}", "pythons/lib/this.py", "kept.py")
        assert python_names(Tree(tmp_path)) == ["kept.py"]

    def test_tagged_cache(self, tmp_path: Path) -> None:
        write(tmp_path / "facts/CACHEDIR.TAG", SIGNATURE + b"\n# made by a tool")
        make(tmp_path, "facts/found.py", "facts/deeper/found.py", "kept.py")
        assert python_names(Tree(tmp_path)) == ["kept.py"]

    @pytest.mark.parametrize("content", [b"", SIGNATURE[:-1], b"# " + SIGNATURE])
    def test_file_that_is_no_tag(self, tmp_path: Path, content: bytes) -> None:
        write(tmp_path / "facts/CACHEDIR.TAG", content)
        make(tmp_path, "facts/kept.py")
        assert python_names(Tree(tmp_path)) == ["facts/kept.py"]

    def test_tag_that_is_a_link_or_a_folder(self, tmp_path: Path) -> None:
        write(tmp_path / "elsewhere", SIGNATURE)
        make(tmp_path, "root/linked/kept.py", "root/folder/CACHEDIR.TAG/kept.py")
        (tmp_path / "root/linked/CACHEDIR.TAG").symlink_to(tmp_path / "elsewhere")
        assert python_names(Tree(tmp_path / "root")) == [
            "folder/CACHEDIR.TAG/kept.py",
            "linked/kept.py",
        ]

    @pytest.mark.parametrize("name", ["build", "dist"])
    @pytest.mark.parametrize("beside", ["pyproject.toml", "setup.py", "setup.cfg", "package.json"])
    def test_build_output(self, tmp_path: Path, name: str, beside: str) -> None:
        make(tmp_path, f"api/{beside}", f"api/{name}/lib/shop/tasks.py", "api/shop/kept.py")
        assert not [path for path in python_names(Tree(tmp_path)) if name in path]
        assert "api/shop/kept.py" in python_names(Tree(tmp_path))

    @pytest.mark.parametrize(
        "names",
        [
            ["build/jobs/kept.py"],
            ["pyproject.toml", "build/__init__.py", "build/jobs/kept.py"],
            ["pyproject.toml", "build/release.py", "build/jobs/kept.py"],
            ["pyproject.toml", "shop/build/jobs/kept.py"],
        ],
        ids=["beside no project file", "package", "scripts", "in a package"],
    )
    def test_build_folder_that_is_code(self, tmp_path: Path, names: list[str]) -> None:
        make(tmp_path, *names)
        assert any(name.endswith("kept.py") for name in python_names(Tree(tmp_path)))

    @pytest.mark.parametrize("name", [".hidden", "node_modules", "build", "site-packages"])
    def test_never_the_root_itself(self, tmp_path: Path, name: str) -> None:
        root = tmp_path / name
        write(root / "CACHEDIR.TAG", SIGNATURE)
        make(root, "pyvenv.cfg", "pyproject.toml", "jobs/kept.py")
        make(tmp_path, "pyproject.toml")
        assert python_names(Tree(root)) == ["jobs/kept.py"]

    @pytest.mark.parametrize("marker", ["pyproject.toml", "setup.py", "manage.py", ".git/HEAD"])
    def test_nested_projects_are_not(self, tmp_path: Path, marker: str) -> None:
        make(tmp_path, "pyproject.toml", f"services/mail/{marker}", "services/mail/app/tasks.py")
        assert "services/mail/app/tasks.py" in python_names(Tree(tmp_path))


class TestLinks:
    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        make(tmp_path, "root/shop/tasks.py", "elsewhere/secret.py", "elsewhere/data/numbers.csv")
        return tmp_path / "root"

    def test_in_circles(self, root: Path) -> None:
        (root / "shop/again").symlink_to("..")
        (root / "itself").symlink_to("itself")
        (root / "itself.py").symlink_to("itself.py")
        tree = Tree(root)
        assert python_names(tree) == ["shop/tasks.py"]
        assert tree.whole

    def test_within_the_root(self, root: Path) -> None:
        (root / "alias").symlink_to("shop")
        (root / "alias.py").symlink_to(root / "shop/tasks.py")
        tree = Tree(root)
        assert python_names(tree) == ["shop/tasks.py"]
        assert tree.whole

    def test_within_a_root_reached_through_a_link(self, root: Path, tmp_path: Path) -> None:
        (root / "alias").symlink_to("shop")
        (tmp_path / "other_name").symlink_to("root")
        tree = Tree(tmp_path / "other_name")
        assert tree.python_files == (tmp_path / "other_name/shop/tasks.py",)
        assert tree.whole

    @pytest.mark.parametrize(
        ("link", "target"),
        [("secret.py", "elsewhere/secret.py"), ("shared", "elsewhere"), ("up", ".")],
    )
    def test_out_of_the_root(self, root: Path, tmp_path: Path, link: str, target: str) -> None:
        (root / "shop" / link).symlink_to(tmp_path / target)
        tree = Tree(root)
        assert python_names(tree) == ["shop/tasks.py"]
        assert not tree.whole

    @pytest.mark.parametrize("target", ["mail", "mail/tasks.py"])
    def test_to_what_was_left_out(self, root: Path, target: str) -> None:
        make(root, ".shared/mail/tasks.py")
        (root / target.replace("/", "_")).symlink_to(root / ".shared" / target)
        assert not Tree(root).whole

    @pytest.mark.parametrize("link", [".venv", "venv", "env", "node_modules", "bazel-out"])
    def test_that_hold_no_source(self, root: Path, tmp_path: Path, link: str) -> None:
        (root / link).symlink_to(tmp_path / "elsewhere")
        assert Tree(root).whole

    def test_broken_or_to_no_code(self, root: Path, tmp_path: Path) -> None:
        (root / "logs").symlink_to("/nonexistent/logs")
        (root / "old.py").symlink_to("/nonexistent/old.py")
        (root / "numbers.csv").symlink_to(tmp_path / "elsewhere/data/numbers.csv")
        assert Tree(root).whole

    def test_names_only_are_read_outside(self, root: Path, tmp_path: Path) -> None:
        # Read access would wait for ever for a writer.
        os.mkfifo(tmp_path / "elsewhere/pipe.py")
        (root / "pipe.py").symlink_to(tmp_path / "elsewhere/pipe.py")
        tree = Tree(root)
        assert tree.matching(LIMITS, "limits") == ()
        assert tree.reads == 1


class TestMatching:
    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        root = tmp_path / "root"
        write(root / "config/settings.py", b"CELERY = {'task_time_limit': 60}\n")
        write(root / "shop/tasks.py", b"# nothing\n")
        write(root / "app.py", b"app.conf.task_soft_time_limit = 5\n")
        return root

    def names(self, tree: Tree, pattern: re.Pattern[bytes] = LIMITS) -> list[str]:
        found = tree.matching(pattern, "limits")
        return [path.relative_to(tree.root).as_posix() for path in found]

    def test_in_the_order_of_the_files(self, root: Path) -> None:
        tree = Tree(root)
        assert self.names(tree) == ["app.py", "config/settings.py"]
        assert tree.unread == ()

    def test_any_bytes(self, root: Path) -> None:
        write(root / "latin.py", b"\xff\x00 task_time_limit \xe9")
        assert "latin.py" in self.names(Tree(root))

    def test_each_file_is_read_once(self, root: Path) -> None:
        tree = Tree(root)
        assert self.names(tree) == self.names(tree)
        assert tree.reads == 3
        tree.matching(LIMITS, "another question")
        assert tree.reads == 6

    def test_the_second_process_reads_nothing(self, root: Path, tmp_path: Path) -> None:
        first = Tree(root, Cache(tmp_path / "cache", "1"))
        expected = self.names(first)
        second = Tree(root, Cache(tmp_path / "cache", "1"))
        assert self.names(second) == expected
        assert (first.reads, second.reads) == (3, 0)

    def test_another_version_of_the_cache_reads_again(self, root: Path, tmp_path: Path) -> None:
        self.names(Tree(root, Cache(tmp_path / "cache", "1")))
        second = Tree(root, Cache(tmp_path / "cache", "2"))
        self.names(second)
        assert second.reads == 3

    def test_unchanged_answers_are_not_written_again(self, root: Path, tmp_path: Path) -> None:
        self.names(Tree(root, Cache(tmp_path / "cache", "1")))
        cache = Cache(tmp_path / "cache", "1")
        self.names(Tree(root, cache))
        assert (cache.hits, cache.writes) == (1, 0)

    def test_only_what_changed_is_read_again(self, root: Path, tmp_path: Path) -> None:
        self.names(Tree(root, Cache(tmp_path / "cache", "1")))
        write(root / "shop/tasks.py", b"task_time_limit = 1\n")
        write(root / "shop/new.py", b"")
        (root / "app.py").unlink()
        tree = Tree(root, Cache(tmp_path / "cache", "1"))
        assert self.names(tree) == ["config/settings.py", "shop/tasks.py"]
        assert tree.reads == 2
        later = Tree(root, Cache(tmp_path / "cache", "1"))
        assert self.names(later) == ["config/settings.py", "shop/tasks.py"]
        assert later.reads == 0

    def test_same_size_at_another_time_is_read_again(self, root: Path, tmp_path: Path) -> None:
        self.names(Tree(root, Cache(tmp_path / "cache", "1")))
        write(root / "app.py", b"app.conf.task_loft_time_limit = 5\n", mtime_ns=LONG_AGO + 1)
        tree = Tree(root, Cache(tmp_path / "cache", "1"))
        assert self.names(tree) == ["config/settings.py"]
        assert tree.reads == 1

    def test_another_pattern_under_the_same_label(self, root: Path, tmp_path: Path) -> None:
        cache = Cache(tmp_path / "cache", "1")
        tree = Tree(root, cache)
        self.names(tree)
        assert self.names(tree, re.compile(rb"nothing")) == ["shop/tasks.py"]
        assert self.names(tree, re.compile(rb"NOTHING")) == []
        assert self.names(tree, re.compile(rb"NOTHING", re.IGNORECASE)) == ["shop/tasks.py"]
        assert tree.reads == 12

    @pytest.mark.parametrize("age", [0, 19_000_000, -19_000_000])
    def test_file_changed_just_now_is_not_trusted(
        self, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, age: int
    ) -> None:
        # File systems tell time in ticks of up to 10 ms: a second change may follow that shows
        # neither in time nor in size.
        now = LONG_AGO + 1_000_000_000
        monkeypatch.setattr(time, "time_ns", lambda: now)
        write(root / "app.py", b"task_time_limit = 1\n", mtime_ns=now - age)
        assert self.names(Tree(root, Cache(tmp_path / "cache", "1")))[0] == "app.py"
        write(root / "app.py", b"task_time_limIt = 1\n", mtime_ns=now - age)
        tree = Tree(root, Cache(tmp_path / "cache", "1"))
        assert self.names(tree) == ["config/settings.py"]
        assert tree.reads == 1

    def test_file_changed_a_moment_before_is_trusted(
        self, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = LONG_AGO + 1_000_000_000
        monkeypatch.setattr(time, "time_ns", lambda: now)
        write(root / "app.py", b"task_time_limit = 1\n", mtime_ns=now - 21_000_000)
        self.names(Tree(root, Cache(tmp_path / "cache", "1")))
        tree = Tree(root, Cache(tmp_path / "cache", "1"))
        self.names(tree)
        assert tree.reads == 0

    def test_file_of_the_future_is_trusted(self, root: Path, tmp_path: Path) -> None:
        write(root / "app.py", b"", mtime_ns=4_000_000_000_000_000_000)
        self.names(Tree(root, Cache(tmp_path / "cache", "1")))
        tree = Tree(root, Cache(tmp_path / "cache", "1"))
        self.names(tree)
        assert tree.reads == 0

    def test_odd_names(self, root: Path, tmp_path: Path) -> None:
        for name in (b"caf\xe9.py", b"two\nlines.py", b"a b.py"):
            write(root / os.fsdecode(name), b"task_time_limit")
        first = self.names(Tree(root, Cache(tmp_path / "cache", "1")))
        tree = Tree(root, Cache(tmp_path / "cache", "1"))
        assert self.names(tree) == first
        assert len(first) == 5
        assert tree.reads == 0

    def test_two_roots_share_a_cache(self, root: Path, tmp_path: Path) -> None:
        other = tmp_path / "other"
        write(other / "app.py", b"x" * len((root / "app.py").read_bytes()))
        assert "app.py" in self.names(Tree(root, Cache(tmp_path / "cache", "1")))
        assert self.names(Tree(other, Cache(tmp_path / "cache", "1"))) == []

    @pytest.mark.parametrize("table", [[], 1, {"app.py": 1}, {"app.py": []}, {"app.py": ["", ""]}])
    def test_table_of_another_shape(self, root: Path, tmp_path: Path, table: object) -> None:
        cache = Cache(tmp_path / "cache", "1")
        expected = self.names(Tree(root, cache))
        (entry,) = (tmp_path / "cache").rglob("*.json")
        cache.put(json.loads(entry.read_bytes())["key"], table)
        tree = Tree(root, cache)
        assert self.names(tree) == expected
        assert tree.reads == 3

    def test_cache_that_cannot_be_written(self, root: Path, tmp_path: Path) -> None:
        tree = Tree(root, Cache(write(tmp_path / "cache"), "1"))
        assert self.names(tree) == ["app.py", "config/settings.py"]

"""Where a project begins, what it imports from, what lies inside it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flake8_celery_patterns.project.root import find_root, forget, import_roots, inside

MARKERS = ["pyproject.toml", "setup.cfg", "setup.py", "tox.ini", ".flake8", "manage.py", ".git"]


@pytest.fixture(autouse=True)
def afresh() -> Iterator[None]:
    forget()
    yield
    forget()


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A folder that nothing above marks as a project's."""
    for folder in tmp_path.parents:
        assert not any((folder / marker).exists() for marker in MARKERS)
    return tmp_path


def make(top: Path, *names: str) -> None:
    """Make empty files; a name that ends in `/` is a folder."""
    for name in names:
        path = top / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()


class TestFindRoot:
    @pytest.mark.parametrize("marker", [*MARKERS, ".git/"])
    def test_each_marker(self, top: Path, marker: str) -> None:
        make(top, f"shop/{marker}", "shop/orders/tasks.py")
        assert find_root(top / "shop/orders/tasks.py") == top / "shop"

    def test_marker_beside_the_file(self, top: Path) -> None:
        make(top, "shop/tox.ini", "shop/tasks.py")
        assert find_root(top / "shop/tasks.py") == top / "shop"

    def test_nearest_of_several(self, top: Path) -> None:
        make(top, ".git/", "services/mail/pyproject.toml", "services/mail/app/__init__.py")
        assert find_root(top / "services/mail/app/tasks.py") == top / "services/mail"
        assert find_root(top / "services/tasks.py") == top

    def test_marker_in_a_package_is_passed_over(self, top: Path) -> None:
        make(top, "setup.py", "shop/__init__.py", "shop/setup.cfg", "shop/orders/__init__.py")
        assert find_root(top / "shop/orders/tasks.py") == top

    def test_marker_in_a_package_counts_where_there_is_no_other(self, top: Path) -> None:
        make(top, "shop/__init__.py", "shop/manage.py", "shop/orders/__init__.py")
        assert find_root(top / "shop/orders/tasks.py") == top / "shop"

    def test_nearest_of_several_marked_packages(self, top: Path) -> None:
        make(top, "a/__init__.py", "a/tox.ini", "a/b/__init__.py", "a/b/tox.ini")
        assert find_root(top / "a/b/tasks.py") == top / "a/b"

    def test_without_any_marker_the_folder_above_the_packages(self, top: Path) -> None:
        make(top, "code/shop/__init__.py", "code/shop/orders/__init__.py")
        assert find_root(top / "code/shop/orders/tasks.py") == top / "code"
        assert find_root(top / "code/run.py") == top / "code"

    def test_a_folder_with_a_markers_name_is_none(self, top: Path) -> None:
        make(top, "pyproject.toml", "app/setup.py/", "app/tasks.py")
        assert find_root(top / "app/tasks.py") == top

    def test_file_and_folders_need_not_exist(self, top: Path) -> None:
        make(top, "pyproject.toml")
        assert find_root(top / "not/yet/saved.py") == top

    def test_relative_path(self, top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        make(top, "pyproject.toml", "shop/")
        monkeypatch.chdir(top / "shop")
        assert find_root(Path("tasks.py")) == top
        assert find_root(Path("../tasks.py")) == top

    def test_name_that_is_not_utf8(self, top: Path) -> None:
        folder = top / os.fsdecode(b"caf\xe9 two\nlines")
        make(folder, "setup.cfg", "jobs/tasks.py")
        assert find_root(folder / "jobs/tasks.py") == folder

    @pytest.mark.parametrize(
        "name",
        ["a\0b/tasks.py", "\ud800/tasks.py", "x" * 300 + "/tasks.py", "d/" * 20_000 + "tasks.py"],
        ids=["null byte", "surrogate", "long name", "deep"],
    )
    def test_names_that_no_file_can_have(self, top: Path, name: str) -> None:
        root = find_root(top / name)
        assert root.is_absolute()
        assert len(os.fspath(root)) < 5000

    def test_nothing_above_a_root_is_looked_at(
        self, top: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make(top, "shop/pyproject.toml", "shop/orders/__init__.py")
        looked_at = watch_stat(monkeypatch)
        assert find_root(top / "shop/orders/tasks.py") == top / "shop"
        assert looked_at
        assert all(Path(path).is_relative_to(top / "shop") for path in looked_at)

    def test_is_remembered_by_folder(self, top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        make(top, "pyproject.toml", "shop/orders/", "shop/stock/")
        find_root(top / "shop/orders/tasks.py")
        looked_at = watch_stat(monkeypatch)
        find_root(top / "shop/orders/views.py")
        assert looked_at == []
        find_root(top / "shop/stock/tasks.py")
        assert {Path(path).parent for path in looked_at} == {top / "shop/stock"}

    def test_clear_forgets(self, top: Path) -> None:
        make(top, "pyproject.toml", "shop/")
        assert find_root(top / "shop/tasks.py") == top
        make(top, "shop/pyproject.toml")
        assert find_root(top / "shop/tasks.py") == top
        forget()
        assert find_root(top / "shop/tasks.py") == top / "shop"


def watch_stat(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that the system is asked about from now on; the answers are the real ones."""
    looked_at: list[str] = []
    real_stat = os.stat

    def stat(path: str) -> os.stat_result:
        looked_at.append(path)
        return real_stat(path)

    monkeypatch.setattr(os, "stat", stat)
    return looked_at


class TestImportRoots:
    def roots(self, top: Path, file: str) -> list[str]:
        forget()
        return [path.relative_to(top).as_posix() for path in import_roots(top, top / file)]

    def test_root_alone(self, top: Path) -> None:
        make(top, "pyproject.toml", "tasks.py")
        assert self.roots(top, "tasks.py") == ["."]

    def test_packages_at_the_root(self, top: Path) -> None:
        make(top, "pyproject.toml", "shop/__init__.py", "shop/orders/__init__.py")
        assert self.roots(top, "shop/orders/tasks.py") == ["."]

    def test_src(self, top: Path) -> None:
        make(top, "pyproject.toml", "src/shop/__init__.py", "tests/test_tasks.py")
        assert self.roots(top, "src/shop/tasks.py") == ["src", "."]
        assert self.roots(top, "tests/test_tasks.py") == ["tests", ".", "src"]

    def test_src_that_is_a_file(self, top: Path) -> None:
        make(top, "pyproject.toml", "src", "tasks.py")
        assert self.roots(top, "tasks.py") == ["."]

    def test_folder_without_init_inside_a_package(self, top: Path) -> None:
        make(top, "setup.py", "shop/__init__.py", "shop/scripts/send.py")
        assert self.roots(top, "shop/scripts/send.py") == ["shop/scripts", "."]

    @pytest.mark.parametrize("marker", ["manage.py", "setup.py", "pyproject.toml", "setup.cfg"])
    def test_marked_folders_on_the_way(self, top: Path, marker: str) -> None:
        make(top, ".git/", f"backend/{marker}", "backend/src/", "backend/apps/orders/tasks.py")
        assert self.roots(top, "backend/apps/orders/tasks.py") == [
            "backend/apps/orders",
            "backend",
            "backend/src",
            ".",
        ]

    def test_marked_folder_of_the_file_itself(self, top: Path) -> None:
        make(top, ".git/", "backend/manage.py", "backend/src/shop/", "src/")
        assert self.roots(top, "backend/manage.py") == ["backend", "backend/src", ".", "src"]

    def test_other_markers_are_no_import_roots(self, top: Path) -> None:
        make(top, ".git/", "backend/tox.ini", "backend/apps/tasks.py")
        assert self.roots(top, "backend/apps/tasks.py") == ["backend/apps", "."]

    def test_manage_py_beside_an_init(self, top: Path) -> None:
        make(top, ".git/", "backend/__init__.py", "backend/manage.py", "backend/shop/__init__.py")
        assert self.roots(top, "backend/shop/tasks.py") == [".", "backend"]

    def test_setup_cfg_beside_an_init(self, top: Path) -> None:
        make(top, ".git/", "backend/__init__.py", "backend/setup.cfg", "backend/shop/__init__.py")
        assert self.roots(top, "backend/shop/tasks.py") == ["."]

    def test_root_that_is_a_package(self, top: Path) -> None:
        make(top, "__init__.py", "manage.py", "shop/__init__.py", "src/")
        assert self.roots(top, "shop/tasks.py") == [".", "src"]

    def test_file_elsewhere(self, top: Path) -> None:
        make(top, "shop/pyproject.toml", "shop/src/", "other/tasks.py")
        assert import_roots(top / "shop", top / "other/tasks.py") == (
            top / "shop",
            top / "shop/src",
        )

    def test_links_out_of_the_root_are_left_out(self, top: Path) -> None:
        make(top, "shop/pyproject.toml", "elsewhere/tasks.py")
        (top / "shop/src").symlink_to(top / "elsewhere")
        (top / "shop/lib").symlink_to(top / "elsewhere")
        assert import_roots(top / "shop", top / "shop/lib/tasks.py") == (top / "shop",)

    def test_links_within_the_root_are_kept(self, top: Path) -> None:
        make(top, "pyproject.toml", "python/shop/__init__.py")
        (top / "src").symlink_to("python")
        assert self.roots(top, "src/shop/tasks.py") == ["src", "."]

    def test_file_that_does_not_exist(self, top: Path) -> None:
        make(top, "pyproject.toml")
        assert self.roots(top, "not/yet/saved.py") == ["."]


class TestInside:
    def test_plain_names(self, top: Path) -> None:
        make(top, "shop/orders/tasks.py", "shop-old/tasks.py")
        assert inside(top / "shop", top / "shop/orders/tasks.py")
        assert inside(top / "shop", top / "shop/orders")
        assert inside(top / "shop", top / "shop")
        assert not inside(top / "shop", top)
        assert not inside(top / "shop", top / "shop-old/tasks.py")
        assert inside(Path("/"), top)

    def test_what_does_not_exist(self, top: Path) -> None:
        make(top, "shop/")
        assert inside(top / "shop", top / "shop/not/yet.py")
        assert not inside(top / "shop", top / "not/yet.py")

    def test_link_to_a_file(self, top: Path) -> None:
        make(top, "shop/tasks.py", "secret.py")
        (top / "shop/out.py").symlink_to(top / "secret.py")
        (top / "shop/in.py").symlink_to("tasks.py")
        assert not inside(top / "shop", top / "shop/out.py")
        assert inside(top / "shop", top / "shop/in.py")

    def test_link_to_a_folder(self, top: Path) -> None:
        make(top, "shop/orders/", "elsewhere/deep/tasks.py")
        (top / "shop/out").symlink_to("../elsewhere")
        (top / "shop/in").symlink_to("orders")
        assert not inside(top / "shop", top / "shop/out")
        assert not inside(top / "shop", top / "shop/out/deep/tasks.py")
        assert inside(top / "shop", top / "shop/in/tasks.py")

    def test_chain_of_links(self, top: Path) -> None:
        make(top, "shop/", "elsewhere/tasks.py")
        (top / "shop/first").symlink_to("second")
        (top / "shop/second").symlink_to("../elsewhere")
        assert not inside(top / "shop", top / "shop/first/tasks.py")

    def test_parent_of_a_linked_folder(self, top: Path) -> None:
        # By text `shop/out/../secret.py` is `shop/secret.py`; what opens is `elsewhere/secret.py`.
        make(top, "shop/secret.py", "elsewhere/deep/", "elsewhere/secret.py")
        (top / "shop/out").symlink_to(top / "elsewhere/deep")
        assert not inside(top / "shop", top / "shop/out/../secret.py")
        assert not inside(top / "shop", top / "shop/out/..")
        assert inside(top / "shop", top / "shop/../shop/secret.py")
        assert not inside(top / "shop", top / "shop/..")

    def test_broken_links(self, top: Path) -> None:
        make(top, "shop/")
        (top / "shop/out.py").symlink_to(top / "nothing.py")
        (top / "shop/in.py").symlink_to(top / "shop/nothing.py")
        assert not inside(top / "shop", top / "shop/out.py")
        assert inside(top / "shop", top / "shop/in.py")

    def test_circles(self, top: Path) -> None:
        make(top, "shop/")
        (top / "shop/itself").symlink_to("itself")
        (top / "shop/one").symlink_to("two")
        (top / "shop/two").symlink_to("one")
        (top / "shop/here").symlink_to(".")
        assert not inside(top / "shop", top / "shop/itself")
        assert not inside(top / "shop", top / "shop/one/tasks.py")
        assert inside(top / "shop", top / "shop/here/here/here/tasks.py")

    def test_root_reached_through_a_link(self, top: Path) -> None:
        make(top, "shop/tasks.py")
        (top / "alias").symlink_to("shop")
        assert inside(top / "alias", top / "shop/tasks.py")
        assert inside(top / "shop", top / "alias/tasks.py")

    def test_relative_paths(self, top: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        make(top, "shop/tasks.py")
        monkeypatch.chdir(top / "shop")
        assert inside(top / "shop", Path("tasks.py"))
        assert inside(Path(), Path("tasks.py"))
        assert not inside(top / "shop", Path("../tasks.py"))

    def test_the_last_part_is_looked_at_each_time(self, top: Path) -> None:
        make(top, "shop/tasks.py", "secret.py")
        assert inside(top / "shop", top / "shop/tasks.py")
        (top / "shop/tasks.py").unlink()
        (top / "shop/tasks.py").symlink_to(top / "secret.py")
        assert not inside(top / "shop", top / "shop/tasks.py")

    @pytest.mark.parametrize("name", ["a\0b.py", "\ud800.py"], ids=["null byte", "surrogate"])
    def test_names_that_no_file_can_have(self, top: Path, name: str) -> None:
        assert not inside(top, top / name)

    def test_odd_names(self, top: Path) -> None:
        make(top, "shop/", "secret/")
        for name in (b"caf\xe9 x", b"two\nlines"):
            link = top / "shop" / os.fsdecode(name)
            assert inside(top / "shop", link)
            link.symlink_to(top / "secret")
            assert not inside(top / "shop", link)


def test_import_is_cheap() -> None:
    code = (
        "import sys; before = set(sys.modules)\n"
        "import flake8_celery_patterns.project.root, flake8_celery_patterns.project.cache\n"
        "import flake8_celery_patterns.project.tree\n"
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before}))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "flake8_celery_patterns" in shown
    foreign = set(shown) - set(sys.stdlib_module_names) - {"flake8_celery_patterns"}
    assert not foreign
    assert not {"asyncio", "inspect", "multiprocessing", "pickle", "subprocess"} & set(shown)

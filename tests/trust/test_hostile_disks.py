"""Disks that are full, read-only, written to by others or changing: the findings stay the same."""

from __future__ import annotations

import os
import resource
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flake8_celery_patterns.project import projects
from flake8_celery_patterns.project.project import CACHE_FOLDER
from flake8_celery_patterns.run.files import targets
from flake8_celery_patterns.run.work import lint_targets
from tests.trust.checking import unsound
from tests.trust.commands import TASK, Checked, check
from tests.trust.test_hostile_trees import UNPRIVILEGED

ARGUMENTS = (".", "--output-format=concise", "--quiet")
TASKS = TASK + "\n\n@shared_task\ndef ship(pk): ...\n"
VIEWS = "from shop.tasks import ship\n\n\ndef view():\n    ship.delay(1, 2, 3)\n"


def write_shop(root: Path) -> Path:
    (root / "shop").mkdir()
    (root / "pyproject.toml").touch()
    (root / "shop" / "__init__.py").touch()
    (root / "shop" / "tasks.py").write_text(TASKS)
    (root / "shop" / "views.py").write_text(VIEWS)
    return root


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return write_shop(tmp_path)


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    """What is found where nothing is wrong with the disk."""
    ran = check(write_shop(tmp_path_factory.mktemp("well")), *ARGUMENTS)
    assert (ran.code, ran.err, len(ran.out.splitlines())) == (1, "", 2)
    return ran


def test_a_full_disk(shop: Path, expected: Checked) -> None:
    # To a process that may write no byte to a file, each disk is full.
    ran = check(shop, *ARGUMENTS, first=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)))
    assert ran == expected
    assert not [path for path in (shop / CACHE_FOLDER).rglob("*") if path.suffix == ".json"]
    assert check(shop, *ARGUMENTS) == expected


@pytest.mark.skipif(
    os.getuid() == 0 and not shutil.which("setpriv"),
    reason="root ignores modes, and setpriv is not here to give that up",
)
def test_a_tree_that_is_read_only(shop: Path, expected: Checked) -> None:
    folders = [shop, shop / "shop"]
    for folder in folders:
        folder.chmod(0o555)
    try:
        ran = check(shop, *ARGUMENTS, before=UNPRIVILEGED if os.getuid() == 0 else ())
    finally:
        for folder in folders:
            folder.chmod(0o755)
    assert ran == expected
    assert not (shop / CACHE_FOLDER).exists()


def entries(root: Path) -> Iterator[Path]:
    found = sorted(path for path in (root / CACHE_FOLDER).rglob("*.json"))
    assert found
    return iter(found)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def make_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def link_elsewhere(path: Path) -> None:
    target = path.with_suffix(".moved")
    path.rename(target)
    path.symlink_to(target)


@pytest.mark.parametrize("tamper", [cut, empty, make_folder, make_pipe, link_elsewhere])
def test_a_cache_that_was_tampered_with(
    shop: Path, expected: Checked, tamper: Callable[[Path], None]
) -> None:
    assert check(shop, *ARGUMENTS) == expected
    for path in entries(shop):
        tamper(path)
    assert check(shop, *ARGUMENTS) == expected


def test_entries_in_each_others_place(shop: Path, expected: Checked) -> None:
    assert check(shop, *ARGUMENTS) == expected
    paths = list(entries(shop))
    contents = [path.read_bytes() for path in paths]
    for path, content in zip(paths, [*contents[1:], contents[0]], strict=True):
        path.write_bytes(content)
    assert check(shop, *ARGUMENTS) == expected


def test_a_cache_of_another_version(shop: Path, expected: Checked) -> None:
    assert check(shop, *ARGUMENTS) == expected
    (version,) = (p for p in (shop / CACHE_FOLDER).iterdir() if p.is_dir())
    version.rename(version.with_name("9.9.9-1-1.0-py3.99"))
    assert check(shop, *ARGUMENTS) == expected


def test_files_that_change_while_they_are_read(shop: Path) -> None:
    """Whatever is read of a file that others write: findings in it, or one CEL001; no crash."""
    paths = [shop / "shop" / "tasks.py", shop / "shop" / "views.py", shop / "shop" / "new.py"]
    texts = [TASKS, VIEWS, TASKS * 50, "", "from celery import (\n", "\0", "# coding: no\ncelery\n"]
    stop = threading.Event()

    def rewrite() -> None:
        turn = 0
        while not stop.is_set():
            turn += 1
            path = paths[turn % len(paths)]
            if turn % 7 == 0:
                path.unlink(missing_ok=True)
            else:
                path.write_text(texts[turn % len(texts)])

    writer = threading.Thread(target=rewrite)
    writer.start()
    try:
        for _ in range(40):
            projects._project.cache_clear()
            given = (("no-cache", True),)
            for result in lint_targets(targets(["shop"], given, folder=shop), given):
                codes = [finding.code for finding in result.findings]
                assert "CEL001" not in codes or len(codes) == 1
                assert not [f for f in unsound("", result.findings) if "crash" in f]
    finally:
        stop.set()
        writer.join()

"""Writing what was mended: the whole file or nothing, and as its owner keeps it."""

from __future__ import annotations

import os
import resource
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from flake8_celery_patterns.run.fixing import Mended, mend, save
from flake8_celery_patterns.run.result import FileResult, Target
from flake8_celery_patterns.run.writing import write_whole

BEFORE = b"from celery import shared_task\r\n\r\n@shared_task\r\ndef ship(self, pk): ..."
AFTER = BEFORE.replace(b"@shared_task", b"@shared_task(bind=True)")
NOBODY = 65534


def mended(path: Path, after: bytes = AFTER) -> Mended:
    """What `mend` would give for the file at `path`, which holds `BEFORE`."""
    target = Target(path, "shop/tasks.py")
    return Mended(target, BEFORE, after, FileResult(target))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "tasks.py"
    path.write_bytes(BEFORE)
    return path


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of a user whom permissions hold back, who is the one that runs the test."""
    with tempfile.TemporaryDirectory() as name:
        is_root = os.geteuid() == 0
        if is_root:
            os.chown(name, NOBODY, -1)
            os.seteuid(NOBODY)
        try:
            yield Path(name)
        finally:
            os.chmod(name, 0o700)
            if is_root:
                os.seteuid(0)


def test_what_is_not_changed_is_not_written(path: Path) -> None:
    os.utime(path, (1, 1))
    assert save(mended(path, BEFORE)) is None
    assert path.stat().st_mtime == 1


def test_what_mend_made_is_written(path: Path) -> None:
    found = mend(Target(path, "tasks.py"), (("no-cache", True),), unsafe=False)
    assert found is not None
    assert save(found) is None
    assert path.read_bytes() == AFTER
    assert os.listdir(path.parent) == ["tasks.py"]


def test_mode_and_attributes_stay_and_the_time_does_not(path: Path) -> None:
    path.chmod(0o751)
    os.utime(path, (1, 1))
    attributes = keeps_attributes(path)
    assert save(mended(path)) is None
    assert path.read_bytes() == AFTER
    assert stat.S_IMODE(path.stat().st_mode) == 0o751
    # Python takes a compiled module for current as long as the time of its source is the same.
    assert path.stat().st_mtime != 1
    if attributes:
        assert os.getxattr(path, "user.origin") == b"here"


def keeps_attributes(path: Path) -> bool:
    """Give the file an attribute, if the file system has any."""
    try:
        os.setxattr(path, "user.origin", b"here")
    except (AttributeError, OSError):
        return False
    return True


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file away")
def test_the_owner_stays(path: Path) -> None:
    os.chown(path, NOBODY, NOBODY)
    assert save(mended(path)) is None
    assert (path.stat().st_uid, path.stat().st_gid) == (NOBODY, NOBODY)


def test_a_reader_sees_the_old_or_the_new(path: Path) -> None:
    with path.open("rb") as reader:
        beginning = reader.read(10)
        assert save(mended(path)) is None
        assert beginning + reader.read() == BEFORE
    assert path.read_bytes() == AFTER


def test_content_that_changed_since_stays(path: Path) -> None:
    path.write_bytes(BEFORE + b"\r\n")
    said = save(mended(path))
    assert said == "shop/tasks.py: not written: it has changed since it was read: run again"
    assert path.read_bytes() == BEFORE + b"\r\n"
    assert os.listdir(path.parent) == ["tasks.py"]


def test_a_file_that_is_gone_is_not_made_again(path: Path) -> None:
    path.unlink()
    said = save(mended(path))
    assert said is not None
    assert "No such file" in said
    assert os.listdir(path.parent) == []


def test_a_link_stays_and_its_file_is_written(tmp_path: Path, path: Path) -> None:
    link = tmp_path / "folder" / "link.py"
    link.parent.mkdir()
    link.symlink_to("../tasks.py")
    assert save(mended(link)) is None
    assert link.is_symlink()
    assert path.read_bytes() == AFTER
    assert os.listdir(link.parent) == ["link.py"]


def test_a_circle_of_links_is_said(tmp_path: Path) -> None:
    link = tmp_path / "link.py"
    link.symlink_to("link.py")
    said = save(mended(link))
    assert said is not None
    assert "symbolic links" in said


def test_a_read_only_file_stays(folder: Path) -> None:
    path = folder / "tasks.py"
    path.write_bytes(BEFORE)
    path.chmod(0o444)
    assert save(mended(path)) == (
        "shop/tasks.py: not written: it cannot be written (Permission denied): mend that, "
        "or exclude it"
    )
    assert path.read_bytes() == BEFORE
    assert os.listdir(folder) == ["tasks.py"]


def test_a_file_in_a_read_only_folder_stays(folder: Path) -> None:
    path = folder / "tasks.py"
    path.write_bytes(BEFORE)
    folder.chmod(0o500)
    said = save(mended(path))
    assert said is not None
    assert "(Permission denied)" in said
    assert path.read_bytes() == BEFORE
    assert os.listdir(folder) == ["tasks.py"]


def test_a_disk_without_room_leaves_the_old(path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(BEFORE) + 5, hard))
    try:
        said = save(mended(path))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert said is not None
    assert "(File too large)" in said
    assert path.read_bytes() == BEFORE
    assert os.listdir(path.parent) == ["tasks.py"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_an_interrupted_write_leaves_the_old(
    path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, step, interrupted)
    with pytest.raises(KeyboardInterrupt):
        save(mended(path))
    assert path.read_bytes() == BEFORE
    assert os.listdir(path.parent) == ["tasks.py"]


def test_a_new_file_has_the_mode_of_any_other(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"")
    write_whole(tmp_path / "new", b"text")
    assert (tmp_path / "new").read_bytes() == b"text"
    assert (tmp_path / "new").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_a_file_is_replaced_whatever_it_holds(path: Path) -> None:
    write_whole(path, b"text")
    assert path.read_bytes() == b"text"

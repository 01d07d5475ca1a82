"""What was asked while a file was linted is noted for whoever has a recording open."""

from __future__ import annotations

from pathlib import Path

import pytest

from flake8_celery_patterns.facts.scopes import Module
from flake8_celery_patterns.project.journal import Journal, digest_of
from flake8_celery_patterns.project.project import Project
from tests.linting import WITHOUT_CACHE


class TestJournal:
    def test_nobody_records(self) -> None:
        journal = Journal()
        journal.note("content", "a.py", "1")
        journal.replay({("content", "b.py"): "2"})
        with journal.recording() as notes:
            pass
        journal.note("content", "c.py", "3")
        assert notes == {}

    def test_all_that_are_open_get_a_note(self) -> None:
        journal = Journal()
        with journal.recording() as outer:
            journal.note("content", "a.py", "1")
            with journal.recording() as inner:
                journal.note("content", "b.py", "2")
        assert inner == {("content", "b.py"): "2"}
        assert outer == {("content", "a.py"): "1", ("content", "b.py"): "2"}

    def test_what_was_noted_earlier_is_noted_again(self) -> None:
        journal = Journal()
        with journal.recording() as notes:
            journal.replay({("names", ""): "1", ("content", "a.py"): "2"})
        assert notes == {("names", ""): "1", ("content", "a.py"): "2"}

    def test_an_error_closes_a_recording(self) -> None:
        journal = Journal()
        with pytest.raises(ValueError), journal.recording() as notes:  # noqa: PT011
            raise ValueError
        journal.note("names", "", "1")
        assert notes == {}


def test_digests() -> None:
    assert digest_of(None) == ""
    assert len(digest_of(b"")) == 40
    assert digest_of(b"a") != digest_of(b"b")


class TestProject:
    """A project notes each answer, also one that it remembers."""

    @pytest.fixture
    def project(self, tmp_path: Path) -> Project:
        for name in ("pyproject.toml", "a.py", "b.py"):
            (tmp_path / name).touch()
        return Project(tmp_path, WITHOUT_CACHE)

    def test_each_time(self, project: Project, tmp_path: Path) -> None:
        for _ in range(2):
            with project.journal.recording() as notes:
                project.source(tmp_path / "a.py")
                project.content(tmp_path / "b.py")
                project.below(tmp_path, "a")
                project.below(tmp_path, "c")
                project.roots(tmp_path / "a.py")
                project.globbed("*.toml")
                _ = project.tree.python_files
                _ = project.tree.unread
            empty = digest_of(b"")
            assert notes.pop(("facts", f"{tmp_path}/a.py")).startswith(f"{empty}:")
            assert notes.pop(("names", ""))
            assert notes.pop(("unread", ""))
            assert notes == {
                ("content", f"{tmp_path}/b.py"): empty,
                ("place", f"{tmp_path}\na"): f"{tmp_path}/a.py",
                ("place", f"{tmp_path}\nc"): "",
                ("roots", f"{tmp_path}"): f"{tmp_path}",
                ("globbed", "*.toml"): f"{tmp_path}/pyproject.toml",
            }

    def test_not_of_the_file_that_is_linted(self, project: Project, tmp_path: Path) -> None:
        """Its findings are kept by its content."""
        path = tmp_path / "a.py"
        with project.journal.recording() as notes, project.linting(path, Module("")) as linted:
            assert project.source(path) is linted
        assert notes == {}

    def test_what_is_remembered_rests_on_the_disk(self, project: Project, tmp_path: Path) -> None:
        """On that of the file, too, that is linted when it is first asked for."""
        path = tmp_path / "a.py"
        with project.linting(path, Module("")) as linted:
            found = project.remember("it", lambda: project.source(path))
            assert found is not linted
            assert project.source(path) is linted
        with project.journal.recording() as notes:
            assert project.remember("it", lambda: None) is found
        assert list(notes) == [("facts", f"{path}")]

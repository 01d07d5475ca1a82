"""git as it is met: hooks, shallow and partial clones, hostile trees and configuration."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from flake8_celery_patterns.history import git
from flake8_celery_patterns.history.against import AgainstError
from flake8_celery_patterns.history.git import GitError, Repository
from tests.history.repositories import FOUND, NEW, Work, made, shop


@pytest.fixture
def work(tmp_path: Path) -> Work:
    """A repository whose one task has changed since the last commit."""
    return shop(tmp_path / "work").write({"shop/tasks.py": NEW})


class TestWrongUse:
    @pytest.mark.parametrize(
        ("revision", "message"),
        [
            ("nothing", "git knows no revision 'nothing' here: check its name, or fetch it first"),
            ("--help", "git knows no revision '--help' here"),
            ("HEAD:shop/tasks.py", "git knows no revision 'HEAD:shop/tasks.py' here"),
            ("HEAD~5", "git knows no revision 'HEAD~5' here"),
            ("", "'' is no git revision: give a commit, a branch or a tag"),
            ("HEAD\nHEAD", r"'HEAD\\nHEAD' is no git revision"),
            ("@{yesteryear", "git knows no revision '@{yesteryear' here"),
        ],
    )
    def test_a_revision_that_is_none(self, work: Work, revision: str, message: str) -> None:
        with pytest.raises(AgainstError) as caught:
            work.found(revision)
        assert str(caught.value).startswith(f"--against: {message.replace(chr(92) * 2, chr(92))}")
        assert "\n" not in str(caught.value)

    def test_a_folder_that_is_no_work_tree(self, tmp_path: Path) -> None:
        (tmp_path / "plain").mkdir()
        (tmp_path / "plain" / "tasks.py").write_text(NEW)
        with pytest.raises(AgainstError, match="plain is not in a git work tree"):
            Work(tmp_path / "plain").found()

    def test_a_bare_repository(self, work: Work, tmp_path: Path) -> None:
        work.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare"))
        with pytest.raises(AgainstError, match="bare is not in a git work tree"):
            Work(tmp_path / "bare").found()

    def test_git_is_not_installed(self, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("PATH", "/nowhere")
        with pytest.raises(AgainstError, match="git cannot be run"):
            work.found()

    def test_a_repository_without_a_commit(self, tmp_path: Path) -> None:
        with pytest.raises(AgainstError, match="git knows no revision 'HEAD' here"):
            made(tmp_path / "work").write({"shop/tasks.py": NEW}).found()


class TestClones:
    def test_a_shallow_clone_lacks_the_revision(self, work: Work, tmp_path: Path) -> None:
        first = work.git("rev-parse", "HEAD")
        work.commit()
        url = work.folder.as_uri()
        work.git("clone", "--quiet", "--depth=1", url, str(tmp_path / "shallow"))
        shallow = Work(tmp_path / "shallow")
        assert shallow.found("HEAD") == []
        for revision in ("HEAD~1", first):
            with pytest.raises(AgainstError, match=r"shallow.*git fetch --unshallow"):
                shallow.found(revision)

    def test_a_partial_clone_lacks_files_and_none_is_fetched(
        self, work: Work, tmp_path: Path
    ) -> None:
        work.git("config", "uploadpack.allowFilter", "true")
        work.commit()
        place = str(tmp_path / "partial")
        work.git("clone", "--quiet", "--filter=blob:none", work.folder.as_uri(), place)
        partial = Work(tmp_path / "partial")
        assert partial.found("HEAD") == []
        with pytest.raises(AgainstError, match="not all in this clone"):
            partial.found("HEAD~1")
        missing = partial.git("rev-list", "--objects", "--missing=print", "HEAD~1")
        assert "?" in missing

    def test_another_work_tree(self, work: Work, tmp_path: Path) -> None:
        work.git("worktree", "add", "--quiet", str(tmp_path / "second"))
        assert Work(tmp_path / "second").write({"shop/tasks.py": NEW}).found() == FOUND

    def test_object_names_of_256_bits(self, tmp_path: Path) -> None:
        work = shop(tmp_path / "work", "--object-format=sha256")
        assert len(work.git("rev-parse", "HEAD")) == 64
        assert work.write({"shop/tasks.py": NEW}).found() == FOUND

    def test_packed_objects(self, work: Work) -> None:
        work.git("gc", "--quiet", "--aggressive")
        assert work.found() == FOUND


class TestSurroundings:
    def test_in_a_hook(self, work: Work) -> None:
        """git tells its hooks of an index that is being written, in their environment."""
        asking = (
            "from pathlib import Path; from tests.history.repositories import Work;"
            "print('found', Work(Path.cwd()).found())"
        )
        root = Path(__file__).resolve().parents[2]
        hook = work.folder / ".git" / "hooks" / "pre-commit"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(
            f"#!/bin/sh\nenv | grep ^GIT_INDEX_FILE\n"
            f'PYTHONPATH="{root}" "{sys.executable}" -c "{asking}"\n'
        )
        hook.chmod(0o755)
        work.git("add", "--all")
        ran = subprocess.run(
            ["git", "-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "-am", "new"],
            cwd=work.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "GIT_INDEX_FILE=" in ran.stdout + ran.stderr
        assert f"found {FOUND}" in ran.stdout + ran.stderr

    def test_variables_of_another_repository_do_not_count(
        self, work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        other = shop(tmp_path / "other")
        monkeypatch.setenv("GIT_DIR", str(other.folder / ".git"))
        monkeypatch.setenv("GIT_WORK_TREE", str(other.folder))
        monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere")
        monkeypatch.setenv("GIT_OBJECT_DIRECTORY", "/nowhere")
        assert work.found() == FOUND

    def test_nothing_that_is_configured_is_run(self, work: Work, tmp_path: Path) -> None:
        traces = tmp_path / "traces"
        traces.mkdir()
        for name in ("smudge", "clean", "process", "textconv", "fsmonitor", "pager"):
            program = tmp_path / name
            program.write_text(f"#!/bin/sh\ntouch '{traces}/{name}'\ncat\n")
            program.chmod(0o755)
        for option, name in (
            ("filter.ours.smudge", "smudge"),
            ("filter.ours.clean", "clean"),
            ("filter.ours.process", "process"),
            ("diff.ours.textconv", "textconv"),
            ("core.fsmonitor", "fsmonitor"),
            ("core.pager", "pager"),
        ):
            work.git("config", option, str(tmp_path / name))
        work.write({".gitattributes": "*.py filter=ours diff=ours\n"})
        assert work.found() == FOUND
        assert list(traces.iterdir()) == []

    def test_line_ends_are_those_of_the_repository(self, work: Work) -> None:
        work.git("config", "core.autocrlf", "true")
        work.write({"shop/tasks.py": NEW.replace("\n", "\r\n")})
        assert work.found() == FOUND


class TestTrees:
    """Trees can be made with any names: nothing is written outside the folder."""

    def test_symlinks_are_not_made(self, work: Work, tmp_path: Path) -> None:
        (work.folder / "linked.py").symlink_to("/etc/hostname")
        (work.folder / "away").symlink_to(tmp_path)
        work.commit()
        assert sorted(_written(work, tmp_path / "out")) == ["shop/__init__.py", "shop/tasks.py"]

    @pytest.mark.parametrize("name", ["..", ".", "a/../../../evil", "../evil"])
    def test_names_that_lead_out(self, work: Work, tmp_path: Path, name: str) -> None:
        blob = work.git("hash-object", "-w", "--stdin", text="evil = 1\n")
        inner = _tree(work, [("100644", "evil.py", blob)])
        tree = _tree(work, [("40000", name, inner), ("100644", "good.py", blob)])
        folder = tmp_path / "deep" / "out"
        folder.mkdir(parents=True)
        Repository.around(work.folder).write_files(tree, lambda path: True, folder)
        assert [path.name for path in (tmp_path / "deep").rglob("*")] == ["out", "good.py"]
        assert not (tmp_path / "evil.py").exists()

    def test_a_file_and_a_folder_of_one_name(self, work: Work, tmp_path: Path) -> None:
        blob = work.git("hash-object", "-w", "--stdin", text="x = 1\n")
        inner = _tree(work, [("100644", "b.py", blob)])
        tree = _tree(work, [("100644", "a.py", blob), ("40000", "a.py", inner)])
        Repository.around(work.folder).write_files(tree, lambda path: True, tmp_path / "out")
        assert (tmp_path / "out" / "a.py").is_file()

    def test_what_is_too_large_for_any_linter_is_left_out(self, work: Work, tmp_path: Path) -> None:
        work.commit({"large.py": "#" * (git.LARGEST_FILE + 1), "small.py": "x = 1\n"})
        assert "large.py" not in _written(work, tmp_path / "out")
        assert "small.py" in _written(work, tmp_path / "again")

    def test_too_many_files(self, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(git, "MOST_FILES", 1)
        with pytest.raises(AgainstError, match="has 2 Python files; more than 1 are not compared"):
            work.found()

    def test_too_many_bytes(self, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(git, "MOST_BYTES", 10)
        with pytest.raises(AgainstError, match="are larger than 0 MiB together"):
            work.found()

    def test_an_object_that_is_gone(self, work: Work, tmp_path: Path) -> None:
        blob = work.git("rev-parse", "HEAD:shop/tasks.py")
        (work.folder / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
        with pytest.raises(GitError, match="not all in this clone"):
            _written(work, tmp_path / "out")


def _written(work: Work, into: Path) -> list[str]:
    into.mkdir()
    repository = Repository.around(work.folder)
    repository.write_files(repository.tree("HEAD"), lambda path: path.endswith(".py"), into)
    return [path.relative_to(into).as_posix() for path in into.rglob("*") if path.is_file()]


def _tree(work: Work, entries: list[tuple[str, str, str]]) -> str:
    """Make a tree of mode, name and object, whatever git thinks of the names."""
    text = b"".join(
        f"{mode} {name}\0".encode() + bytes.fromhex(name_of) for mode, name, name_of in entries
    )
    return work.git("hash-object", "-t", "tree", "--literally", "-w", "--stdin", text=text)

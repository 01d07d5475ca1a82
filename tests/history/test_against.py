"""`--against REV` on real repositories: what is found where, and what is left alone."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest

from flake8_celery_patterns.history.against import AgainstError, against
from flake8_celery_patterns.options import SettingsError
from flake8_celery_patterns.run.files import targets
from flake8_celery_patterns.run.result import Target
from tests.command import celery_patterns, usage_error
from tests.history.repositories import FOUND, NEW, NO_CACHE, OLD, Work, made, shop


@pytest.fixture
def work(tmp_path: Path) -> Work:
    """A repository with one task, and nothing changed."""
    return shop(tmp_path / "work")


class TestSilent:
    def test_nothing_has_changed(self, work: Work) -> None:
        assert work.found() == []

    def test_a_repository_without_tasks(self, tmp_path: Path) -> None:
        assert made(tmp_path / "work").commit({"a.py": "x = 1\n"}).found() == []

    def test_an_empty_commit_before_the_first_task(self, tmp_path: Path) -> None:
        work = made(tmp_path / "work").commit()
        assert work.write({"shop/tasks.py": NEW}).found() == []

    def test_a_new_task(self, work: Work) -> None:
        assert work.write({"shop/mail.py": NEW}).found() == []

    def test_a_file_that_cannot_be_parsed_now(self, work: Work) -> None:
        assert work.write({"shop/tasks.py": f"{NEW}def broken(:\n"}).found() == []

    @pytest.mark.parametrize(
        "now",
        [
            # By what is not seen, it may be a task of that name all the same.
            OLD.replace("@shared_task", "@shared_task(**OPTIONS)"),
            OLD.replace("from celery import shared_task", "from company.celery import shared_task"),
            OLD.replace("@shared_task", "@company_task"),
            f"{OLD.replace('@shared_task', '')}\nsend_receipt = shared_task(send_receipt)\n",
            OLD.replace("@shared_task", "@shared_task(name=NAME + 'receipt')"),
        ],
    )
    def test_what_may_still_be_the_task(self, work: Work, now: str) -> None:
        assert work.write({"shop/tasks.py": now}).found() == []

    @pytest.mark.parametrize(
        "text",
        [
            'NAMES = ["shop.tasks.send_receipt"]\n',
            'from celery import shared_task\n\nmake = shared_task(name=f"{__name__}.x")\n',
            "from celery import shared_task\n\nfor n in N:\n    shared_task(name=n)(print)\n",
            "from celery import shared_task\n\n\n@shared_task(name=NAMES[0])\ndef f(): ...\n",
            "import celery\n\nclass A(celery.Task):\n    name = N[0]\n    def run(self): ...\n",
            "import celery\n\nclass A(celery.Celery):\n    def gen_task_name(self, *a): ...\n",
        ],
    )
    def test_another_file_may_give_the_name(self, work: Work, text: str) -> None:
        assert work.write({"shop/tasks.py": "x = 1\n", "shop/names.py": text}).found() == []

    def test_a_file_that_may_hold_the_task_cannot_be_parsed(self, work: Work) -> None:
        assert work.write({"shop/tasks.py": "def broken(:\n"}).found() == []

    def test_a_file_that_could_not_be_parsed_then(self, tmp_path: Path) -> None:
        work = made(tmp_path / "work").commit({"shop/tasks.py": f"{OLD}def broken(:\n"})
        assert work.write({"shop/tasks.py": NEW}).found() == []

    def test_a_name_that_depends_on_files_that_are_not_in_view(self, work: Work) -> None:
        work.write({"shop/tasks.py": "", "elsewhere/x.py": ""})
        (work.folder / "linked.py").symlink_to("/nowhere/tasks.py")
        (work.folder / "outside").symlink_to(tempfile.gettempdir())
        assert work.found() == []


class TestFound:
    def test_what_is_not_committed_is_compared(self, work: Work) -> None:
        assert work.write({"shop/tasks.py": NEW}).found() == FOUND

    def test_what_is_committed_is_compared_with_what_was_before(self, work: Work) -> None:
        work.git("tag", "-a", "v1", "-m", "first")
        work.commit({"shop/tasks.py": NEW})
        assert work.found("HEAD") == []
        first = work.git("rev-parse", "HEAD~1")
        for revision in ("HEAD~1", "v1", "main@{1}", first, first[:8], "v1^{tree}"):
            assert work.found(revision) == FOUND

    def test_a_task_that_is_gone(self, work: Work) -> None:
        assert work.write({"shop/tasks.py": "x = 1\n"}).found() == [("shop/tasks.py", 1, "CEL123")]

    def test_names_of_other_things_may_be_made(self, work: Work) -> None:
        others = (
            'Tag(name=f"a{1}")\nTask.objects.create(name=title)\nlogging.getLogger(name=__name__)\n'
        )
        work.write({"shop/tasks.py": "x = 1\n", "shop/models.py": others})
        assert work.found() == [("shop/tasks.py", 1, "CEL123")]

    def test_a_file_that_is_gone(self, work: Work) -> None:
        work.write({"shop/tasks.py": None})
        assert work.found() == [("shop/__init__.py", 1, "CEL123")]

    def test_a_package_that_is_gone(self, work: Work) -> None:
        work.commit({"shop/mail/__init__.py": "", "shop/mail/jobs.py": OLD})
        work.write({"shop/mail/__init__.py": None, "shop/mail/jobs.py": None})
        (work.folder / "shop" / "mail").rmdir()
        assert work.found() == [("shop/__init__.py", 1, "CEL123")]

    def test_a_file_that_is_gone_from_a_folder_without_init(self, tmp_path: Path) -> None:
        work = made(tmp_path / "work").commit({"jobs/a.py": OLD, "jobs/b.py": "x = 1\n"})
        assert work.write({"jobs/a.py": None}).found() == [("jobs/b.py", 1, "CEL123")]

    def test_a_task_that_has_moved(self, work: Work) -> None:
        work.write({"shop/tasks.py": None, "shop/mail.py": OLD})
        assert work.found() == [("shop/mail.py", 5, "CEL123")]

    def test_a_task_that_has_moved_and_kept_its_name(self, work: Work) -> None:
        named = NEW.replace("@shared_task", '@shared_task(name="shop.tasks.send_receipt")')
        work.write({"shop/tasks.py": None, "shop/mail.py": named})
        assert work.found() == [("shop/mail.py", 5, "CEL121")]

    def test_a_base_that_is_bound_since(self, work: Work) -> None:
        """What another file says about a task that has not changed itself."""
        decorator = (
            "from celery import shared_task\n\n\ndef shop_task(f):\n    return shared_task{}(f)\n"
        )
        task = "from shop.jobs import shop_task\n\n\n@shop_task\ndef send(a, b=None): ...\n"
        work.commit({"shop/jobs.py": decorator.format(""), "shop/mail.py": task})
        work.write({"shop/jobs.py": decorator.format("(bind=True)")})
        # `self` now takes what was `a`'s place: one argument less.
        assert work.found() == [("shop/mail.py", 5, "CEL122")]


class TestPlaces:
    def test_only_the_files_that_are_asked_about(self, work: Work) -> None:
        work.commit({"shop/mail.py": OLD.replace("send_receipt", "send_mail")})
        changed = NEW.replace("send_receipt", "send_mail")
        work.write({"shop/tasks.py": NEW, "shop/mail.py": changed})
        assert work.found("HEAD", "shop/mail.py") == [("shop/mail.py", 5, "CEL121")]
        assert len(work.found("HEAD", "shop")) == 2

    def test_from_a_folder_inside(self, work: Work) -> None:
        work.write({"shop/tasks.py": NEW})
        assert work.found(below="shop") == [("tasks.py", 5, "CEL121")]

    def test_through_a_symlink_to_the_repository(self, work: Work, tmp_path: Path) -> None:
        work.write({"shop/tasks.py": NEW})
        (tmp_path / "link").symlink_to(work.folder)
        assert Work(tmp_path / "link").found() == FOUND

    def test_several_projects_in_one_repository(self, tmp_path: Path) -> None:
        work = made(tmp_path / "work")
        one = {f"{name}/shop/tasks.py": OLD for name in ("one", "two")}
        inits = {f"{name}/shop/__init__.py": "" for name in ("one", "two")}
        work.commit(one | inits | {"one/pyproject.toml": "", "two/pyproject.toml": "", "z.py": ""})
        # The other project has a task of that name: this one has not.
        work.write({"one/shop/tasks.py": "x = 1\n", "two/shop/tasks.py": NEW})
        assert work.found() == [
            ("one/shop/tasks.py", 1, "CEL123"),
            ("two/shop/tasks.py", 5, "CEL121"),
        ]
        assert work.found(below="one") == [("shop/tasks.py", 1, "CEL123")]

    def test_a_project_file_that_is_new(self, work: Work) -> None:
        assert work.write({"pyproject.toml": "", "shop/tasks.py": NEW}).found() == FOUND

    def test_files_of_other_repositories_are_left_out(self, work: Work, tmp_path: Path) -> None:
        other = shop(tmp_path / "other").write({"shop/tasks.py": NEW})
        assert work.found("HEAD", str(other.folder), "shop/tasks.py") == []
        assert other.found("HEAD", str(work.folder), ".") == FOUND
        with pytest.raises(AgainstError, match="none of the files is in the git repository"):
            work.found("HEAD", str(other.folder))

    def test_submodules_are_left_out(self, work: Work, tmp_path: Path) -> None:
        inner = shop(tmp_path / "inner")
        work.git("submodule", "--quiet", "add", str(inner.folder), "vendored")
        work.commit()
        work.write({"vendored/shop/tasks.py": NEW, "shop/tasks.py": NEW})
        assert work.found() == FOUND

    def test_names_that_are_no_utf_8(self, work: Work) -> None:
        name = os.fsdecode(b"shop/caf\xe9 \n/__init__.py")
        work.commit({name: "", name.replace("__init__", "tasks"): OLD})
        work.write({name.replace("__init__", "tasks"): NEW, "shop/tasks.py": NEW})
        assert {("shop/tasks.py", 5, "CEL121")} <= set(work.found())

    def test_what_comes_from_standard_input(self, work: Work) -> None:
        path = work.folder / "shop" / "tasks.py"
        target = Target(path, "shop/tasks.py", NEW.encode())
        (result,) = against("HEAD", [target], NO_CACHE, work.folder)
        assert [finding.code for finding in result.findings] == ["CEL121"]


class TestShown:
    def test_a_comment_silences(self, work: Work) -> None:
        silenced = NEW.replace("address):\n", "address):  # noqa: CEL121\n")
        work.write({"shop/tasks.py": silenced})
        files = targets((".",), NO_CACHE, folder=work.folder)
        (result,) = against("HEAD", files, NO_CACHE, work.folder)
        assert result.findings == ()
        assert [finding.code for finding in result.silenced] == ["CEL121"]

    @pytest.mark.parametrize(
        "table",
        ['ignore = ["CEL121"]', 'select = ["CEL3"]', 'per-file-ignores = {"shop/*" = ["C"]}'],
    )
    def test_what_is_not_selected_is_not_shown(self, work: Work, table: str) -> None:
        work.write({"pyproject.toml": f"[tool.celery-patterns]\n{table}\n", "shop/tasks.py": NEW})
        assert work.found() == []

    def test_a_wrong_setting_is_named(self, work: Work) -> None:
        work.write({"pyproject.toml": "[tool.celery-patterns]\nselct = []\n"})
        with pytest.raises(SettingsError, match="unknown key 'selct'"):
            work.found()


class TestLeftAlone:
    def test_the_work_tree_and_the_repository_stay_as_they_are(self, work: Work) -> None:
        work.write({"shop/tasks.py": NEW})
        work.git("add", "shop/tasks.py")
        work.write({"shop/tasks.py": f"{NEW}# not staged\n"})
        before = _state(work.folder)
        assert work.found() == FOUND
        assert _state(work.folder) == before

    def test_nothing_is_left_behind(
        self, work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        temporary = tmp_path / "temporary"
        temporary.mkdir()
        monkeypatch.setattr(tempfile, "tempdir", str(temporary))
        work.write({"shop/tasks.py": NEW})
        assert work.found() == FOUND
        with pytest.raises(AgainstError):
            work.found("nothing")
        assert list(temporary.iterdir()) == []

    def test_a_full_disk_is_said_in_one_line(
        self, work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "missing"))
        with pytest.raises(AgainstError, match=r"^--against: the old files cannot be written \("):
            work.found()


def _state(folder: Path) -> dict[str, tuple[int, bytes]]:
    """All files below a folder: when each was changed, and what it holds."""
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


class TestCommand:
    """`celery-patterns check --against REV` as a process."""

    def test_findings_are_reported_with_the_others(self, work: Work) -> None:
        work.write({"shop/tasks.py": f"{NEW}\n\nsend_receipt.delay(1)\n"})
        done = celery_patterns("check", "--no-cache", "--against", "HEAD", folder=work.folder)
        assert done.returncode == 1
        shown = [line.split(" ")[:2] for line in done.stdout.splitlines()]
        assert ["shop/tasks.py:5:28:", "CEL121"] in shown
        assert ["shop/tasks.py:9:1:", "CEL105"] in shown

    def test_without_it_nothing_is_compared(self, work: Work) -> None:
        work.write({"shop/tasks.py": NEW})
        done = celery_patterns("check", "--no-cache", "--select=CEL12", folder=work.folder)
        assert (done.returncode, done.stdout) == (0, "")

    def test_a_wrong_revision_is_wrong_use(self, work: Work) -> None:
        done = celery_patterns("check", "--against", "nothing", folder=work.folder)
        assert usage_error(done).startswith("--against: git knows no revision 'nothing' here: ")

    def test_a_baseline_holds_findings_back(self, work: Work) -> None:
        work.write({"shop/tasks.py": NEW})
        check = ("check", "--no-cache", "--select=CEL12", "--against=HEAD", "--baseline=known.json")
        written = celery_patterns(*check, "--write-baseline", folder=work.folder)
        assert "CEL121" in (work.folder / "known.json").read_text()
        assert (written.returncode, written.stdout) == (0, "")
        assert celery_patterns(*check, folder=work.folder).returncode == 0

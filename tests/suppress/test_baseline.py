"""A baseline hides what it holds and nothing else, wherever lines and folders move."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from flake8_celery_patterns.suppress.baseline import Baseline, BaselineError, Entry, load, save
from flake8_celery_patterns.suppress.baselines import Extent, prune, stale, write
from tests.suppress.looking import look, shown, write_project

TASKS = """
    from celery import shared_task


    @shared_task
    def first(self, x):
        return x


    @shared_task
    def second(self, x):
        return x
    """
FILES = {
    "pyproject.toml": '[tool.celery-patterns]\nbaseline = "known.json"\n',
    "shop/__init__.py": "",
    "shop/tasks.py": TASKS,
    "shop/more.py": TASKS.replace("second", "third"),
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A project of four findings, with a baseline that holds them all."""
    root = write_project(tmp_path / "shop", FILES)
    write(look(root))
    return root


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def gone(extent: Extent) -> list[tuple[str, str]]:
    """What a run says no longer occurs: path and function."""
    found = [entry for baseline in stale(extent) for entry in sorted(baseline.entries)]
    return [(entry.path, entry.function) for entry in found]


def test_without_one_everything_is_shown(tmp_path: Path) -> None:
    extent = look(write_project(tmp_path, FILES))
    assert shown(extent) == [
        "shop/more.py:5 CEL201",
        "shop/more.py:10 CEL201",
        "shop/tasks.py:5 CEL201",
        "shop/tasks.py:10 CEL201",
    ]
    assert stale(extent) == []


def test_what_it_holds_is_not_shown(shop: Path) -> None:
    extent = look(shop)
    assert (shown(extent), stale(extent)) == ([], [])
    assert [len(result.known) for result in extent.run.results] == [2, 2]


def test_writing_gives_the_run_without_its_findings(tmp_path: Path) -> None:
    extent = look(write_project(tmp_path, FILES))
    run, (baseline,) = write(extent)
    assert (run.found, len(baseline.entries)) == (0, 4)
    assert load(tmp_path / "known.json") == baseline


def test_its_file_is_readable_and_sorted(shop: Path) -> None:
    text = (shop / "known.json").read_text(encoding="utf-8")
    content = json.loads(text)
    assert content["version"] == 1
    assert [(entry["path"], entry["code"], entry["function"]) for entry in content["findings"]] == [
        ("shop/more.py", "CEL201", "first"),
        ("shop/more.py", "CEL201", "third"),
        ("shop/tasks.py", "CEL201", "first"),
        ("shop/tasks.py", "CEL201", "second"),
    ]
    # A line for each finding: a change of one is a change of one line.
    assert sum("CEL201" in line for line in text.splitlines()) == 4
    before = text
    write(look(shop))
    assert (shop / "known.json").read_text(encoding="utf-8") == before


def test_an_empty_one_is_valid(tmp_path: Path) -> None:
    save(Baseline(tmp_path / "known.json"))
    assert load(tmp_path / "known.json").entries == frozenset()
    assert json.loads((tmp_path / "known.json").read_bytes()) == {"version": 1, "findings": []}


def test_lines_that_move_keep_matching(shop: Path) -> None:
    edit(shop / "shop/tasks.py", "@shared_task", "# words\n\n\n@shared_task")
    edit(shop / "shop/tasks.py", "def second(self, x)", "def second(\n    self,\n    x,\n)")
    assert (shown(look(shop)), gone(look(shop))) == ([], [])


def test_it_does_not_matter_where_a_run_is_started(shop: Path) -> None:
    for folder, name in ((shop / "shop", "."), (shop, "shop/tasks.py"), (shop.parent, "shop")):
        extent = look(folder, name)
        assert (shown(extent), gone(extent)) == ([], [])
        assert extent.run.results


def test_a_project_can_move_with_it(shop: Path, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere" / "renamed"
    shutil.move(shop, moved)
    assert (shown(look(moved)), gone(look(moved))) == ([], [])


def test_a_finding_in_another_function_is_new(shop: Path) -> None:
    edit(shop / "shop/tasks.py", "def second", "def another")
    extent = look(shop)
    assert shown(extent) == ["shop/tasks.py:10 CEL201"]
    assert gone(extent) == [("shop/tasks.py", "second")]


def test_a_second_equal_finding_is_new(tmp_path: Path) -> None:
    call = "    send.delay(1, 2)\n"
    views = "from shop.sending import send\n\n\ndef view():\n" + call
    sending = "from celery import shared_task\n\n\n@shared_task\ndef send(x): ...\n"
    files = {**FILES, "shop/sending.py": sending, "shop/views.py": views}
    root = write_project(tmp_path, files)
    write(look(root))
    path = root / "shop/views.py"
    path.write_text(views + call)
    assert shown(look(root)) == ["shop/views.py:6 CEL105"]
    assert gone(look(root)) == []
    write(look(root))
    path.write_text(views)
    extent = look(root)
    assert (shown(extent), gone(extent)) == ([], [("shop/views.py", "view")])


def test_a_relative_path_from_the_command_line_needs_no_table(tmp_path: Path) -> None:
    root = write_project(tmp_path / "a", {**FILES, "pyproject.toml": ""})
    given = (("baseline", tmp_path / "kept" / "known.json"),)
    (tmp_path / "kept").mkdir()
    write(look(root, given=given))
    assert (shown(look(root, given=given)), len(shown(look(root)))) == ([], 4)
    assert "../a/shop/tasks.py" in (tmp_path / "kept" / "known.json").read_text()


def test_each_project_has_its_own(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_project(tmp_path / name, FILES)
    write_project(tmp_path / "c", {**FILES, "pyproject.toml": ""})
    run, written = write(look(tmp_path))
    assert [baseline.path.parent.name for baseline in written] == ["a", "b"]
    assert run.found == 4
    assert {place[0] for place in shown(look(tmp_path))} == {"c"}


WRONG = [
    ("", "expected JSON"),
    ("{", "expected JSON"),
    ("\xff", "expected JSON"),
    ("[" * 100_000, "expected JSON"),
    ("<<<<<<< HEAD\n{}", "expected JSON"),
    ("[]", "expected a baseline of version 1, got no version"),
    ("{}", "expected a baseline of version 1, got no version"),
    ('{"version": 2, "findings": []}', "expected a baseline of version 1, got version 2"),
    ('{"version": true, "findings": []}', "expected a baseline of version 1, got version True"),
    ('{"version": 1}', "expected a list as findings, got None"),
    ('{"version": 1, "findings": {}}', "expected a list as findings, got {}"),
    ('{"version": 1, "findings": [1]}', "findings[0]: expected texts for path, code, function"),
    ('{"version": 1, "findings": [{"path": "a"}]}', "findings[0]: expected texts for path, code"),
]


@pytest.mark.parametrize(("content", "says"), WRONG)
def test_what_is_no_baseline_is_one_clear_error(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "known.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(BaselineError) as error:
        load(path)
    text = str(error.value)
    assert text.startswith(f"{path}: {says}")
    assert text.endswith("; mend it, or delete it and write it anew with --write-baseline")
    assert "\n" not in text


def test_what_cannot_be_read_or_written_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(BaselineError, match="cannot be read: Is a directory"):
        load(tmp_path)
    with pytest.raises(BaselineError, match="cannot be written: No such file or directory"):
        save(Baseline(tmp_path / "none" / "known.json"))


def test_a_wrong_one_is_not_written_over(shop: Path) -> None:
    (shop / "known.json").write_text("mine")
    with pytest.raises(BaselineError):
        write(look(shop))
    assert (shop / "known.json").read_text() == "mine"


def test_a_run_without_one_has_none_to_write(tmp_path: Path) -> None:
    extent = look(write_project(tmp_path, {**FILES, "pyproject.toml": ""}))
    with pytest.raises(BaselineError, match="--baseline FILE"):
        write(extent)


@pytest.mark.parametrize("path", ["", ".", "/", "../../../..", "a\0b", "\ud800", "x" * 9000])
def test_strange_paths_in_it_do_no_harm(shop: Path, path: str) -> None:
    old = load(shop / "known.json")
    strange = Entry(path, "CEL201", "f", "0")
    save(Baseline(old.path, old.entries | {strange}))
    extent = look(shop)
    assert shown(extent) == []
    prune(stale(extent))
    assert old.entries <= load(old.path).entries

"""What no longer occurs in a baseline is said and pruned; what a run did not look at stays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from flake8_celery_patterns.settings import Values
from flake8_celery_patterns.suppress.baseline import Entry, load, save
from flake8_celery_patterns.suppress.baselines import prune, stale, write
from tests.suppress.looking import look, shown
from tests.suppress.test_baseline import edit, gone, shop

__all__ = ["shop"]

ALL = [("shop/tasks.py", "first"), ("shop/tasks.py", "second")]


def entries(root: Path) -> list[tuple[str, str]]:
    """Path and function of what the baseline of a project holds."""
    held = load(root / "known.json").entries
    return [(entry.path, entry.function) for entry in sorted(held)]


MORE = [("shop/more.py", "first"), ("shop/more.py", "third")]


def test_a_partial_run_says_nothing_of_the_rest(shop: Path) -> None:
    (shop / "shop/tasks.py").write_text("")
    assert gone(look(shop, "shop/more.py")) == []
    assert gone(look(shop, "shop/tasks.py")) == ALL


def test_a_file_that_is_gone_is_missed_in_its_folder_alone(shop: Path) -> None:
    (shop / "shop/tasks.py").unlink()
    (shop / "other").mkdir()
    assert gone(look(shop, "shop/more.py", "other")) == []
    assert gone(look(shop, "shop")) == ALL
    assert gone(look(shop)) == ALL


def test_a_file_that_is_left_out_is_not_gone(shop: Path) -> None:
    given: Values = (("exclude", ("tasks.py",)),)
    assert gone(look(shop, given=given)) == []


def test_a_rule_that_is_not_selected_is_not_gone(shop: Path) -> None:
    for given in (
        (("select", ("CEL1",)),),
        (("ignore", ("CEL2",)),),
        (("per-file-ignores", (("shop/*.py", ("CEL201",)),)),),
    ):
        extent = look(shop, given=given)
        assert (shown(extent), gone(extent)) == ([], [])


def test_a_file_that_cannot_be_read_is_not_known(shop: Path) -> None:
    edit(shop / "shop/tasks.py", "def first(", "def first((")
    extent = look(shop)
    assert (shown(extent), gone(extent)) == (["shop/tasks.py:6 CEL001"], [])
    # It stays in sight, and what was known of it is kept.
    run, _ = write(extent)
    assert (run.found, entries(shop)) == (1, [*MORE, *ALL])


def test_what_a_comment_hides_needs_no_entry(shop: Path) -> None:
    edit(shop / "shop/tasks.py", "def second(self, x):", "def second(self, x):  # noqa: CEL201")
    assert gone(look(shop)) == ALL[1:]


def test_pruning_takes_out_what_is_gone_and_nothing_else(shop: Path) -> None:
    (shop / "shop/tasks.py").write_text("")
    edit(shop / "shop/more.py", "def third(self, x)", "def third(x)")
    prune(stale(look(shop, "shop/more.py")))
    assert entries(shop) == [MORE[0], *ALL]
    prune(stale(look(shop)))
    assert entries(shop) == MORE[:1]
    assert stale(look(shop)) == []


def test_writing_a_part_keeps_the_rest(shop: Path) -> None:
    edit(shop / "shop/tasks.py", "def second", "def another")
    edit(shop / "shop/more.py", "def third", "def another")
    write(look(shop, "shop/tasks.py"))
    assert entries(shop) == [*MORE, ("shop/tasks.py", "another"), ("shop/tasks.py", "first")]
    write(look(shop, "shop/more.py", given=(("select", ("CEL1",)),)))
    assert entries(shop) == [*MORE, ("shop/tasks.py", "another"), ("shop/tasks.py", "first")]
    write(look(shop))
    assert [function for _, function in entries(shop)] == ["another", "first"] * 2


def test_what_only_a_comparison_finds_is_left_to_it(shop: Path) -> None:
    old = load(shop / "known.json")
    save(replace(old, entries=old.entries | {Entry("shop/tasks.py", "CEL121", "first", "0")}))
    extent = look(shop)
    assert gone(extent) == []
    assert gone(replace(extent, compared=True)) == ALL[:1]

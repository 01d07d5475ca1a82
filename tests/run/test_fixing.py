"""Mending one file: what is applied, what is left out and said, and what stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import libcst as cst
import pytest

from flake8_celery_patterns import check
from flake8_celery_patterns.fixes.plan import Plan, Replace
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.rules.registry import all_rules
from flake8_celery_patterns.rules.rule import Report, Rule
from flake8_celery_patterns.run.fixing import Mended, mend
from flake8_celery_patterns.run.lint import lint_target
from flake8_celery_patterns.run.result import Target
from flake8_celery_patterns.run.rounds import Applied
from flake8_celery_patterns.settings import Values
from flake8_celery_patterns.suppress.baseline import Baseline, save

NO_CACHE: Values = (("no-cache", True),)
UNBOUND = "from celery import shared_task\n\n\n@shared_task\ndef ship(self, pk): ...\n"
BOUND = UNBOUND.replace("shared_task\ndef", "shared_task(bind=True)\ndef")
OTHER = "\n\n@shared_task(autoretry_for=(OSError,))\ndef other(): ...\n"
BIND = Applied("CEL201", "Add bind=True", 1)

Mend = Callable[..., Mended]


@pytest.fixture
def mended(tmp_path: Path) -> Mend:
    """Mend a content, or text, as the only file of a project; nothing may be written."""
    (tmp_path / "pyproject.toml").touch()

    def mend_it(content: str | bytes, *given: Any, unsafe: bool = False) -> Mended:
        path = tmp_path / "shop.py"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        before = path.read_bytes()
        found = mend(Target(path, "shop.py"), NO_CACHE + given, unsafe=unsafe)
        assert found is not None
        assert found.before == path.read_bytes() == before
        assert [each.name for each in tmp_path.iterdir() if each != path] == ["pyproject.toml"]
        return found

    return mend_it


def test_a_file_without_celery_is_none_of_ours(tmp_path: Path) -> None:
    path = tmp_path / "shop.py"
    path.write_text("print(1)\n")
    assert mend(Target(path, "shop.py"), NO_CACHE, unsafe=True) is None


@pytest.mark.parametrize(
    "given",
    [("select", ("CEL1",)), ("ignore", ("CEL201",)), ("per-file-ignores", (("*.py", ("CEL2",)),))],
    ids=lambda given: given[0],
)
def test_what_is_not_selected_is_not_fixed(mended: Mend, given: tuple[str, Any]) -> None:
    found = mended(UNBOUND, given)
    assert (found.is_changed, found.fixed, found.applied, found.notes) == (False, 0, (), ())


def test_what_a_comment_silences_is_not_fixed(mended: Mend) -> None:
    found = mended(UNBOUND.replace(": ...", ": ...  # noqa: CEL201"))
    assert not found.is_changed
    assert [finding.code for finding in found.left.silenced] == ["CEL201"]


def test_what_has_no_fix_stays(mended: Mend) -> None:
    found = mended(UNBOUND.replace("self", "*, pk").replace(", pk):", "):") + "ship.delay(1)\n")
    assert not found.is_changed
    assert [finding.code for finding in found.left.findings] == ["CEL105"]


def test_an_unsafe_fix_needs_to_be_asked_for(mended: Mend) -> None:
    text = "from celery import shared_task\n" + OTHER
    assert not mended(text).is_changed
    assert mended(text, unsafe=True).applied == (Applied("CEL301", "Add retry_backoff=60", 1),)


def test_the_result_is_that_of_the_new_text(mended: Mend) -> None:
    found = mended(UNBOUND + OTHER)
    assert found.after.decode() == BOUND + OTHER
    assert (found.applied, found.fixed, found.notes) == ((BIND,), 1, ())
    assert [finding.code for finding in found.left.findings] == ["CEL301"]
    assert found.left.document.text.encode() == found.after


def test_a_fix_that_would_uncover_a_bug_is_left_out(mended: Mend) -> None:
    # What the calls of a task without `bind` lack is not known: none can work.
    found = mended(UNBOUND + "ship.delay()\n")
    assert not found.is_changed
    assert found.notes == (
        "shop.py: the fix of CEL201 was left out (Add bind=True): CEL105 would be found then",
    )


def test_fixes_that_meet_take_turns(mended: Mend) -> None:
    # Both add an argument to the decorator, at the same place.
    found = mended("from celery import shared_task\n" + OTHER.replace("()", "(self)"), unsafe=True)
    assert b"(autoretry_for=(OSError,), bind=True, retry_backoff=60)" in found.after
    assert (found.fixed, found.notes) == (2, ())


CONTENTS = {
    "crlf": UNBOUND.replace("\n", "\r\n").encode(),
    "cr": UNBOUND.replace("\n", "\r").encode(),
    "mixed line ends": UNBOUND.replace("\n\n", "\r\n\n").encode(),
    "no line end at the end": UNBOUND.rstrip("\n").encode(),
    "form feed": UNBOUND.replace("\n\n\n", "\n\f\n\n").encode(),
    "tabs": UNBOUND.replace(" ...", "\n\tprint('\t')").encode(),
    "bom": b"\xef\xbb\xbf" + UNBOUND.encode(),
    "bom and cookie": b"\xef\xbb\xbf# coding: utf-8\r\n" + UNBOUND.encode(),
    "latin-1": b"# -*- coding: latin-1 -*-\n" + UNBOUND.encode() + b"x = '\xe9\xff'\n",
    "cp1252": b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\n# \x80\n" + UNBOUND.encode(),
    "wide": UNBOUND.replace("def ship(self", "def ship(self, 名, pk='😀'): ...\n#", 1).encode(),
    "line separator": UNBOUND.replace(": ...", ": '\u2028\x85\x1c'").encode(),
    "trailing white space": UNBOUND.replace("task\n\n", "task \t\n \n").encode() + b"\n \n\n",
    "backslash": UNBOUND.replace("import s", "import \\\n    s").encode(),
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
def test_every_byte_outside_the_edits_stays(mended: Mend, content: bytes) -> None:
    found = mended(content)
    assert found.applied == (BIND,)
    assert found.after == content.replace(b"@shared_task", b"@shared_task(bind=True)")
    assert not mended(found.after).is_changed


def test_an_encoding_that_is_not_exact_is_left_alone(mended: Mend) -> None:
    # Bytes that decode, but are not those that the codec would write.
    content = b"# coding: utf-7\n" + UNBOUND.encode() + b"# +AGE-\n"
    found = mended(content)
    assert not found.is_changed
    assert found.notes == (
        "shop.py: not fixed: its encoding cannot be written unchanged: save it as UTF-8",
    )


@pytest.mark.parametrize(
    "content", [b"from celery import x\n\0", b"import celery\n(", b"\xff celery"]
)
def test_what_cannot_be_read_is_reported_and_left(mended: Mend, content: bytes) -> None:
    found = mended(content)
    assert not found.is_changed
    assert [finding.code for finding in found.left.findings] == ["CEL001"]


def test_a_file_that_is_gone_is_reported(tmp_path: Path) -> None:
    found = mend(Target(tmp_path / "gone.py", "gone.py"), NO_CACHE, unsafe=True)
    assert found is not None
    assert not found.is_changed
    assert [finding.code for finding in found.left.findings] == ["CEL001"]


def test_content_that_is_not_from_disk(tmp_path: Path) -> None:
    target = Target(tmp_path / "shop.py", "shop.py", UNBOUND.encode())
    found = mend(target, NO_CACHE, unsafe=False)
    assert found is not None
    assert found.after.decode() == BOUND
    assert not target.path.exists()


def test_other_files_are_asked_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "tasks.py").write_text(BOUND)
    path = tmp_path / "shop.py"
    path.write_text("from tasks import ship\n\n\nship.apply_async(1)\nship.apply_async((1, 2))\n")
    found = mend(Target(path, "shop.py"), NO_CACHE, unsafe=True)
    assert found is not None
    assert [finding.code for finding in found.left.findings] == ["CEL105"]
    assert b"ship.apply_async((1,))\n" in found.after


class Renaming(Rule[Task]):
    """A rule for these tests: the name of a function is what its fix puts in its place."""

    code = "CEL299"
    name = "misnamed"
    listens_to = Task
    texts: dict[str, str]

    def check(self, fact: Task, meaning: Meaning) -> Iterator[Report]:
        node = fact.definition.node
        assert isinstance(node, cst.FunctionDef)
        if node.name.value in self.texts:
            plan = Plan("Rename", (Replace(node.name, self.texts[node.name.value]),), safe=True)
            yield Report(node.name, f"{node.name.value} is misnamed", plan)


TASKS = "from celery import shared_task\n" + "".join(
    f"\n\n@shared_task\ndef {name}(): ...\n" for name in ("one", "two", "three", "four", "five")
)


@pytest.fixture
def renaming(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the fix of each task puts in the place of its name."""
    texts: dict[str, str] = {}
    monkeypatch.setattr(Renaming, "texts", texts, raising=False)
    monkeypatch.setattr(check, "all_rules", lambda: (*all_rules(), Renaming))
    return texts


LEFT_OUT = "shop.py: the fix of CEL299 was left out (Rename): "
BAD = {
    "no Python": ("three = 3", "the file would not compile"),
    "not allowed": ("three(): return 1\nreturn 2\ndef f", "the file would not compile"),
    "a parameter twice": ("three(a, a): ...\ndef f", "the file would not compile"),
    "a new finding": ("three(self): ...\n\n\n@shared_task\ndef x", "CEL201 would be found then"),
    "mends nothing": ("three", "CEL299 would still be found"),
}


@pytest.mark.parametrize(("text", "reason"), BAD.values(), ids=BAD)
def test_a_bad_fix_is_left_out_alone(
    mended: Mend, renaming: dict[str, str], text: str, reason: str
) -> None:
    renaming |= {name: f"{name}_" for name in ("one", "two", "four", "five")} | {"three": text}
    found = mended(TASKS)
    assert found.notes == (LEFT_OUT + reason,)
    after = TASKS
    for name in ("one", "two", "four", "five"):
        after = after.replace(f"def {name}(", f"def {name}_(")
    assert found.after.decode() == after
    assert (found.fixed, found.applied) == (4, (Applied("CEL299", "Rename", 4),))


def test_all_bad_fixes_are_left_out(mended: Mend, renaming: dict[str, str]) -> None:
    renaming |= {"one": "1", "three": "3", "four": "good"}
    found = mended(TASKS)
    assert found.after.decode() == TASKS.replace("def four(", "def good(")
    assert len(found.left.findings) == 2


def test_fixes_that_are_bad_together_only(mended: Mend, renaming: dict[str, str]) -> None:
    # CEL205: two tasks with the same name.
    renaming |= {"one": "same", "five": "same"}
    found = mended(TASKS)
    assert found.after.decode() == TASKS.replace("def one(", "def same(")
    assert found.notes == (LEFT_OUT + "CEL205 would be found then",)


def test_a_circle_comes_to_an_end(mended: Mend, renaming: dict[str, str]) -> None:
    renaming |= {"one": "other", "other": "one"}
    found = mended(TASKS)
    assert not found.is_changed
    assert set(found.notes) == {LEFT_OUT + "CEL299 would still be found"}


def test_what_the_baseline_holds_is_not_fixed(mended: Mend, tmp_path: Path) -> None:
    mended(UNBOUND + OTHER, unsafe=True)
    target = Target(tmp_path / "shop.py", "shop.py")
    result = lint_target(target, NO_CACHE)
    assert result is not None
    assert [finding.code for finding in result.findings] == ["CEL201", "CEL301"]
    baseline = Baseline(tmp_path / "known.json")
    known = frozenset(baseline.entries_for(result, result.findings[1:]))
    save(replace(baseline, entries=known))
    given = (*NO_CACHE, ("baseline", baseline.path))
    found = mend(target, given, unsafe=True)
    assert found is not None
    assert found.applied == (BIND,)
    assert (found.left.findings, len(found.left.known)) == ((), 1)


def test_a_comment_that_a_fix_makes_useless_goes_too(
    mended: Mend, renaming: dict[str, str]
) -> None:
    renaming |= {"one": "two(): ...\n\n\ndef three"}
    text = "from celery import shared_task\n\n\n@shared_task\ndef one(self): ...  # noqa: CEL201\n"
    found = mended(text, ("extend-select", ("CEL002",)))
    assert [applied.code for applied in found.applied] == ["CEL002", "CEL299"]
    after = text.replace("one", renaming["one"]).replace("  # noqa: CEL201", "")
    assert found.after.decode() == after
    assert (found.left.findings, found.notes) == ((), ())

"""Fingerprints: they stay when lines move, and no two findings of a project have the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from flake8_celery_patterns.finding import Finding, Span
from flake8_celery_patterns.run.lint import lint_target
from flake8_celery_patterns.run.result import FileResult, Target
from flake8_celery_patterns.suppress.fingerprint import fingerprints

HEAD = "from celery import shared_task\n\n\n@shared_task(time_limit=9)\ndef total(pk): ...\n\n\n"
SEND = "def send(pk):\n    total.delay(pk, countdown=1)\n"

Fingerprints = Callable[..., list[str]]


@pytest.fixture
def prints(tmp_path: Path) -> Fingerprints:
    """The fingerprints of a text as the file `name` of a project."""
    (tmp_path / "pyproject.toml").touch()

    def of(text: str, name: str = "shop.py", shown: str = "shop.py") -> list[str]:
        result = linted(tmp_path / name, text, shown)
        return fingerprints(result, result.findings)

    return of


def linted(path: Path, text: str, shown: str = "shop.py") -> FileResult:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    result = lint_target(Target(path, shown), (("no-cache", True),))
    assert result is not None
    return result


@pytest.mark.parametrize(
    "changed",
    [
        f"import math\n\n\n\nX = math.pi\n{HEAD}{SEND}",
        f"{HEAD}def other(): ...\n\n\n{SEND}",
        f"{HEAD}{SEND.replace('    ', chr(9))}",
        f"{HEAD}{SEND.replace('pk, ', 'pk,' + chr(10) + '        ')}",
        f"{HEAD}{SEND}# a comment\n",
        f"\ufeff{HEAD}{SEND}",
        f"{HEAD}{SEND}".replace("\n", "\r\n"),
    ],
    ids=["moved", "moved on", "tabs", "over two lines", "comment", "BOM", "line ends"],
)
def test_they_stay_when_the_finding_does(prints: Fingerprints, changed: str) -> None:
    before = prints(f"{HEAD}{SEND}")
    assert len(before) == 1
    assert prints(changed) == before


@pytest.mark.parametrize(
    "changed",
    [
        f"{HEAD}{SEND.replace('send', 'resend')}",
        f"{HEAD}class Shop:\n    {SEND.replace(chr(10) + ' ', chr(10) + '     ')}",
        f"{HEAD}{SEND.replace('=1', '=2')}",
    ],
    ids=["another function", "a method", "another text"],
)
def test_they_differ_where_the_finding_does(prints: Fingerprints, changed: str) -> None:
    assert set(prints(changed)).isdisjoint(prints(f"{HEAD}{SEND}"))


def test_they_do_not_depend_on_the_current_folder(prints: Fingerprints) -> None:
    assert prints(HEAD + SEND) == prints(HEAD + SEND, shown="../project/shop.py")


def test_files_of_a_project_have_their_own(prints: Fingerprints) -> None:
    names = ("shop.py", "shop/shop.py", "größe \n.py")
    assert len({print_ for name in names for print_ in prints(HEAD + SEND, name)}) == 3


def test_decorators_belong_to_what_they_decorate(prints: Fingerprints) -> None:
    task = "@shared_task(autoretry_for=(OSError,))\ndef {name}(pk): ...\n\n\n"
    text = "from celery import shared_task\n\n\n"
    one, two = (task.format(name=name) for name in ("one", "two"))
    first, second = prints(text + one + two)
    assert prints(text + two + one) == [second, first]


def test_equal_findings_count_up_and_hiding_one_renames_none(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    twice = SEND + SEND.splitlines(keepends=True)[1]
    open_result = linted(tmp_path / "shop.py", HEAD + twice)
    first, second = fingerprints(open_result, open_result.findings)
    assert first != second
    hidden = linted(tmp_path / "shop.py", HEAD + twice.replace("=1)", "=1)  # noqa", 1))
    assert fingerprints(hidden, hidden.findings) == [second]
    assert fingerprints(hidden, hidden.silenced) == [first]
    known = FileResult(open_result.target, open_result.findings[1:], known=open_result.findings[:1])
    assert fingerprints(known, known.findings) == [second]


def test_a_file_that_cannot_be_read_has_one(tmp_path: Path) -> None:
    result = linted(tmp_path / "shop.py", "from celery import shared_task\ndef (:\n")
    assert len(fingerprints(result, result.findings)) == 1


def test_a_file_that_is_gone_by_then_has_some(tmp_path: Path) -> None:
    target = Target(tmp_path / "gone.py", "gone.py")
    found = [Finding(Span(line, 0, line, 5), "CEL101", "It is gone") for line in (3, 9)]
    result = FileResult(target, tuple(found))
    assert len(set(fingerprints(result, found))) == 2

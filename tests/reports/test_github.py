"""Annotations of GitHub Actions, read as the runner reads them."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby

import pytest

from flake8_celery_patterns.run.result import Run
from tests.reports.commands import Command, github_command
from tests.reports.sample import ODD, result_of, written


def commands(run: Run) -> list[Command]:
    read = [github_command(line) for line in written("github", run).splitlines()]
    return [command for command in read if command is not None]


@pytest.fixture(scope="module")
def sample_commands(sample_run: Run) -> list[Command]:
    return commands(sample_run)


def only(commands: list[Command], file: str) -> list[Command]:
    return [command for command in commands if command.properties["file"] == file]


def test_a_clean_run_says_nothing(clean_run: Run) -> None:
    assert written("github", clean_run) == ""


def test_every_finding_is_one_command(sample_run: Run, sample_commands: list[Command]) -> None:
    assert len(sample_commands) == sample_run.found > 0


def test_the_worst_come_first(sample_commands: list[Command]) -> None:
    kinds = [kind for kind, _ in groupby(command.name for command in sample_commands)]
    assert kinds == ["error", "warning", "notice"]


def test_a_finding_in_one_line_has_columns(sample_commands: list[Command]) -> None:
    first = only(sample_commands, "back end/shop/sending.py")[0]
    assert first.name == "error"
    assert first.properties == {
        "title": "CEL103 option-passed-to-delay",
        "file": "back end/shop/sending.py",
        "line": "7",
        "endLine": "7",
        "col": "52",
        "endColumn": "66",
    }
    assert first.text.startswith("shop/sending.py:7:52: CEL103 .delay() takes no options")


def test_a_finding_over_several_lines_has_none(sample_run: Run) -> None:
    result = result_of(sample_run, "shop/sending.py")
    finding = result.findings[0]
    longer = replace(finding, span=replace(finding.span, end_line=9))
    (command,) = commands(replace(sample_run, results=(replace(result, findings=(longer,)),)))
    assert set(command.properties) == {"title", "file", "line", "endLine"}


def test_a_finding_in_a_notebook_belongs_to_the_file(sample_commands: list[Command]) -> None:
    (command,) = only(sample_commands, "back end/notes.ipynb")
    assert set(command.properties) == {"title", "file"}
    assert command.text.startswith("notes.ipynb:cell 3:3:16: CEL103 ")


def test_a_file_name_of_any_bytes_stays_one_line(sample_commands: list[Command]) -> None:
    name = f"back end/{ODD}".replace("\udcff", r"\xff")
    assert len(only(sample_commands, name)) == 8


def test_what_github_will_not_show_is_said(sample_run: Run) -> None:
    result = result_of(sample_run, "shop/sending.py")
    finding = result.findings[0]
    few, many = (
        replace(sample_run, results=(replace(result, findings=(finding,) * count),))
        for count in (10, 11)
    )
    assert len(written("github", few).splitlines()) == 10
    assert written("github", many).splitlines()[-1] == (
        "GitHub shows 10 annotations of each kind for a step; here are 11 errors."
    )

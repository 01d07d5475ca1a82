"""Issues of Azure Pipelines, read as the agent reads them."""

from __future__ import annotations

import pytest

from flake8_celery_patterns.run.result import Run
from tests.reports.commands import Command, azure_command
from tests.reports.sample import ODD, written


@pytest.fixture(scope="module")
def commands(sample_run: Run) -> list[Command]:
    read = [azure_command(line) for line in written("azure", sample_run).splitlines()]
    assert all(read)
    return [command for command in read if command is not None]


def test_a_clean_run_says_nothing(clean_run: Run) -> None:
    assert written("azure", clean_run) == ""


def test_every_finding_is_one_command(sample_run: Run, commands: list[Command]) -> None:
    shown = [finding.message for result in sample_run.results for finding in result.findings]
    assert len(commands) == len(shown)
    assert {command.name for command in commands} == {"task.logissue"}


def test_a_command_says_where(sample_run: Run, commands: list[Command]) -> None:
    path = str(sample_run.folder / "shop/sending.py")
    command = next(found for found in commands if found.properties["sourcepath"] == path)
    assert command.properties == {
        "type": "error",
        "sourcepath": path,
        "linenumber": "7",
        "columnnumber": "52",
        "code": "CEL103",
    }
    assert command.text.startswith(".delay() takes no options")


def test_all_but_bugs_are_warnings(commands: list[Command]) -> None:
    kinds = {(found.properties["code"], found.properties["type"]) for found in commands}
    assert {("CEL105", "error"), ("CEL401", "warning"), ("CEL913", "warning")} <= kinds


def test_a_finding_in_a_notebook_says_its_cell(commands: list[Command]) -> None:
    (found,) = (one for one in commands if one.properties["sourcepath"].endswith(".ipynb"))
    assert (found.properties["linenumber"], found.properties["columnnumber"]) == ("1", "1")
    assert found.text.startswith("cell 3, line 3: .delay() takes no options")


def test_a_file_name_of_any_bytes_stays_one_line(sample_run: Run, commands: list[Command]) -> None:
    path = str(sample_run.folder / ODD).replace("\udcff", r"\xff")
    assert sum(found.properties["sourcepath"] == path for found in commands) == 8

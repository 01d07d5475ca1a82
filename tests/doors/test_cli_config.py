"""`celery-patterns config`: every option, its value for a project, and where it comes from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from flake8_celery_patterns.doors.cli.config import as_toml
from flake8_celery_patterns.options import OPTIONS
from tests.command import COMMAND, celery_patterns, usage_error
from tests.terminal import environment, in_terminal

NAMES = [option.name for option in OPTIONS]
TABLE = """
[tool.celery-patterns]
ignore = ["CEL401"]
per-file-ignores = { "tests/*" = ["CEL1"] }
no-cache = true
baseline = "known.json"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(TABLE)
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "tasks.py").touch()
    return tmp_path


def values(folder: Path, *arguments: str) -> dict[str, tuple[Any, str]]:
    """What `config --output-format json` says: value and origin by name."""
    done = celery_patterns("config", "--output-format", "json", *arguments, folder=folder)
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert [row["name"] for row in told["options"]] == NAMES
    return {row["name"]: (row["value"], row["origin"]) for row in told["options"]}


def test_where_each_value_comes_from(project: Path) -> None:
    told = values(project, "--select", "CEL1,CEL2", "--no-respect-gitignore")
    given = {name: row for name, row in told.items() if row[1] != "default"}
    assert given == {
        "select": (["CEL1", "CEL2"], "command line"),
        "no-respect-gitignore": (True, "command line"),
        "ignore": (["CEL401"], "pyproject.toml"),
        "per-file-ignores": ({"tests/*": ["CEL1"]}, "pyproject.toml"),
        "no-cache": (True, "pyproject.toml"),
        "baseline": (str(project / "known.json"), "pyproject.toml"),
    }
    assert told["version"] == ("5.3", "default")
    assert told["cache-dir"] == (None, "default")


def test_the_command_line_wins_over_the_table(project: Path) -> None:
    told = values(project, "shop/tasks.py", "--ignore", "CEL2")
    assert told["ignore"] == (["CEL2"], "command line")
    assert told["no-cache"] == (True, "pyproject.toml")


def test_people_get_a_table_with_the_file(project: Path) -> None:
    done = celery_patterns("config", "shop", folder=project)
    assert done.stdout.splitlines()[0] == f"Project: {project}"
    rows = {line.split()[0]: line.split(maxsplit=1)[1] for line in done.stdout.splitlines()[3:]}
    assert list(rows) == NAMES
    assert rows["ignore"].split(maxsplit=1) == [str(project / "pyproject.toml"), '["CEL401"]']
    assert rows["select"].split() == ["default", "-"]
    shown = in_terminal([COMMAND, "config"], project, environment(), columns=150)
    assert "\x1b[1m" in shown


def test_an_option_is_explained(tmp_path: Path) -> None:
    done = celery_patterns("config", "per-file-ignores", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    option = next(option for option in OPTIONS if option.name == "per-file-ignores")
    assert option.help in done.stdout
    assert f"Type: {option.kind.value}\nDefault: {{}}\n" in done.stdout
    assert done.stdout.endswith(
        '  [tool.celery-patterns]\n  per-file-ignores = { "tests/*" = ["CEL1", "CEL405"] }\n'
    )


def test_an_option_wins_over_a_folder_of_its_name(project: Path) -> None:
    (project / "baseline").mkdir()
    assert "Type: a path" in celery_patterns("config", "baseline", folder=project).stdout
    assert values(project, "./baseline")["ignore"] == (["CEL401"], "pyproject.toml")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["slect"], "'slect' is neither an option nor a file or folder; did you mean the option"),
        (["zzz"], "'zzz' is neither an option nor a file or folder"),
        (["--ignore", "CEL999"], "Invalid value for --ignore: expected a list of codes"),
    ],
)
def test_wrong_use_is_one_message(project: Path, arguments: list[str], message: str) -> None:
    assert usage_error(celery_patterns("config", *arguments, folder=project)).startswith(message)


def test_a_broken_table_is_one_message(project: Path) -> None:
    path = project / "pyproject.toml"
    path.write_text('[tool.celery-patterns]\nslect = ["CEL1"]\n')
    message = usage_error(celery_patterns("config", folder=project))
    assert message.startswith(f"{path}: [tool.celery-patterns]: unknown key 'slect'; did you mean")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "-"),
        (True, "true"),
        (3, "3"),
        ('a"b\\', '"a\\"b\\\\"'),
        (["CEL1"], '["CEL1"]'),
        ({}, "{}"),
        ({"a b": ["CEL1"], "c": []}, '{ "a b" = ["CEL1"], "c" = [] }'),
    ],
)
def test_values_are_written_as_toml(value: object, text: str) -> None:
    assert as_toml(value) == text

"""The options of all commands: each listed once in the help, in a section, and checked."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from flake8_celery_patterns.doors.cli.group import celery_patterns as group
from flake8_celery_patterns.options import OPTIONS
from tests.command import celery_patterns, usage_error

COMMANDS = [
    ("check",),
    ("tasks",),
    ("rule",),
    ("rules",),
    ("explain",),
    ("config",),
    ("cache", "clear"),
    ("completion",),
]


def help_of(*command: str) -> str:
    done = CliRunner().invoke(group, [*command, "--help"])
    assert done.exit_code == 0
    return done.output


def command_of(names: tuple[str, ...]) -> click.Command:
    found: click.Command = group
    for name in names:
        assert isinstance(found, click.Group)
        inner = found.get_command(click.Context(found), name)
        assert inner is not None
        found = inner
    return found


@pytest.mark.parametrize("names", COMMANDS, ids=" ".join)
def test_the_help_lists_each_option_once(names: tuple[str, ...]) -> None:
    # Options stand two columns in, what is said of them further in.
    listed = [
        word.rstrip(",")
        for line in help_of(*names).splitlines()
        if line.startswith("  -")
        for word in line.split("  ")[1].split()
        if word.startswith("-")
    ]
    options = [param for param in command_of(names).params if isinstance(param, click.Option)]
    expected = [name for option in options for name in option.opts]
    assert sorted(listed) == sorted([*expected, "-h", "--help"])


def test_the_settings_stand_in_sections_and_all_of_them_can_be_given() -> None:
    sections: dict[str, list[str]] = {}
    for line in help_of("check").splitlines():
        if line.endswith(":") and not line.startswith(" "):
            names = sections.setdefault(line, [])
        elif line.startswith("  -"):
            names.append(line.split()[0])
    assert list(sections)[:2] == ["Options:", "Fixes:"]
    assert "--jobs" not in sections["Fixes:"]
    assert {"--select", "--per-file-ignores"} <= set(sections["Which findings are shown:"])
    assert {"--exclude", "--force-exclude"} <= set(sections["Which files are looked at:"])
    assert {"--baseline", "--write-baseline"} <= set(sections["Findings that are to stay:"])
    assert sections["Cache:"] == ["--cache-dir", "--no-cache"]
    every = {name for names in sections.values() for name in names}
    assert {f"--{option.name}" for option in OPTIONS} <= every


def test_commands_without_findings_select_none() -> None:
    assert "--select" not in help_of("tasks")
    assert "--exclude" in help_of("tasks")
    assert "--exclude" not in help_of("cache", "clear")


def test_a_command_that_is_not_there_names_the_nearest(tmp_path: Path) -> None:
    said = usage_error(celery_patterns("chek", folder=tmp_path))
    assert said == "No such command 'chek'. Did you mean 'check'?"
    assert usage_error(celery_patterns("zzz", folder=tmp_path)) == "No such command 'zzz'."


def test_ignores_for_files_are_named_as_the_command_line_takes_them(tmp_path: Path) -> None:
    said = usage_error(celery_patterns("check", "--per-file-ignores=CEL1", folder=tmp_path))
    assert said.endswith("expected patterns with codes, such as tests/*:CEL1,CEL405, got 'CEL1'")

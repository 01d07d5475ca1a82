"""`celery-patterns config`: what can be set, what is set, and where."""

from __future__ import annotations

import json
import os
import sys
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from flake8_celery_patterns.doors.cli.options import given, settings_options, text_or_json
from flake8_celery_patterns.doors.cli.sections import SectionedCommand
from flake8_celery_patterns.options import OPTIONS, Option, SettingsError
from flake8_celery_patterns.project.root import root_around
from flake8_celery_patterns.reports.printable import encoding_of, printable
from flake8_celery_patterns.settings import TABLE, Origin, Settings, Values, origins, settings_for


@click.command("config", cls=SectionedCommand)
@click.argument("subject", metavar="[OPTION|PATH]", default=".")
@text_or_json
@settings_options()
def command(subject: str, output_format: str, **rest: Any) -> None:
    """Show all options, and where each value comes from.

    With the name of an OPTION, explain it. With a PATH (default: the current folder), show the
    values that hold for the project that it belongs to; a path that is named like an option is
    written `./NAME`.
    """
    option = next((option for option in OPTIONS if option.name == subject), None)
    if option is not None:
        told = _explained(option)
        click.echo(_json(told) if output_format == "json" else _text(told))
        return
    values = given(rest)
    root = _root_of(subject)
    try:
        shown = _values(root, values)
    except SettingsError as error:
        raise click.UsageError(str(error)) from None
    if output_format == "json":
        click.echo(_json({"root": os.fspath(root), "options": shown}))
        return
    from flake8_celery_patterns.doors.cli.table import show

    click.echo(f"Project: {printable(os.fspath(root), encoding_of(sys.stdout))}\n")
    rows = [(row["name"], _named(row["origin"], root), as_toml(row["value"])) for row in shown]
    show(("Option", "From", "Value"), rows)


def _root_of(subject: str) -> Path:
    """The root of the project that a path belongs to."""
    path = Path(os.path.abspath(subject))
    if not os.path.lexists(path):
        near = get_close_matches(subject, [option.name for option in OPTIONS], n=1)
        hint = f"; did you mean the option {near[0]!r}?" if near else ""
        raise click.UsageError(f"{subject!r} is neither an option nor a file or folder{hint}")
    return root_around(path)


def _values(root: Path, values: Values) -> list[dict[str, Any]]:
    settings = settings_for(root, values)
    found = origins(root, values)
    return [
        {
            "name": option.name,
            "value": _value(option, settings),
            "origin": found[option.name].value,
        }
        for option in OPTIONS
    ]


def _value(option: Option, settings: Settings) -> object:
    """A value as the user would write it."""
    value = getattr(settings, option.field)
    return _plain(option, not value if option.inverted else value)


def _plain(option: Option, value: object) -> object:
    """A value as JSON has it."""
    if isinstance(value, Path):
        return os.fspath(value)
    if not isinstance(value, tuple):
        return value
    if isinstance(option.example, dict):
        return {pattern: list(codes) for pattern, codes in value}
    return list(value)


def _explained(option: Option) -> dict[str, Any]:
    return {
        "name": option.name,
        "help": option.help,
        "type": option.kind.value,
        "default": _plain(option, option.default),
        "example": option.example,
    }


def _text(told: dict[str, Any]) -> str:
    """What is told of one option, for people."""
    return (
        f"{told['name']}\n\n"
        f"{told['help']}\n\n"
        f"Type: {told['type']}\n"
        f"Default: {as_toml(told['default'])}\n"
        f"Example:\n\n"
        f"  [tool.{TABLE}]\n"
        f"  {told['name']} = {as_toml(told['example'])}"
    )


def _named(origin: str, root: Path) -> str:
    return os.fspath(root / origin) if origin == Origin.TABLE.value else origin


def as_toml(value: object) -> str:
    """Give a plain value as TOML; "-" for None, which TOML does not have."""
    if value is None:
        return "-"
    if isinstance(value, dict):
        pairs = ", ".join(f"{as_toml(key)} = {as_toml(item)}" for key, item in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    return json.dumps(value, ensure_ascii=False)


def _json(value: object) -> str:
    return json.dumps(value, indent=2)

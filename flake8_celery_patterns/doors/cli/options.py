"""Command line options that come from the table of all options."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

import click

from flake8_celery_patterns.doors.cli.sections import (
    CACHE,
    FILES,
    PROJECT,
    SELECTION,
    STAYING,
    sectioned,
)
from flake8_celery_patterns.options import (
    OPTIONS,
    Kind,
    Option,
    PerFile,
    SettingsError,
    from_text,
    shown,
    validated,
)
from flake8_celery_patterns.settings import Values

_Command = TypeVar("_Command", bound=Callable[..., Any])
_METAVARS = {
    Kind.NAMES: "NAMES",
    Kind.NUMBER: "N",
    Kind.PATH: "PATH",
    Kind.VERSION: "X.Y",
    Kind.SELECTORS: "CODES",
    Kind.PATTERNS: "PATTERNS",
    Kind.PER_FILE: "PATTERN:CODES",
}
_SECTIONS = {
    "cache-dir": CACHE,
    "no-cache": CACHE,
    "select": SELECTION,
    "extend-select": SELECTION,
    "ignore": SELECTION,
    "extend-ignore": SELECTION,
    "per-file-ignores": SELECTION,
    "baseline": STAYING,
    "exclude": FILES,
    "extend-exclude": FILES,
    "no-respect-gitignore": FILES,
}


# For commands that tell something: to people, or to other tools.
text_or_json = click.option(
    "--output-format",
    type=click.Choice(["text", "json"]),
    default="text",
    help="Text for people (the default), or JSON.",
)


def settings_options(*sections: str) -> Callable[[_Command], _Command]:
    """Give a click command an option for each key of `[tool.celery-patterns]`.

    `sections`: those of which the command makes use, in that order; none stands for all.
    """

    def decorate(command: _Command) -> _Command:
        for section in reversed(sections or (STAYING, SELECTION, FILES, PROJECT, CACHE)):
            for option in reversed(OPTIONS):
                if _SECTIONS.get(option.name, PROJECT) == section:
                    command = _declared(option, section)(command)
        return command

    return decorate


def _declared(option: Option, section: str) -> Any:
    declared: dict[str, Any] = {"default": None, "help": option.help}
    if option.kind is Kind.FLAG:
        declared |= {"is_flag": True, "flag_value": True}
    else:
        declared |= {"metavar": _METAVARS[option.kind]}
    return sectioned(section, f"--{option.name}", _field(option), **declared)


def given(options: Mapping[str, Any]) -> Values:
    """Give what the user set on the command line.

    A relative path is relative to the current folder. Raises click's `BadParameter`.
    """
    found = []
    for option in OPTIONS:
        raw = options.get(_field(option))
        if raw is None:
            continue
        try:
            value = validated(option, _read(option, raw))
        except SettingsError as error:
            raise click.BadParameter(str(error), param_hint=f"--{option.name}") from None
        if isinstance(value, Path):
            value = Path(os.path.abspath(value))
        elif option.kind is Kind.PER_FILE:
            value = _from_here(cast(PerFile, value))
        found.append((option.name, value))
    return tuple(found)


def _read(option: Option, raw: object) -> object:
    read = from_text(option, raw)
    if option.kind is Kind.PER_FILE and isinstance(read, str):
        example = "expected patterns with codes, such as tests/*:CEL1,CEL405"
        raise SettingsError(f"{example}, got {shown(read)}")
    return read


def _from_here(per_file: PerFile) -> PerFile:
    """Patterns with a slash start from the current folder, as those given to flake8 do."""
    return tuple(
        (os.path.abspath(pattern) if "/" in pattern else pattern, codes)
        for pattern, codes in per_file
    )


def _field(option: Option) -> str:
    return "set_" + option.name.replace("-", "_")

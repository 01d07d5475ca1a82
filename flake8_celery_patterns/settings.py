"""All that a user can set, in one typed and validated place.

`OPTIONS` describes each option once. The flake8 options (`--celery-<name>`), the keys of
`[tool.celery-patterns]` in pyproject.toml and their validation are derived from it.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path

from flake8_celery_patterns.project.root import inside

Value = bool | int | str | tuple[str, ...] | Path
Values = tuple[tuple[str, Value], ...]

TABLE = "celery-patterns"
# Of Celery: the parts that can decide, and others behind them.
_VERSION = re.compile(r"\d{1,4}\.\d{1,4}(\.\w{1,10})*", re.ASCII)


class SettingsError(Exception):
    """A setting that cannot be used. Its text is one line: where, which, what was expected."""


class Kind(Enum):
    """What an option holds; the value is how an error message calls it."""

    FLAG = "true or false"
    NAMES = "a list of dotted names"
    NUMBER = "a whole number above 0"
    PATH = "a path"
    VERSION = "a version such as 5.4"


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that a user can set.

    `name`: as the user writes it. `field`: the field of `Settings` that it fills. `default`: the
    value when nobody sets it, None for a path that is worked out later. `inverted`: a flag that
    turns its field off. `help`: plain text, a sentence.
    """

    name: str
    kind: Kind
    default: Value | None
    field: str
    help: str
    inverted: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """What one project's user has set; hashable, equal by value.

    `task_decorators`: names of the project's own task decorators, dotted or the last name alone.
    `permanent_errors`: names of exceptions, dotted or the last name alone, that no retry mends.
    `assume_global_time_limit`: a time limit for all tasks is set where the linter cannot see it.
    `max_task_statements`, `max_canvas_depth`: what CEL914 and CEL915 still let pass.
    `celery_version`: the oldest Celery that the project runs with.
    `cache_dir`: absolute folder of the cache; None: `.celery_patterns_cache` in the root.
    `cache`: False keeps everything in memory.
    `select`, `extend_select`: the selectors given to the door, empty when none were, for
    `suppress.select.opinion_allowed`. They are the door's own options, so not in `OPTIONS`.
    """

    task_decorators: tuple[str, ...] = ()
    permanent_errors: tuple[str, ...] = ()
    assume_global_time_limit: bool = False
    max_task_statements: int = 50
    max_canvas_depth: int = 3
    celery_version: str = "5.3"
    cache_dir: Path | None = None
    cache: bool = True
    select: tuple[str, ...] = ()
    extend_select: tuple[str, ...] = ()


OPTIONS: tuple[Option, ...] = (
    Option(
        name="task-decorators",
        kind=Kind.NAMES,
        default=(),
        field="task_decorators",
        help="Your own decorators that make a Celery task, dotted or by their last name.",
    ),
    Option(
        name="permanent-errors",
        kind=Kind.NAMES,
        default=(),
        field="permanent_errors",
        help="Your own exceptions that no retry can mend, dotted or by their last name.",
    ),
    Option(
        name="assume-global-time-limit",
        kind=Kind.FLAG,
        default=False,
        field="assume_global_time_limit",
        help="A time limit for all tasks is set where it cannot be seen from the code.",
    ),
    Option(
        name="max-task-statements",
        kind=Kind.NUMBER,
        default=50,
        field="max_task_statements",
        help="The most statements that a task may have before CEL914 reports it (default: 50).",
    ),
    Option(
        name="max-canvas-depth",
        kind=Kind.NUMBER,
        default=3,
        field="max_canvas_depth",
        help="The most levels that a canvas may have before CEL915 reports it (default: 3).",
    ),
    Option(
        name="version",
        kind=Kind.VERSION,
        default="5.3",
        field="celery_version",
        help="The oldest version of Celery that your code runs with (default: 5.3).",
    ),
    Option(
        name="cache-dir",
        kind=Kind.PATH,
        default=None,
        field="cache_dir",
        help="Folder for what is remembered of other files between runs.",
    ),
    Option(
        name="no-cache",
        kind=Kind.FLAG,
        default=False,
        field="cache",
        help="Neither read nor write the cache folder.",
        inverted=True,
    ),
)


def validated(option: Option, value: object) -> Value:
    """Give `value` as the type that `option` holds.

    Takes what TOML or a command line parser hands over: a bool, an int, a str, a list of str.
    Raises `SettingsError` that says what was expected and what came; where, the caller knows.
    """
    match option.kind, value:
        case Kind.FLAG, bool():
            return value
        case Kind.NUMBER, int() if value > 0 and not isinstance(value, bool):
            return value
        case Kind.NAMES, list() | tuple() if all(_is_dotted_name(item) for item in value):
            return tuple(value)
        case Kind.PATH, str() if value and "\0" not in value:
            return Path(value)
        case Kind.VERSION, str() if _VERSION.fullmatch(value):
            return value
    raise SettingsError(f"expected {option.kind.value}, got {_shown(value)}")


def settings_for(
    root: Path,
    given: Values = (),
    select: tuple[str, ...] = (),
    extend_select: tuple[str, ...] = (),
) -> Settings:
    """Give the settings that hold for the files of one project; memoised.

    `root`: the project's folder, absolute; its pyproject.toml is read once per process.
    `given`: pairs of option name and validated value from the door's own options; they win over
    `[tool.celery-patterns]`. A relative path in either is relative to `root`.
    Raises `SettingsError` that names the file and the key.
    """
    return _settings_for(root, given, select, extend_select)


def forget() -> None:
    """Drop everything remembered, so that the next question reads pyproject.toml again."""
    _settings_for.cache_clear()


@lru_cache(maxsize=1024)
def _settings_for(
    root: Path, given: Values, select: tuple[str, ...], extend_select: tuple[str, ...]
) -> Settings:
    values = {**_from_pyproject(root), **dict(given)}
    fields: dict[str, Value | None] = {}
    for option in OPTIONS:
        value = values.get(option.name, option.default)
        if isinstance(value, Path):
            value = Path(os.path.normpath(root / value))
        fields[option.field] = (not value) if option.inverted else value
    return Settings(select=select, extend_select=extend_select, **fields)  # type: ignore[arg-type]


def _from_pyproject(root: Path) -> dict[str, Value]:
    path = root / "pyproject.toml"
    content = _bytes_inside(root, path)
    # Most projects set nothing here: the TOML parser is neither imported nor run for them.
    if TABLE.encode() not in content:
        return {}
    tool = _parsed(path, content).get("tool")
    table = tool.get(TABLE, {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise SettingsError(f"{path}: [tool.{TABLE}]: expected a table, got {_shown(table)}")
    return {key: _checked_key(path, key, value) for key, value in table.items()}


def _checked_key(path: Path, key: str, value: object) -> Value:
    by_name = {option.name: option for option in OPTIONS}
    if key not in by_name:
        raise SettingsError(f"{path}: [tool.{TABLE}]: unknown key {key!r}; {_advice(key, by_name)}")
    try:
        return validated(by_name[key], value)
    except SettingsError as error:
        raise SettingsError(f"{path}: [tool.{TABLE}] {key}: {error}") from None


def _advice(key: str, names: Mapping[str, Option]) -> str:
    from difflib import get_close_matches

    nearest = get_close_matches(key, names, n=1)
    hint = f"did you mean {nearest[0]!r}? " if nearest else ""
    return f"{hint}expected one of: {', '.join(names)}"


def _bytes_inside(root: Path, path: Path) -> bytes:
    """Read a file; nothing if there is none, if it is no plain file, or a link out of the root."""
    try:
        return path.read_bytes() if inside(root, path) and path.is_file() else b""
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from None


def _parsed(path: Path, content: bytes) -> dict[str, object]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib  # type: ignore[import-not-found,unused-ignore]
    try:
        parsed: dict[str, object] = tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError:
        raise SettingsError(f"{path}: cannot be read: expected UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path}: cannot be read: expected valid TOML: {error}") from None
    except RecursionError:
        raise SettingsError(f"{path}: cannot be read: nested too deeply") from None
    return parsed


def _is_dotted_name(item: object) -> bool:
    return isinstance(item, str) and all(part.isidentifier() for part in item.split("."))


def _shown(value: object) -> str:
    from reprlib import repr as short_repr

    return short_repr(value)

"""What one project's user has set, in one typed and validated place."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from pathlib import Path

from flake8_celery_patterns.options import (
    EXCLUDED,
    OPTIONS,
    Option,
    PerFile,
    SettingsError,
    Value,
    shown,
    validated,
)
from flake8_celery_patterns.project.root import inside

Values = tuple[tuple[str, Value], ...]

TABLE = "celery-patterns"


class Origin(Enum):
    """Where the value of an option comes from: what it is by itself, `[tool.celery-patterns]`, or
    the door's own options."""

    DEFAULT = "default"
    TABLE = "pyproject.toml"
    GIVEN = "command line"


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
    `select`, `extend_select`, `ignore`, `extend_ignore`, `per_file_ignores`: for
    `suppress.select.Selector`; empty when nobody set them, `select` then None: an empty one selects
    nothing, as flake8's does.
    `exclude`, `extend_exclude`: patterns of files and folders that the command line leaves out.
    `respect_gitignore`: it leaves out, too, what git ignores.
    `baseline`: absolute path of the file of findings that are known already.
    """

    task_decorators: tuple[str, ...] = ()
    permanent_errors: tuple[str, ...] = ()
    assume_global_time_limit: bool = False
    max_task_statements: int = 50
    max_canvas_depth: int = 3
    celery_version: str = "5.3"
    cache_dir: Path | None = None
    cache: bool = True
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    extend_ignore: tuple[str, ...] = ()
    per_file_ignores: PerFile = ()
    exclude: tuple[str, ...] = EXCLUDED
    extend_exclude: tuple[str, ...] = ()
    respect_gitignore: bool = True
    baseline: Path | None = None


def settings_for(root: Path, given: Values = ()) -> Settings:
    """Give the settings that hold for the files of one project; memoised.

    `root`: the project's folder, absolute; its pyproject.toml is read once per process.
    `given`: pairs of option name and validated value from the door's own options; they win over
    `[tool.celery-patterns]`. A relative path in either is relative to `root`.
    Raises `SettingsError` that names the file and the key.
    """
    return _settings_for(root, given)


def values_in(root: Path) -> dict[str, Value]:
    """Give what the pyproject.toml of `root` sets, by option name; empty where it says nothing.

    Raises `SettingsError` that names the file and the key.
    """
    return _from_pyproject(root)


def origins(root: Path, given: Values = ()) -> dict[str, Origin]:
    """Give where the value of each option comes from, by its name; arguments as in `settings_for`.

    Raises `SettingsError` that names the file and the key.
    """
    found = dict.fromkeys((option.name for option in OPTIONS), Origin.DEFAULT)
    found |= dict.fromkeys(values_in(root), Origin.TABLE)
    return found | dict.fromkeys((name for name, _ in given), Origin.GIVEN)


def forget() -> None:
    """Drop everything remembered, so that the next question reads pyproject.toml again."""
    _settings_for.cache_clear()


@lru_cache(maxsize=1024)
def _settings_for(root: Path, given: Values) -> Settings:
    values = {**_from_pyproject(root), **dict(given)}
    fields: dict[str, Value | None] = {}
    for option in OPTIONS:
        value = values.get(option.name, option.default)
        if isinstance(value, Path):
            value = Path(os.path.normpath(root / value))
        fields[option.field] = (not value) if option.inverted else value
    return Settings(**fields)  # type: ignore[arg-type]


def _from_pyproject(root: Path) -> dict[str, Value]:
    path = root / "pyproject.toml"
    content = _bytes_inside(root, path)
    # Most projects set nothing here: the TOML parser is neither imported nor run for them.
    if TABLE.encode() not in content:
        return {}
    tool = _parsed(path, content).get("tool")
    table = tool.get(TABLE, {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise SettingsError(f"{path}: [tool.{TABLE}]: expected a table, got {shown(table)}")
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
        if error.errno == errno.ENAMETOOLONG:
            return b""
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

"""What a user can set: each option once.

The flake8 options (`--celery-<name>`), the options of the command line, the keys of
`[tool.celery-patterns]` in pyproject.toml and their validation are derived from `OPTIONS`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from configparser import RawConfigParser
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

PerFile = tuple[tuple[str, tuple[str, ...]], ...]
Value = bool | int | str | tuple[str, ...] | PerFile | Path


# More of them is no number that anybody means, and Python refuses to read 5,000.
_DIGITS = re.compile(r"[0-9]{1,9}")
# Of Celery: the parts that can decide, and others behind them.
_VERSION = re.compile(r"\d{1,4}\.\d{1,4}(\.\w{1,10})*", re.ASCII)


# What no linter looks into unless asked to: flake8's own defaults, and environments and builds.
EXCLUDED = (
    ".bzr",
    ".direnv",
    ".eggs",
    ".git",
    ".hg",
    ".mypy_cache",
    ".nox",
    ".pytest_cache",
    ".ruff_cache",
    ".svn",
    ".tox",
    ".venv",
    "CVS",
    "__pycache__",
    "__pypackages__",
    "build",
    "dist",
    "node_modules",
    "site-packages",
    "venv",
)


class SettingsError(Exception):
    """A setting that cannot be used. Its text is one line: where, which, what was expected."""


class Kind(Enum):
    """What an option holds; the value is how an error message calls it."""

    FLAG = "true or false"
    NAMES = "a list of dotted names"
    NUMBER = "a whole number above 0"
    PATH = "a path"
    VERSION = 'a version such as "5.4"'
    SELECTORS = "a list of codes, or beginnings of codes, such as CEL101 or CEL3"
    PATTERNS = "a list of file patterns"
    PER_FILE = "a table of file patterns, each with a list of codes"


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that a user can set.

    `name`: as the user writes it. `field`: the field of `Settings` that it fills. `default`: the
    value when nobody sets it, None for a path that is worked out later. `inverted`: a flag that
    turns its field off. `help`: plain text, a sentence. `example`: a value as TOML and JSON have
    it. `is_flake8s`: flake8 has an option of its own for this, which wins over the table's key.
    `is_cli_only`: the flake8 plugin has no use for it.
    """

    name: str
    kind: Kind
    default: Value | None
    field: str
    help: str
    example: bool | int | str | list[str] | dict[str, list[str]]
    inverted: bool = False
    is_flake8s: bool = False
    is_cli_only: bool = False


OPTIONS: tuple[Option, ...] = (
    Option(
        name="task-decorators",
        kind=Kind.NAMES,
        default=(),
        field="task_decorators",
        help="Your own decorators that make a Celery task, dotted or by their last name.",
        example=["myproject.tasks.job", "periodic"],
    ),
    Option(
        name="permanent-errors",
        kind=Kind.NAMES,
        default=(),
        field="permanent_errors",
        help="Your own exceptions that no retry can mend, dotted or by their last name.",
        example=["myproject.errors.CardDeclined", "InvalidAddress"],
    ),
    Option(
        name="assume-global-time-limit",
        kind=Kind.FLAG,
        default=False,
        field="assume_global_time_limit",
        help="A time limit for all tasks is set where it cannot be seen from the code.",
        example=True,
    ),
    Option(
        name="max-task-statements",
        kind=Kind.NUMBER,
        default=50,
        field="max_task_statements",
        help="The most statements that a task may have before CEL914 reports it (default: 50).",
        example=80,
    ),
    Option(
        name="max-canvas-depth",
        kind=Kind.NUMBER,
        default=3,
        field="max_canvas_depth",
        help="The most levels that a canvas may have before CEL915 reports it (default: 3).",
        example=5,
    ),
    Option(
        name="version",
        kind=Kind.VERSION,
        default="5.3",
        field="celery_version",
        help="The oldest version of Celery that your code runs with (default: 5.3).",
        example="5.5",
    ),
    Option(
        name="cache-dir",
        kind=Kind.PATH,
        default=None,
        field="cache_dir",
        help="Folder of the cache (default: .celery_patterns_cache in the project's root).",
        example=".cache/celery-patterns",
    ),
    Option(
        name="no-cache",
        kind=Kind.FLAG,
        default=False,
        field="cache",
        help="Neither read nor write the cache folder.",
        example=True,
        inverted=True,
    ),
    Option(
        name="select",
        kind=Kind.SELECTORS,
        default=None,
        field="select",
        help="Show these codes alone (default: all but the opinions, CEL9).",
        example=["CEL1", "CEL2", "CEL301"],
        is_flake8s=True,
    ),
    Option(
        name="extend-select",
        kind=Kind.SELECTORS,
        default=(),
        field="extend_select",
        help="Show these codes too.",
        example=["CEL904", "CEL002"],
        is_flake8s=True,
    ),
    Option(
        name="ignore",
        kind=Kind.SELECTORS,
        default=(),
        field="ignore",
        help="Do not show these codes; where a code is selected too, the longer of both wins.",
        example=["CEL401"],
        is_flake8s=True,
    ),
    Option(
        name="extend-ignore",
        kind=Kind.SELECTORS,
        default=(),
        field="extend_ignore",
        help="Do not show these codes either.",
        example=["CEL7"],
        is_flake8s=True,
    ),
    Option(
        name="per-file-ignores",
        kind=Kind.PER_FILE,
        default=(),
        field="per_file_ignores",
        help="Do not show codes in the files that a pattern matches.",
        example={"tests/*": ["CEL1", "CEL405"]},
        is_flake8s=True,
    ),
    Option(
        name="exclude",
        kind=Kind.PATTERNS,
        default=EXCLUDED,
        field="exclude",
        help="Leave out files and folders that match (default: environments, builds, caches).",
        example=[".venv", "legacy"],
        is_flake8s=True,
    ),
    Option(
        name="extend-exclude",
        kind=Kind.PATTERNS,
        default=(),
        field="extend_exclude",
        help="Leave out these files and folders too.",
        example=["legacy", "*/generated/*.py"],
        is_flake8s=True,
    ),
    Option(
        name="no-respect-gitignore",
        kind=Kind.FLAG,
        default=False,
        field="respect_gitignore",
        help="Look at files that git ignores, too.",
        example=True,
        inverted=True,
        is_cli_only=True,
    ),
    Option(
        name="baseline",
        kind=Kind.PATH,
        default=None,
        field="baseline",
        help="File of findings that are known already and not shown again.",
        example="celery-patterns-baseline.json",
        is_cli_only=True,
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
        case Kind.SELECTORS, list() | tuple() if all(isinstance(item, str) for item in value):
            return _selectors(value)
        case Kind.PATTERNS, list() | tuple() if all(_is_pattern(item) for item in value):
            return tuple(value)
        case Kind.PER_FILE, dict() if all(map(_is_pattern, value)):
            return tuple((key, _codes(key, codes)) for key, codes in value.items())
    raise _unexpected(option.kind, value)


def from_text(option: Option, raw: object) -> object:
    """Turn a text from a command line or an ini file into what `validated` takes.

    A flag may be a word ("yes", "off"), a list has commas or white space between its items,
    per-file ignores are flake8's `pattern:codes pattern:codes`. All else is left as it is.
    """
    if not isinstance(raw, str):
        return raw
    match option.kind:
        case Kind.FLAG:
            return RawConfigParser.BOOLEAN_STATES.get(raw.lower(), raw)
        case Kind.NUMBER if _DIGITS.fullmatch(raw):
            return int(raw)
        case Kind.NAMES | Kind.SELECTORS | Kind.PATTERNS:
            return [item for item in re.split(r"[,\s]", raw) if item]
        case Kind.PER_FILE:
            return _per_file(raw)
    return raw


def _per_file(raw: str) -> object:
    """`a.py:CEL1,CEL2 tests/*:CEL4` as a table; the text itself where flake8 refuses it."""
    from flake8.exceptions import ExecutionError
    from flake8.utils import parse_files_to_codes_mapping

    found: dict[str, list[str]] = {}
    try:
        for pattern, codes in parse_files_to_codes_mapping(raw):
            found.setdefault(pattern, codes)
    except ExecutionError:
        return raw
    return found


def _codes(pattern: str, codes: object) -> tuple[str, ...]:
    try:
        if isinstance(codes, list) and all(isinstance(item, str) for item in codes):
            return _selectors(codes)
        raise _unexpected(Kind.SELECTORS, codes)
    except SettingsError as error:
        raise SettingsError(f"{shown(pattern)}: {error}") from None


def _selectors(codes: Sequence[str]) -> tuple[str, ...]:
    """The codes themselves. One that selects nothing is a slip that silently turns rules off."""
    if codes:
        from flake8_celery_patterns.rules import listed

        for code in codes:
            if code not in listed.selectors():
                near = listed.nearest(code)
                hint = f"; did you mean {near!r}?" if near else ""
                reason = f"{_unexpected(Kind.SELECTORS, code)}, which selects nothing{hint}"
                raise SettingsError(reason)
    return tuple(codes)


def _unexpected(kind: Kind, value: object) -> SettingsError:
    return SettingsError(f"expected {kind.value}, got {shown(value)}")


def _is_pattern(item: object) -> bool:
    return isinstance(item, str) and bool(item) and "\0" not in item


def _is_dotted_name(item: object) -> bool:
    return isinstance(item, str) and all(part.isidentifier() for part in item.split("."))


def shown(value: object) -> str:
    """Give a value in one short line, for a message."""
    from reprlib import repr as short_repr

    return short_repr(value)

"""Every option is in the README, and what the documentation says of options is so."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from flake8_celery_patterns.options import OPTIONS, validated
from tests.test_settings_schema import SCHEMA

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found,unused-ignore]

ROOT = Path(__file__).resolve().parent.parent
TEXTS = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
}
NAMES = {option.name: option for option in OPTIONS}
_BLOCK = re.compile(r"^( *)```toml\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def tables() -> list[tuple[str, dict[str, Any]]]:
    """Every `[tool.celery-patterns]` in a block of TOML, with the file it stands in."""
    found = []
    for name, text in TEXTS.items():
        for _, block in _BLOCK.findall(text):
            table = tomllib.loads(block).get("tool", {}).get("celery-patterns")
            if table is not None:
                found.append((name, table))
    return found


@pytest.mark.parametrize("name", NAMES)
def test_every_option_has_a_row_in_the_readme(name: str) -> None:
    assert f"\n| `{name}` | `--{name}` | " in TEXTS["README.md"]


@pytest.mark.parametrize("name", TEXTS)
def test_every_option_that_is_named_exists(name: str) -> None:
    named = set(re.findall(r"--celery-([a-z-]+)", TEXTS[name]))
    assert named <= {o.name for o in OPTIONS if not (o.is_flake8s or o.is_cli_only)}


def test_every_table_that_is_shown_is_valid() -> None:
    assert tables()
    for name, table in tables():
        assert table.keys() <= SCHEMA["properties"].keys(), name
        for key, value in table.items():
            validated(NAMES[key], value)

"""The JSON schema of `[tool.celery-patterns]`, for editors and for SchemaStore."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from flake8_celery_patterns.options import OPTIONS, Kind, Option
from flake8_celery_patterns.rules.listed import OF_THE_TOOL, beginnings

# Where SchemaStore keeps the part of pyproject.toml that belongs to one tool:
# https://github.com/SchemaStore/schemastore/blob/master/CONTRIBUTING.md
ID = "https://json.schemastore.org/partial-celery-patterns.json"

# No null byte, which no path can hold.
_PATH = {"type": "string", "pattern": "^[^\\u0000]+$"}
# What Python takes for a name is more than a pattern can say: outside of ASCII all is let through.
_FIRST, _NEXT = r"[^\s\x00-@\[-\^`{-\x7f]", r"[^\s\x00-/:-@\[-\^`{-\x7f]"
_NAME = f"{_FIRST}{_NEXT}*"
_CODES = {"type": "array", "items": {"$ref": "#/definitions/selector"}}


def schema(codes: Iterable[str]) -> str:
    """The text of the schema: draft 7, as SchemaStore asks for. `codes`: those of all rules."""
    made = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": ID,
        "title": "celery-patterns",
        "description": "Settings of flake8-celery-patterns: [tool.celery-patterns]",
        "type": "object",
        "additionalProperties": False,
        "properties": {option.name: _property(option) for option in OPTIONS},
        "definitions": {
            "selector": {
                "description": "A code, or the beginning of codes.",
                "type": "string",
                "enum": sorted(beginnings((*OF_THE_TOOL, *codes))),
            }
        },
    }
    return json.dumps(made, indent=2) + "\n"


def _property(option: Option) -> dict[str, Any]:
    shown: dict[str, Any] = {"title": option.name, "description": option.help}
    if option.default is not None:
        shown["default"] = _plain(option)
    return {**shown, "examples": [option.example], **_TYPES[option.kind]}


def _plain(option: Option) -> object:
    """The default as JSON has it."""
    if option.kind is Kind.PER_FILE:
        return {}
    return list(option.default) if isinstance(option.default, tuple) else option.default


_TYPES: dict[Kind, dict[str, Any]] = {
    Kind.FLAG: {"type": "boolean"},
    Kind.NAMES: {
        "type": "array",
        "items": {"type": "string", "pattern": rf"^{_NAME}(\.{_NAME})*$"},
    },
    Kind.NUMBER: {"type": "integer", "minimum": 1},
    Kind.PATH: _PATH,
    Kind.VERSION: {
        "type": "string",
        "pattern": r"^[0-9]{1,4}\.[0-9]{1,4}(\.[0-9A-Za-z_]{1,10})*$",
    },
    Kind.SELECTORS: _CODES,
    Kind.PATTERNS: {"type": "array", "items": _PATH},
    Kind.PER_FILE: {
        "type": "object",
        "propertyNames": _PATH,
        "additionalProperties": _CODES,
    },
}

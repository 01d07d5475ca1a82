"""The JSON schema of `[tool.celery-patterns]` accepts just what the settings accept."""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from docs.settings_schema import schema
from flake8_celery_patterns.options import OPTIONS, Kind, Option, SettingsError, validated
from flake8_celery_patterns.rules.registry import all_rules

BY_NAME = {option.name: option for option in OPTIONS}
SHIPPED = Path(__file__).resolve().parent.parent / "flake8_celery_patterns"
SCHEMA = json.loads((SHIPPED / "celery-patterns.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft7Validator(SCHEMA)

# What TOML can hold. A float that is whole is an integer to JSON, and none to TOML.
_TEXTS = st.one_of(
    st.text(st.sampled_from(string.printable.replace("\n", "")), max_size=6),
    st.sampled_from(("CEL1", "CEL101", "CEL", "CEL999", "E501", "5.4", "5.4.0rc1", "a.b", "a..b")),
)
_ITEMS = st.one_of(_TEXTS, st.integers(), st.booleans())
_VALUES = st.one_of(
    _ITEMS,
    st.sampled_from((0.5, -1.5)),
    st.lists(_ITEMS, max_size=3),
    st.dictionaries(_TEXTS, st.one_of(st.lists(_ITEMS, max_size=3), _ITEMS), max_size=3),
)


def accepted_by_the_settings(option: Option, value: object) -> bool:
    try:
        validated(option, value)
    except SettingsError:
        return False
    return True


def test_it_is_what_the_options_give() -> None:
    assert json.loads(schema(rule.code for rule in all_rules())) == SCHEMA


def test_it_is_a_schema_of_the_draft_that_schemastore_asks_for() -> None:
    Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"
    assert SCHEMA["additionalProperties"] is False
    assert list(SCHEMA["properties"]) == list(BY_NAME)


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_each_property_says_what_the_option_says(option: Option) -> None:
    told = SCHEMA["properties"][option.name]
    assert told["description"] == option.help
    assert ("default" in told) == (option.default is not None)
    shown = [*told["examples"], *([told["default"]] if "default" in told else [])]
    for value in shown:
        assert VALIDATOR.is_valid({option.name: value})
        assert accepted_by_the_settings(option, value)


def test_a_whole_table() -> None:
    assert VALIDATOR.is_valid({option.name: option.example for option in OPTIONS})
    assert VALIDATOR.is_valid({})


@pytest.mark.parametrize(
    "table",
    [
        {"task-decorator": ["job"]},
        {"task_decorators": ["job"]},
        {"task-decorators": "job"},
        {"no-cache": "yes"},
        {"max-canvas-depth": 0},
        {"version": "5"},
        {"cache-dir": ""},
        {"select": ["CELL1"]},
        {"per-file-ignores": {"a.py": "CEL1"}},
        {"per-file-ignores": {"a.py": ["E501"]}},
        {"exclude": [""]},
        [],
    ],
    ids=str,
)
def test_what_it_refuses(table: Any) -> None:
    assert not VALIDATOR.is_valid(table)


@given(st.sampled_from(OPTIONS), _VALUES)
def test_both_accept_the_same(option: Option, value: object) -> None:
    told = VALIDATOR.is_valid({option.name: value})
    assert told == accepted_by_the_settings(option, value)


@given(st.sampled_from([o for o in OPTIONS if o.kind is Kind.NAMES]), st.text(min_size=1))
def test_it_refuses_no_name_that_the_settings_accept(option: Option, name: str) -> None:
    if accepted_by_the_settings(option, [name]):
        assert VALIDATOR.is_valid({option.name: [name]})

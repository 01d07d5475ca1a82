"""Facts in the cache: they come back as they were, and forged ones are refused or do no harm."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import pytest

from flake8_celery_patterns.facts.encode import decode, encode
from flake8_celery_patterns.facts.expressions import Attribute, Opaque, everything
from flake8_celery_patterns.facts.scopes import Assignment, Function, Module
from tests.rules.fixture_files import fixtures
from tests.source.python_files import sample
from tests.source.worlds import focused

REFUSED = (ValueError, KeyError, TypeError)


@cache
def encoded_fixtures() -> tuple[str, ...]:
    """The facts of fixtures as the cache holds them: each as JSON."""
    files = [file for fixture in fixtures() for file in fixture.files]
    texts = [path.read_text(encoding="utf-8") for path in sample(files, 60)]
    return tuple(json.dumps(encode(focused(text, outside=True).facts.module)) for text in texts)


def test_real_facts_come_back_as_they_were() -> None:
    for data in map(json.loads, encoded_fixtures()):
        assert encode(decode(data)) == data


def test_scopes_know_what_is_around_them() -> None:
    text = "class Shop:\n    def close(self):\n        def inner(): yield shared_task\n"
    facts = decode(encode(focused(text, outside=True).facts.module))
    (shop,) = facts.bindings["Shop"]
    (close,) = shop.bindings["close"]  # type: ignore[union-attr]
    assert isinstance(close, Function)
    assert [scope.name for scope in close.enclosing()] == ["close", "Shop", ""]


@pytest.mark.parametrize("links", [10, 59, 60, 200])
def test_a_long_chain_is_kept_to_a_depth(links: int) -> None:
    text = f"orders = shop{'.inner' * links}\n"
    (bound,) = decode(encode(focused(text).facts.module)).bindings["orders"]
    assert isinstance(bound, Assignment)
    assert bound.value is not None
    kept = list(everything(bound.value))
    assert all(isinstance(part, Attribute) for part in kept[:-1])
    assert len(kept) == min(links, 60) + 1
    assert isinstance(kept[-1], Opaque) is (links >= 60)


FORGED: dict[str, Any] = {
    "no module": ["Name", "x"],
    "a text": "Module",
    "nothing": None,
    "an empty list": [],
    "an unknown kind": ["Popen", "x"],
    "a list for a kind": [["Module"], "x"],
    "a number for a kind": [1, "x"],
    "too few fields": ["Module", "", {}],
    "too many fields": [*encode(Module("")), 1],
    "a text for a tuple": ["Module", "", {}, "abc", False, [None], [None], [None], [None]],
    "a number for a flag": ["Module", "", {}, [None], 1, [None], [None], [None], [None]],
    "names for bindings": ["Module", "", {"x": ["Name", "x"]}, *encode(Module(""))[3:]],
    "a name for a binding": ["Module", "", {"x": [None, ["Name", "x"]]}, *encode(Module(""))[3:]],
    "a module in a module": [
        "Module",
        "",
        {"x": [None, encode(Module(""))]},
        *encode(Module(""))[3:],
    ],
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_facts_are_refused(name: str) -> None:
    with pytest.raises(REFUSED):
        decode(FORGED[name])


def bound_to(expression: Any) -> Any:
    """A module in which `x` is bound to this, as JSON."""
    rest = encode(Module(""))[3:]
    return ["Module", "", {"x": [None, ["Assignment", expression, None]]}, *rest]


EXPRESSIONS: dict[str, Any] = {
    "a text": "x",
    "a dict": {"x": [None]},
    "a number for a name": ["Name", 1],
    "a part that stands alone": ["Argument", ["Name", "x"], None, ""],
    "an unknown operator": ["Choice", "xor", ["Name", "x"], ["Name", "y"], None],
    "an unknown container": ["Sequence", "deque", [None]],
    "a name for an argument": ["Call", ["Name", "f"], [None, ["Name", "x"]]],
    "a list for a number": ["Constant", [None]],
    "a function": ["Function", "f", {}, *[[None]] * 14],
}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_forged_expressions_are_refused(name: str) -> None:
    decode(bound_to(["Name", "x"]))
    with pytest.raises(REFUSED):
        decode(bound_to(EXPRESSIONS[name]))


@pytest.mark.parametrize("depth", [100, 400, 100_000])
def test_forged_nesting_is_refused(depth: int) -> None:
    expression: Any = ["Name", "x"]
    for _ in range(depth):
        expression = ["Await", expression]
    with pytest.raises(REFUSED):
        decode(bound_to(expression))


@pytest.mark.parametrize("level", [-1, 10**9])
def test_a_forged_import_cannot_climb_without_end(level: int) -> None:
    imported = ["Import", "x", None, level]
    with pytest.raises(REFUSED):
        decode(["Module", "", {"x": [None, imported]}, *encode(Module(""))[3:]])

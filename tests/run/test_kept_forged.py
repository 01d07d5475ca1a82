"""What is kept on disk and was cut, edited or made up counts as not there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from flake8_celery_patterns.project.cache import Cache
from flake8_celery_patterns.project.project import CACHE_FOLDER
from tests.runs import FOUND, WITH_CELERY, Runs

Change = Callable[[Any], Any]


def entries(root: Path) -> Iterator[tuple[Path, str]]:
    """The files of the cache, and under which key each holds its value."""
    for path in sorted((root / CACHE_FOLDER).rglob("*.json")):
        yield path, json.loads(path.read_bytes())["key"]


def forge(root: Path, kind: str, change: Change) -> None:
    """Put something else under each key that begins with `kind`, with a checksum that is right."""
    for path, key in entries(root):
        if key.startswith(kind):
            cache = Cache(root / CACHE_FOLDER, path.parent.parent.name)
            cache.put(key, change(cache.get(key)))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"null"])
def test_files_of_another_content(shop: Runs, content: bytes) -> None:
    for path, _ in entries(shop.root):
        path.write_bytes(content)
    ran = shop.warm()
    assert (ran.found, ran.linted) == (FOUND, WITH_CELERY)
    assert shop.warm().linted == []


def test_files_that_were_cut(shop: Runs) -> None:
    for path, _ in entries(shop.root):
        path.write_bytes(path.read_bytes()[:-20])
    assert shop.warm().linted == WITH_CELERY


def test_files_that_were_edited(shop: Runs) -> None:
    for path, _ in entries(shop.root):
        path.write_bytes(path.read_bytes().replace(b"CEL101", b"CEL102"))
    ran = shop.warm()
    assert (ran.found, ran.linted) == (FOUND, ["shop/views.py"])


def with_findings(*findings: Any) -> Change:
    return lambda entry: {**entry, "findings": list(findings)}


def with_note(*note: Any) -> Change:
    return lambda entry: {**entry, "notes": [*entry["notes"], list(note)]}


PLACE = [6, 4, 6, 8]
SHAPES: dict[str, Change] = {
    "none": lambda entry: [],
    "no members": lambda entry: {},
    "no notes": lambda entry: {"findings": [], "counts": [0, 0, 0]},
    "counts": lambda entry: {**entry, "counts": ["1", 2, 3]},
    "two counts": lambda entry: {**entry, "counts": [1, 2]},
    "finding": with_findings(1),
    "short finding": with_findings([PLACE, "CEL101"]),
    "place": with_findings([[6, 4, "6", 8], "CEL101", "wrong", None, []]),
    "place before the file": with_findings([[0, 0, 0, 0], "CEL101", "wrong", None, []]),
    "place of less than nothing": with_findings([[6, 4, 5, 8], "CEL101", "wrong", None, []]),
    "code": with_findings([PLACE, 101, "wrong", None, []]),
    "message": with_findings([PLACE, "CEL101", None, None, []]),
    "fix": with_findings([PLACE, "CEL101", "wrong", ["title"], []]),
    "edit": with_findings([PLACE, "CEL101", "wrong", ["title", [[1, 2]], True], []]),
    "related": with_findings([PLACE, "CEL101", "wrong", None, [["x"]]]),
    "kind of a note": with_note("of another kind", "", ""),
    "short note": with_note("facts", "x"),
    "answer": with_note("facts", "x", 1),
    "question": with_note("matching", "{", ""),
    "question of another shape": with_note("other", "[1, 2]", ""),
    "pattern": with_note("matching", '["matching", "x", ["(", 0]]', ""),
    "null byte": with_note("content", "\0", "x"),
    "glob": with_note("globbed", "/*", ""),
    "empty glob": with_note("globbed", "", ""),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_entries_of_another_shape(shop: Runs, shape: str) -> None:
    forge(shop.root, "findings:", SHAPES[shape])
    ran = shop.warm()
    # What rests on nothing may be taken for true; here, each file rests on something.
    assert (ran.found, ran.linted) == (FOUND, WITH_CELERY)


@pytest.mark.parametrize(
    "row",
    [1, [], [1, 2, 3, "x"], [1, 2, 3, 4, True], ["1", 2, 3, "x", True], [True, 2, 3, "x", True]],
    ids=str,
)
def test_rows_of_another_shape(shop: Runs, row: Any) -> None:
    """A file whose row is none of ours is read again."""
    forge(shop.root, "contents:", lambda rows: dict.fromkeys(rows, row))
    ran = shop.warm()
    assert (ran.found, ran.linted, ran.reads) == (FOUND, [], 8)


@pytest.mark.parametrize("value", [[], "x", 1])
def test_a_table_of_another_shape(shop: Runs, value: Any) -> None:
    forge(shop.root, "contents:", lambda rows: value)
    assert shop.warm().reads == 8


def test_facts_of_another_shape(shop: Runs) -> None:
    """They are worked out again where they are needed."""
    forge(shop.root, "facts:", lambda facts: ["x"])
    shop.write({"shop/views.py": (shop.root / "shop/views.py").read_bytes() + b"\n"})
    ran = shop.warm()
    assert (ran.found, ran.linted) == (FOUND, ["shop/views.py"])
    assert ran.parsed

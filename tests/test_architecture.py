"""Which part of the package imports which: one direction, from the doors down to the text."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "flake8_celery_patterns"

# Folders and modules of the package: each imports only what stands before it.
LAYERS = (
    "finding",
    "source",
    "facts",
    "options",
    "settings",
    "project",
    "meaning",
    "fixes",
    "rules",
    "reading",
    "check",
    "engine",
    "suppress",
    "run",
    "tool",
    "reports",
    "inventory",
    "history",
    "explain",
    "doors",
)
# Single modules that import little themselves, and which of those before them need them.
LIGHT = {
    "rules.listed": {"options"},
    "project.root": {"settings"},
    "suppress.select": {"rules", "check"},
    "history.changes": {"rules"},
    "run.result": {"suppress"},
    "run.writing": {"suppress"},
}

MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


NAMES = {name_of(path) for path in MODULES}


def imports(path: Path) -> Iterator[str]:
    """The modules of the package that a module of it imports, wherever the import stands."""
    own = f"{PACKAGE.name}."
    for node in ast.walk(ast.parse((PACKAGE / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert not node.level
            found = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in found:
            inner = name.removeprefix(own)
            if name != inner:
                # `from x import y`: a module y of x, or a name in x.
                yield inner if inner in NAMES else inner.rpartition(".")[0]


def room(module: str) -> str:
    return module.partition(".")[0]


def is_allowed(importer: str, module: str) -> bool:
    here, there = room(importer), room(module)
    return (
        not there  # the package itself: its version
        or here == there
        or LAYERS.index(there) < LAYERS.index(here)
        or here in LIGHT.get(module, ())
    )


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_a_module_imports_only_what_stands_below_it(path: Path) -> None:
    importer = name_of(path)
    assert [name for name in imports(path) if not is_allowed(importer, name)] == []


def test_every_part_of_the_package_has_its_layer() -> None:
    assert {room(name) for name in NAMES} - {"__init__"} == set(LAYERS)


def test_no_exception_is_there_for_nothing() -> None:
    used = {(room(name_of(path)), name) for path in MODULES for name in imports(path)}
    assert {(here, module) for module, rooms in LIGHT.items() for here in rooms} <= used


def test_the_documentation_names_every_room() -> None:
    text = (PACKAGE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    rooms = {path.parent.name for path in (PACKAGE / "meaning").glob("*/__init__.py")}
    assert [name for name in sorted(folders | rooms) if f"`{name}/`" not in text] == []
    modules = {path.name for path in PACKAGE.glob("*.py")} - {"__init__.py"}
    assert [name for name in sorted(modules) if f"`{name}`" not in text] == []

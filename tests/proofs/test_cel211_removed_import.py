"""CEL211: what the rule calls gone is gone, and what it offers instead is there."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import pytest

from flake8_celery_patterns.rules.definitions import removed_import
from tests.proofs.harness import load_program


def functions(program: str) -> list[Callable[[], Any]]:
    module = load_program("CEL211", program)
    return [value for value in vars(module).values() if hasattr(value, "__code__")]


@pytest.mark.parametrize("importing", functions("proof_bad"), ids=lambda f: f.__name__)
def test_the_import_fails(importing: Callable[[], Any]) -> None:
    with pytest.raises(ImportError):
        importing()


@pytest.mark.parametrize("importing", functions("proof_good"), ids=lambda f: f.__name__)
def test_the_import_works(importing: Callable[[], Any]) -> None:
    assert importing() is not None


@pytest.mark.parametrize("name", [n for n in removed_import._MODULES if n.startswith("celery.")])
def test_the_module_is_gone(name: str) -> None:
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(name)


@pytest.mark.parametrize("name", removed_import._NAMES)
def test_the_name_is_gone(name: str) -> None:
    module, _, last = name.rpartition(".")
    assert not hasattr(importlib.import_module(module), last)


@pytest.mark.parametrize("module", removed_import._NEW_HOMES)
def test_the_new_home_has_all_the_names(module: str) -> None:
    home, names = removed_import._NEW_HOMES[module]
    found = importlib.import_module(home)
    assert [name for name in names.split() if not hasattr(found, name)] == []

"""Where Celery is not, nothing of ours that is heavy is even imported."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

SCRIPT = """
import json
import sys
from flake8.main.cli import main

code = main(sys.argv[1:])
print(json.dumps({"code": code, "modules": sorted(sys.modules)}))
"""


@pytest.fixture(scope="module")
def modules_after(tmp_path_factory: pytest.TempPathFactory, shop: Any, flake8_in: Any) -> Any:
    """Gives the modules that are imported once flake8 has run in this one process."""
    script = tmp_path_factory.mktemp("lazy") / "run.py"
    script.write_text(SCRIPT)
    flake8 = flake8_in(shop.root, (sys.executable, str(script)))

    def run(*args: str, expected_code: int = 0) -> set[str]:
        said = json.loads(flake8(*args).lines[-1])
        assert said["code"] == expected_code
        return set(said["modules"])

    return run


def ours(modules: set[str]) -> set[str]:
    return {name for name in modules if name.startswith("flake8_celery_patterns")}


def test_a_file_without_celery_costs_no_libcst(modules_after: Any) -> None:
    modules = modules_after("shop/prices.py")
    assert "flake8_celery_patterns.doors.flake8_plugin" in modules
    assert "libcst" not in modules
    # Nor the parts that only an analysis needs.
    parts = {name.split(".")[1] for name in ours(modules) if "." in name}
    bare = {"doors", "engine", "finding", "options", "project", "settings", "source", "suppress"}
    assert parts <= bare
    assert not {"click", "pathspec", "rich", "watchfiles"} & modules
    assert not {name for name in modules if name.startswith("flake8_celery_patterns.source.parse")}


def test_a_file_with_celery_needs_it(modules_after: Any) -> None:
    assert "libcst" in modules_after("shop/tasks.py", expected_code=1)


def test_a_file_with_celery_costs_nothing_when_none_of_our_codes_is_selected(
    modules_after: Any,
) -> None:
    assert "libcst" not in modules_after("--select=E,F,W", "shop/tasks.py")


def test_the_version_alone_costs_nothing(shop: Any, flake8_in: Any, tmp_path: Path) -> None:
    code = (
        "import sys, flake8_celery_patterns as ours; print(ours.__version__);"
        "print(sorted(name for name in sys.modules if name.startswith(ours.__name__ + '.')))"
    )
    version, imported = flake8_in(tmp_path, (sys.executable, "-c", code))().lines
    assert imported == "[]"
    assert (
        f"flake8-celery-patterns: {version}" in shop.flake8("--version", env={"COLUMNS": "500"}).out
    )

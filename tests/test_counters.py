"""What linting costs, counted: parses, position passes, imports, files read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import libcst as cst
import pytest

from flake8_celery_patterns.engine import lint
from flake8_celery_patterns.facts.file import collect
from flake8_celery_patterns.project.project import Project
from flake8_celery_patterns.settings import Settings
from flake8_celery_patterns.source import native, positions
from flake8_celery_patterns.source import parse as parsing
from flake8_celery_patterns.source import walk as walking
from flake8_celery_patterns.source.light import module
from tests.linting import WITHOUT_CACHE

MODELS = "from django.db import models\n\n\nclass Order(models.Model):\n    pass\n"
TASKS = (
    "from celery import shared_task\n\n\n@shared_task\ndef ship(order_pk):\n    return order_pk\n"
)
VIEWS = (
    "from shop.models import Order\nfrom shop.tasks import ship\n\n\n"
    "def first(pk):\n    ship.delay(Order.objects.get(pk=pk))\n\n\n"
    "def second(pk):\n    ship.delay(Order.objects.get(pk=pk))\n"
)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    for name, text in {"models": MODELS, "tasks": TASKS, "views": VIEWS, "__init__": ""}.items():
        path = tmp_path / "shop" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    (tmp_path / "pyproject.toml").touch()
    return tmp_path


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    counts = {"light trees": 0, "parses": 0, "position passes": 0}
    glimpsed = module.light
    parse = native.Parser.result
    ranges = positions.Positions._ranges

    def counting_light(*args: Any) -> Any:
        counts["light trees"] += 1
        return glimpsed(*args)

    def counting_parse(self: native.Parser) -> cst.Module:
        counts["parses"] += 1
        return parse(self)

    def counting_ranges(self: positions.Positions, top: int) -> Any:
        before = self.passes
        found = ranges(self, top)
        counts["position passes"] += self.passes - before
        return found

    monkeypatch.setattr(module, "light", counting_light)
    monkeypatch.setattr(native.Parser, "result", counting_parse)
    monkeypatch.setattr(positions.Positions, "_ranges", counting_ranges)
    return counts


def test_libcst_parses_and_places_only_the_statements_with_findings(
    shop: Path, counted: dict[str, int]
) -> None:
    project = Project(shop, WITHOUT_CACHE)
    path = shop / "shop" / "more.py"
    bound = "\n\n@shared_task\ndef other(self, pk):\n    return pk\n"
    assert len(lint(TASKS + bound + bound, path, project)) >= 2
    # Of four statements two hold a finding each.
    lights = 1 + project.parsed
    assert counted == {"light trees": lights, "parses": 2, "position passes": 2}


def test_of_most_expressions_the_place_is_known_without_libcst(
    shop: Path, counted: dict[str, int]
) -> None:
    project = Project(shop, WITHOUT_CACHE)
    path = shop / "shop" / "views.py"
    assert len(lint(path.read_text(), path, project)) == 2
    lights = 1 + project.parsed
    assert counted == {"light trees": lights, "parses": 0, "position passes": 0}


def test_libcst_parses_nothing_without_a_finding(shop: Path, counted: dict[str, int]) -> None:
    path = shop / "shop" / "tasks.py"
    assert lint(path.read_text(), path, Project(shop, WITHOUT_CACHE)) == []
    assert counted == {"light trees": 1, "parses": 0, "position passes": 0}


def test_what_no_light_tree_can_show_is_parsed(shop: Path, counted: dict[str, int]) -> None:
    path = shop / "shop" / "tasks.py"
    # Before Python 3.12, where the inner one stands cannot be known.
    text = TASKS + "\n\nname = f'{ship} {f\"{ship}\"}'\n"
    assert lint(text, path, Project(shop, WITHOUT_CACHE)) == []
    assert counted["parses"] == (sys.version_info < (3, 12))


def test_the_gate_saves_the_parse(shop: Path, counted: dict[str, int]) -> None:
    path = shop / "shop" / "models.py"
    assert lint(path.read_text(), path, Project(shop, WITHOUT_CACHE)) == []
    assert counted == {"light trees": 0, "parses": 0, "position passes": 0}


def test_other_files_are_parsed_once_a_process_and_only_when_asked_for(shop: Path) -> None:
    project = Project(shop, WITHOUT_CACHE)
    tasks, views = shop / "shop" / "tasks.py", shop / "shop" / "views.py"
    lint(tasks.read_text(), tasks, project)
    assert project.parsed == 0
    lint(views.read_text(), views, project)
    after_one = project.parsed
    assert 0 < after_one <= 3
    lint(views.read_text(), views, project)
    assert project.parsed == after_one


def test_a_warm_cache_spares_every_parse_of_other_files(shop: Path) -> None:
    path = shop / "shop" / "views.py"
    cold, warm = Project(shop, Settings()), Project(shop, Settings())
    findings = lint(path.read_text(), path, cold)
    assert lint(path.read_text(), path, warm) == findings
    assert (cold.parsed > 0, warm.parsed) == (True, 0)


def test_the_walk_visits_each_node_once(monkeypatch: pytest.MonkeyPatch) -> None:
    visits = 0
    children = walking.children

    def counting(node: object) -> list[object]:
        nonlocal visits
        visits += 1
        return children(node)  # type: ignore[arg-type,return-value]

    monkeypatch.setattr(walking, "children", counting)
    sizes = []
    for times in (50, 200):
        visits = 0
        collect(parsing.parse(parsing.readable(TASKS + VIEWS * times)).module)
        sizes.append(visits)
    assert sizes[1] < 4.1 * sizes[0]


def test_importing_the_package_and_a_closed_gate_import_nothing_heavy(shop: Path) -> None:
    program = f"""
import sys
import flake8_celery_patterns
assert not {{"libcst", "flake8", "re"}} & (set(sys.modules) - BEFORE)
from pathlib import Path
from flake8_celery_patterns.engine import lint
from flake8_celery_patterns.project.project import Project
from flake8_celery_patterns.settings import Settings
root = Path({str(shop)!r})
project = Project(root, Settings(cache=False))
assert lint("import os", root / "x.py", project) == []
assert "libcst" not in sys.modules
path = root / "shop" / "views.py"
assert lint(path.read_text(), path, project)
assert "libcst" in sys.modules
assert "libcst.matchers" not in sys.modules
assert "libcst.codemod" not in sys.modules
"""
    program = "import sys; BEFORE = set(sys.modules)\n" + program
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def test_a_command_line_with_nothing_new_to_lint_does_not_import_libcst(shop: Path) -> None:
    program = """
import sys
from flake8_celery_patterns.doors.cli.start import main
sys.argv = ["celery-patterns", "check", "--quiet"]
try:
    main()
except SystemExit:
    print("libcst" in sys.modules, "flake8_celery_patterns.check" in sys.modules)
"""
    command = [sys.executable, "-c", program]
    for heavy in ("True True", "False False"):
        ran = subprocess.run(command, cwd=shop, capture_output=True, text=True)
        assert ran.stdout.splitlines()[-1] == heavy, ran.stderr

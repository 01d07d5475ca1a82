"""Opinions (CEL9xx) are silent in flake8 until a selector longer than CEL names them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

# Two opinions about every task, one right beside the other. Any file in a folder of the package of
# rules is a rule of ours; this plugin, which has nothing to say itself, adds one such folder.
PLUGIN = """
from pathlib import Path

from flake8_celery_patterns import rules

rules.__path__.append(str(Path(__file__).parent / "opinions"))


class Plugin:
    def __init__(self, tree):
        pass

    def run(self):
        return iter(())
"""
OPINIONS = """
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.rules.rule import Report, Rule


class Opinion(Rule[Task]):
    tier = "opinion"
    since = "0.1.0"
    listens_to = Task

    def check(self, fact, meaning):
        yield Report(fact.definition.node.name, f"task {fact.name} displeases {self.name}")


class Short(Opinion):
    code = "CEL998"
    name = "short-name"


class Long(Opinion):
    code = "CEL999"
    name = "long-name"
"""
CONFIG = """\
[flake8:local-plugins]
extension =
    TST = opinions_plugin:Plugin
paths = ../plugins

[flake8]
"""
TASKS = """
    from celery import Celery, shared_task

    app = Celery("opinions")
    app.conf.task_time_limit = 600


    @shared_task
    def send(self, x):
        return x
    """

BOTH = {"CEL998", "CEL999"}
# With a real one. Other opinions about the same task are not looked at.
THREE = BOTH | {"CEL901"}

# The options, and the opinions that are given under them. CEL201 is no opinion, and is there too
# unless it is not selected.
SELECTIONS = [
    ([], set()),
    (["--ignore=E501"], set()),
    (["--select=CEL"], set()),
    (["--extend-select=CEL"], set()),
    (["--select=CEL", "--ignore=E501"], set()),
    (["--extend-select=CEL,CEL1", "--ignore=E501"], set()),
    (["--select=CEL2,CEL902"], set()),
    (["--select=CEL2,CEL901"], {"CEL901"}),
    (["--select=CEL9"], THREE),
    (["--extend-select=CEL9"], THREE),
    (["--extend-select=CEL99", "--ignore=E501"], BOTH),
    (["--extend-select=CEL998"], {"CEL998"}),
    (["--extend-select=CEL998", "--ignore=E501"], {"CEL998"}),
    (["--select=CEL,CEL999"], {"CEL999"}),
    (["--select=CEL", "--extend-select=CEL999"], {"CEL999"}),
    (["--extend-select=CEL9", "--extend-ignore=CEL999"], THREE - {"CEL999"}),
    (["--extend-select=CEL9", "--per-file-ignores=tasks.py:CEL998"], THREE - {"CEL998"}),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, write: Any, flake8_in: Any) -> Any:
    folder = tmp_path_factory.mktemp("opinions")
    write(
        folder / "plugins", {"opinions_plugin.py": PLUGIN, "opinions/rules_of_taste.py": OPINIONS}
    )
    root = write(folder / "project", {".flake8": CONFIG, "tasks.py": TASKS})
    return flake8_in(root)


def codes(run: Any) -> set[str]:
    return {place.split(" ")[1] for place in run.ours} & (THREE | {"CEL201"})


@pytest.mark.parametrize(
    ("args", "opinions"), SELECTIONS, ids=lambda value: " ".join(sorted(value))
)
def test_selectors_on_the_command_line(project: Any, args: list[str], opinions: set[str]) -> None:
    others = set() if "--select=CEL9" in args else {"CEL201"}
    assert codes(project(*args, "tasks.py")) == opinions | others


@pytest.mark.parametrize(
    ("line", "opinions"),
    [
        ("ignore = E501", set()),
        ("extend-select = CEL", set()),
        ("select = E,CEL", set()),
        ("extend-select = CEL998", {"CEL998"}),
        ("select =\n    E,\n    CEL9", THREE),
    ],
)
def test_selectors_in_a_configuration_file(
    project: Any, tmp_path: Path, line: str, opinions: set[str]
) -> None:
    config = CONFIG.replace("../plugins", str(project.folder.parent / "plugins"))
    (tmp_path / "lint.cfg").write_text(f"{config}{line}\n")
    run = project(f"--config={tmp_path / 'lint.cfg'}", "tasks.py")
    assert codes(run) - {"CEL201"} == opinions


def test_selectors_through_flake8_pyproject(project: Any, tmp_path: Path) -> None:
    (tmp_path / "lint.toml").write_text('[tool.flake8]\nextend-select = ["CEL999", "W"]\n')
    run = project(f"--toml-config={tmp_path / 'lint.toml'}", "tasks.py")
    assert codes(run) == {"CEL201", "CEL999"}


@pytest.mark.parametrize(
    ("table", "args", "opinions"),
    [
        ('extend-select = ["CEL"]', [], set()),
        ('extend-select = ["CEL901"]', [], {"CEL901"}),
        ('extend-select = ["CEL901"]', ["--extend-select=B950"], {"CEL901"}),
        ('extend-select = ["CEL901"]', ["--extend-select=CEL998"], {"CEL998"}),
    ],
)
def test_selectors_in_our_own_table(
    project: Any, table: str, args: list[str], opinions: set[str]
) -> None:
    (project.folder / "pyproject.toml").write_text(f"[tool.celery-patterns]\n{table}\n")
    try:
        run = project(*args, "tasks.py")
    finally:
        (project.folder / "pyproject.toml").unlink()
    assert codes(run) - {"CEL201"} == opinions


def test_the_same_in_several_processes(project: Any, write: Any) -> None:
    write(project.folder, {"more.py": TASKS})
    alone, together = (
        project("-j", jobs, "--extend-select=CEL998", "--ignore=E501", ".") for jobs in ("1", "2")
    )
    assert alone == together
    assert codes(alone) == {"CEL201", "CEL998"}

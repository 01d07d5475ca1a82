"""flake8's own ways to silence, choose and leave out work on our findings."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

TASKS = """
    from celery import Celery, shared_task

    app = Celery("noqa")
    app.conf.task_time_limit = 600


    @shared_task
    def open_(self): ...


    @shared_task
    def blanket(self): ...  # noqa


    @shared_task
    def by_code(self): ...  # noqa: CEL201


    @shared_task
    def by_family(self): ...  # NOQA:E501,CEL2


    @shared_task
    def by_prefix(self): ...  # noqa: CEL


    @shared_task
    def by_another_code(self): ...  # noqa: CEL101


    @shared_task
    def in_a_longer_statement(
        self,
        text="\\
    ",  # noqa: CEL201
    ): ...
"""


@pytest.fixture(scope="module")
def noqa(tmp_path_factory: pytest.TempPathFactory, write: Any, flake8_in: Any) -> Any:
    root = write(tmp_path_factory.mktemp("noqa"), {"setup.cfg": "", "tasks.py": TASKS})
    return flake8_in(root)


def names(run: Any, root: Path) -> list[str]:
    """The functions that the findings lie in."""
    source = (root / "tasks.py").read_text().splitlines()
    lines = [int(place.split(":")[1]) for place in run.ours]
    return [
        next(text for text in source[line - 1 :: -1] if text.startswith("def "))
        .removeprefix("def ")
        .split("(")[0]
        for line in lines
    ]


def test_a_comment_silences_its_line(noqa: Any) -> None:
    run = noqa("--select=CEL", "tasks.py")
    # A code without digits is no code to flake8: that comment counts as one without codes.
    assert names(run, noqa.folder) == ["open_", "by_another_code", "in_a_longer_statement"]


def test_comments_can_be_disabled(noqa: Any) -> None:
    assert len(noqa("--select=CEL", "--disable-noqa", "tasks.py").ours) == 7


@pytest.mark.parametrize(
    ("comment", "silent"),
    [
        ("# flake8: noqa", True),
        ("# Flake8: NoQA", True),
        ("# noqa", False),
    ],
)
def test_a_comment_silences_its_file(noqa: Any, comment: str, silent: bool) -> None:
    source = f"{comment}\n".encode() + (noqa.folder / "tasks.py").read_bytes()
    assert bool(noqa("--select=CEL", "-", stdin=source).ours) is not silent


SELECTIONS = [
    ([], {"CEL101", "CEL201"}),
    (["--select=CEL"], {"CEL101", "CEL201"}),
    (["--select=CEL1"], {"CEL101"}),
    (["--select=CEL201,E"], {"CEL201"}),
    (["--select=E,F"], set()),
    (["--select=E", "--extend-select=CEL2"], {"CEL201"}),
    (["--extend-select=CEL"], {"CEL101", "CEL201"}),
    (["--ignore=CEL"], set()),
    (["--ignore=CEL101"], {"CEL201"}),
    (["--ignore=E501"], {"CEL101", "CEL201"}),
    (["--extend-ignore=CEL2"], {"CEL101"}),
    (["--ignore=CEL", "--select=CEL201"], {"CEL201"}),
    (["--exclude=tasks.py"], {"CEL101"}),
    (["--filename=*/t*.py"], {"CEL201"}),
    (["--per-file-ignores=shop/tasks.py:CEL"], {"CEL101"}),
    (["--per-file-ignores=*.py:CEL101"], {"CEL201"}),
]


@pytest.mark.parametrize(("args", "codes"), SELECTIONS, ids=lambda value: " ".join(sorted(value)))
def test_choosing_by_options(shop: Any, args: list[str], codes: set[str]) -> None:
    run = shop.flake8(*args, ".")
    assert {place.split(" ")[1] for place in run.ours} == codes
    assert run.code == bool(codes)


def test_choosing_in_a_configuration_file(
    flake8_in: Any, write: Any, tmp_path: Path, shop: Any
) -> None:
    config = """
        [flake8]
        select = E, CEL
        extend-ignore = CEL201
        per-file-ignores =
            shop/views.py: CEL101
        """
    root = write(tmp_path, {"choice.cfg": config})
    assert shop.flake8(f"--config={root / 'choice.cfg'}", ".").lines == []
    write(tmp_path, {"choice.cfg": "[flake8]\nselect = E, CEL2\n"})
    run = shop.flake8(f"--config={root / 'choice.cfg'}", ".")
    assert run.ours == [place for place in shop.expected if "CEL2" in place]


# The same keys in `[tool.celery-patterns]`, and what flake8 is given beside them.
TABLES = [
    ('select = ["CEL1"]', [], {"CEL101"}),
    ('ignore = ["CEL101"]', [], {"CEL201"}),
    ('extend-ignore = ["CEL2"]', [], {"CEL101"}),
    ('per-file-ignores = { "tasks.py" = ["CEL2"] }', [], {"CEL101"}),
    ('per-file-ignores = { "shop/views.py" = ["CEL"] }', [], {"CEL201"}),
    # What is given to flake8 wins, key by key.
    ('select = ["CEL1"]', ["--select=CEL2"], {"CEL201"}),
    ('ignore = ["CEL101"]', ["--ignore=CEL201"], {"CEL101"}),
    ('ignore = ["CEL101"]', ["--extend-ignore=CEL201"], set()),
    # What speaks of other plugins' codes alone undoes nothing.
    ('ignore = ["CEL101"]', ["--ignore=E501,W"], {"CEL201"}),
    ('extend-ignore = ["CEL101"]', ["--extend-ignore=E203"], {"CEL201"}),
    # flake8 chooses the files itself.
    ('exclude = ["tasks.py"]', [], {"CEL101", "CEL201"}),
    ('per-file-ignores = { "tasks.py" = ["CEL2"] }', ["--per-file-ignores=views.py:CEL1"], set()),
]


@pytest.fixture
def with_table(tmp_path: Path, shop: Any, flake8_in: Any) -> Any:
    """Gives the flake8 of a shop of its own, with these lines in `[tool.celery-patterns]`."""

    def make(lines: str) -> Any:
        shutil.copytree(shop.root, tmp_path, dirs_exist_ok=True)
        (tmp_path / "pyproject.toml").write_text(f"[tool.celery-patterns]\n{lines}\n")
        return flake8_in(tmp_path)

    return make


@pytest.mark.parametrize(("table", "args", "codes"), TABLES)
def test_choosing_in_our_own_table(
    with_table: Any, table: str, args: list[str], codes: set[str]
) -> None:
    run = with_table(table)(*args, ".")
    assert {place.split(" ")[1] for place in run.ours} == codes


def test_a_slip_in_our_own_table_is_named(with_table: Any) -> None:
    run = with_table('select = ["CELL1"]')(".")
    assert run.code == 1
    assert "pyproject.toml: [tool.celery-patterns] select: " in run.out
    assert "'CELL1', which selects nothing; did you mean 'CEL1'?" in run.out


def test_the_exit_code_can_be_waived(shop: Any) -> None:
    run = shop.flake8("--exit-zero", ".")
    assert (run.code, run.ours) == (0, shop.expected)


def test_counts_and_statistics(shop: Any) -> None:
    lines = shop.flake8("--count", "--statistics", "-q", "-q", ".").lines
    assert [line.split()[:2] for line in lines[:-1]] == [["1", "CEL101"], ["1", "CEL201"]]
    assert lines[-1] == "2"

"""`celery-patterns check` over notebooks: the findings of a script with the same code, by cell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from flake8_celery_patterns.run.fixing import mend
from flake8_celery_patterns.run.result import Target
from tests.command import celery_patterns

UNREAD = '{"cells": [{"cell_type": "code", "source": "import celery"}'

# One cell each. What follows `# CEL…` is the column, counted from 1.
SHOP = [
    "%matplotlib inline\nfrom celery import Celery, shared_task",
    "app = Celery()\napp.conf.task_time_limit = 60",
    "%%bash\ncelery -A shop worker &",
    "@shared_task\ndef ship(self, pk):  # CEL201 10\n    %time pk\n    return pk",
    "@shared_task\ndef hush(self, pk):  # noqa: CEL201\n    return pk",
    "@shared_task\nasync def wait(pk):  # CEL203 1\n    await x()",
    "# Each of these shows its value, or is waited for, by hand.\nhush.s(1)",
    "result = hush.delay(1)\nresult.get()\nawait result\nhush.apply((1,))",
    "files = !ls\nhush.apply_async((1,), countdown=1, eta=files)",
    "%%time\n\nhush.apply_async((1,), countdwn=1)  # CEL106 24",
]


@pytest.fixture(scope="module")
def lines(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What is found in a folder of notebooks, as `path:cell:line:column: code`."""
    root = tmp_path_factory.mktemp("shop")
    (root / "pyproject.toml").touch()
    cells = [cell for source in SHOP for cell in (v4.new_code_cell(source), v4.new_raw_cell(""))]
    (root / "sub").mkdir()
    nbformat.write(v4.new_notebook(cells=cells), root / "sub/shop.ipynb")
    other = v4.new_notebook(cells=cells, metadata={"language_info": {"name": "R"}})
    nbformat.write(other, root / "other.ipynb")
    (root / "broken.ipynb").write_text(UNREAD)
    (root / "unconcerned.ipynb").write_text("[")
    done = celery_patterns("check", "--output-format=concise", "--no-cache", folder=root)
    assert done.returncode == 1, done.stderr
    return done.stdout.splitlines()


def test_each_finding_is_in_its_cell(lines: list[str]) -> None:
    found = [line.split(" ")[:3] for line in lines if line.startswith("sub/")]
    assert [" ".join(words) for words in found] == list(_expected())


def test_a_broken_notebook_is_said_and_the_others_are_linted(lines: list[str]) -> None:
    found = [line for line in lines if not line.startswith("sub/")]
    place = f"broken.ipynb:1:{len(UNREAD) + 1}"
    reason = "is not a notebook: its JSON is broken (Expecting ',' delimiter)"
    assert found == [f"{place}: CEL001 this file {reason}; mend it, or exclude it"]


def test_fixes_are_made_in_their_cells(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    path = tmp_path / "shop.ipynb"
    unbound = "@shared_task\ndef ship(self, pk): ..."
    before = [
        "from celery import shared_task\n%time",
        unbound,
        "%%time\n" + unbound.replace("ship", "send") + "\n!ls",
    ]
    nbformat.write(v4.new_notebook(cells=[v4.new_code_cell(source) for source in before]), path)
    mended = mend(Target(path, "shop.ipynb"), (("no-cache", True),), unsafe=False)
    assert mended is not None
    assert (mended.notes, mended.left.findings) == ((), ())
    decorator = b'"@shared_task\\n"'
    assert mended.before.count(decorator) == 2
    assert mended.after == mended.before.replace(decorator, b'"@shared_task(bind=True)\\n"')


def _expected() -> Iterator[str]:
    for index, source in enumerate(SHOP):
        for number, line in enumerate(source.split("\n"), start=1):
            if "# CEL" in line:
                code, column = line.partition("# ")[2].split()
                yield f"sub/shop.ipynb:cell {2 * index + 1}:{number}:{column}: {code}"

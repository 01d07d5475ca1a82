"""Trees that nobody should have: nothing in them is run, nothing outside read, nothing lost."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from pathlib import Path

import pytest

from flake8_celery_patterns.reports.formats import FORMATS, named
from flake8_celery_patterns.run.files import targets
from flake8_celery_patterns.run.result import Run
from flake8_celery_patterns.run.work import lint_targets
from tests.trust.commands import TASK, Checked, check

NAMES = (
    b"plain.py",
    b"two words.py",
    b"two\nlines.py",
    b"caf\xe9.py",
    b"d\xff/inside.py",
    b"-rf.py",
    b"a:3:4: b.py",
    b"\x1b[31mred.py",
    "\N{SNOWMAN}\N{RIGHT-TO-LEFT OVERRIDE}.py".encode(),
    b"x" * 250 + b".py",
)
# Where each stands in what is printed.
SHOWN = {
    rb"\u2603".decode("unicode_escape") + r"\u202e.py",
    r"\x1b[31mred.py",
    "-rf.py",
    "a:3:4: b.py",
    r"caf\udce9.py",
    r"d\udcff/inside.py",
    "plain.py",
    r"two\nlines.py",
    "two words.py",
    "x" * 250 + ".py",
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with files of every name, links, a pipe, and a trap for who imports."""
    top = tmp_path_factory.mktemp("hostile").resolve()
    root, outside = top / "root", top / "outside"
    for odd in NAMES:
        path = os.path.join(os.fsencode(root), odd)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(TASK)
    outside.mkdir()
    (outside / "jobs.py").write_text(TASK)
    (root / "pyproject.toml").touch()
    (root / "linked.py").symlink_to(outside / "jobs.py")
    (root / "folder").symlink_to(outside)
    (root / "loop").symlink_to(root)
    (root / "itself.py").symlink_to(root / "itself.py")
    (root / "broken.py").symlink_to(root / "nothing.py")
    (root / "folder.py").mkdir()
    os.mkfifo(root / "pipe.py")
    trap = f"open({str(root / 'ran')!r}, 'w').close()\nfrom celery import Celery\napp = Celery()\n"
    for name in ("celery.py", "conftest.py", "setup.py", "sitecustomize.py", "click.py"):
        (root / name).write_text(trap)
    (root / "uses.py").write_text(
        "from celery import app\nfrom linked import send\nfrom folder.jobs import send as far\n"
        "from pipe import x\nfrom itself import y\n@app.task\ndef f(): ...\n"
        "send.delay(1, 2, 3)\nfar.delay(1, 2, 3)\n"
    )
    return root


@pytest.fixture(scope="module")
def checked(tree: Path) -> Checked:
    return check(tree, ".", "--no-cache", "--output-format=concise", "--select=CEL1,CEL2")


def test_every_file_is_found_under_its_name(checked: Checked) -> None:
    assert checked.code == 1
    assert {*checked.names} == SHOWN


def test_links_out_are_not_followed_and_said(checked: Checked) -> None:
    assert "linked.py is a link out of its project" in checked.err
    assert "CEL105" not in checked.out, "a signature outside the root was read"


def test_nothing_was_run(tree: Path, checked: Checked) -> None:
    assert checked.code == 1
    assert not (tree / "ran").exists()
    assert not list(tree.rglob("__pycache__"))


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.parametrize("name", FORMATS)
def test_every_format_can_say_it(name: str, encoding: str, tree: Path) -> None:
    given = (("no-cache", True),)
    results = lint_targets(targets([os.curdir], given, folder=tree), given)
    assert sum(bool(result.findings) for result in results) >= len(NAMES)
    errors = "strict" if name in ("full", "concise", "grouped") else "backslashreplace"
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors=errors, newline="\n")
    named(name).write(Run(results, len(results), 1.0, tree), out)
    out.flush()
    assert len(out.buffer.getvalue()) > 100


@pytest.mark.slow
def test_ten_thousand_files() -> None:
    # Not in tmp_path: pytest keeps those of several runs.
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        (root / "pyproject.toml").touch()
        for number in range(100):
            package = root / "shop" / f"p{number}"
            package.mkdir(parents=True)
            for file in range(100):
                text = f"from shop.p{number} import m{file - 1}\n"
                (package / f"m{file}.py").write_text(text)
        uses = "from shop.p1.m99 import m98\nm98.delay(1)\n"
        (root / "shop" / "tasks.py").write_text(TASK + uses)
        ran = check(root, ".", "--no-cache", "--output-format=concise")
    assert (ran.code, ran.names) == (1, ["shop/tasks.py"])
    assert "(10,001 in all)" in ran.err


# Root without these reads and writes only what its modes allow.
_CAPABILITIES = "-dac_override,-dac_read_search"
UNPRIVILEGED = ("setpriv", f"--bounding-set={_CAPABILITIES}", f"--inh-caps={_CAPABILITIES}")


@pytest.mark.skipif(
    os.name != "posix" or (os.getuid() == 0 and not shutil.which("setpriv")),
    reason="root ignores modes, and setpriv is not here to give that up",
)
def test_what_cannot_be_read_is_said_and_the_rest_goes_on(tmp_path: Path) -> None:
    for name in ("open/a.py", "closed/b.py", "unreadable.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(TASK)
    (tmp_path / "unreadable.py").chmod(0)
    (tmp_path / "closed").chmod(0)
    try:
        before = UNPRIVILEGED if os.getuid() == 0 else ()
        ran = check(tmp_path, ".", "--output-format=concise", before=before)
    finally:
        (tmp_path / "closed").chmod(0o755)
    assert ran.names == ["open/a.py"]
    assert "unreadable.py:1:1: CEL001" in ran.out
    assert "closed" in ran.out + ran.err

"""flake8 and the command line show the same findings of the same files, in the same order."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "rules"
COMMAND = (str(Path(sys.executable).with_name("celery-patterns")), "check")

# What is put behind the lines of the fixtures that have a finding, one after the other.
COMMENTS = (
    "",
    "  # noqa",
    "  # noqa: {code}",
    "",
    "  # NOQA:{code}",
    "  # noqa: E501",
    "  # noqa: E501,{code}",
    "  # noqa: {lower}",
    "  # noqa: {prefix}",
    "  # noqa: CEL",
    "  # noqa: CEL999 {code}, words",
    "  # noqa : CEL999",
    "  # flake8: noqa",
    "  # noqa: E501  # noqa: {code}",
)
TASK = "from celery import shared_task\n\n\n@shared_task\n"
SHOWN, HIDDEN = "def shown(self): ...\n", "def hidden(self): ...  # noqa: CEL201\n"
# Each has a task that is shown and one that is hidden, but for those in whole files.
SHAPES = {
    "crlf.py": (TASK + SHOWN + "\n\n@shared_task\n" + HIDDEN).replace("\n", "\r\n"),
    "cr.py": (TASK + SHOWN + "\n\n@shared_task\n" + HIDDEN).replace("\n", "\r"),
    "mixed.py": TASK.replace("\n", "\r\n") + SHOWN + "\r\n\n@shared_task\r\n" + HIDDEN,
    "form_feed.py": f"\x0c{TASK}\x0c{SHOWN}\x0c\n\x0c@shared_task\n{HIDDEN}",
    "bom.py": f"\ufeff{TASK}{SHOWN}\n\n@shared_task\n{HIDDEN}",
    "separators.py": f"s = '\u2028\x85\x1c'\n{TASK}{SHOWN}\n\n@shared_task\n{HIDDEN}",
    "no_end.py": f"{TASK}{SHOWN}\n\n@shared_task\n{HIDDEN.rstrip()}",
    "string.py": f'{TASK}def shown(self, x="""\n"""): ...\n\n\n'
    '@shared_task\ndef hidden(self, x="""\n"""): ...  # noqa: CEL201\n',
    "in_string.py": f"{TASK}{SHOWN}\n\n@shared_task\n"
    'def hidden(self, x="""\n# noqa: CEL201\n"""): ...\n',
    "format.py": f'y = 1\n{TASK}def shown(self, x=f"""\n{{y}}"""): ...\n\n\n'
    '@shared_task\ndef hidden(self, x=f"""\n{y}"""): ...  # noqa: CEL201\n',
    "call.py": f"{TASK}def shown(\n    self,\n): ...  # noqa: CEL201\n\n\n"
    "@shared_task\ndef hidden(\n    self,  # noqa: CEL201\n): ...\n",
    "backslash.py": f"{TASK}{SHOWN}\n\n@shared_task\n"
    "def hidden \\\n    (self): ...  # noqa: CEL201\n",
    "next_line.py": f"{TASK}{SHOWN}# noqa: CEL201\n\n\n@shared_task\n{HIDDEN}",
    "latin_1.py": f"# coding: latin-1\ns = 'é'\n{TASK}{SHOWN}\n\n@shared_task\n{HIDDEN}",
    "whole.py": f"# flake8: noqa\n{TASK}{SHOWN}",
    "whole_code.py": f"# flake8: noqa: CEL101\n{TASK}{SHOWN}",
    "whole_late.py": f"{TASK}{SHOWN}    # Flake8=NoQA\n",
}
SELECTION = (
    "--select=C,CEL,CEL9,CEL305,CEL40",
    "--ignore=CEL30,CEL9",
    "--extend-ignore=CEL4",
    "--extend-select=CEL901,CEL906",
    "--per-file-ignores=*.py:CEL904 bad_*.py:CEL1,CEL5 bad.py:CEL2 crlf.py:CEL2",
)


def commented(text: str, comments: Iterator[str]) -> str:
    """`text` with a comment behind each line that has a finding."""
    lines = text.split("\n")
    for number, line in enumerate(lines):
        # That comment ends the line, so another one can follow.
        if code := re.search(r"# (CEL\d{3})", line):
            prefix, lower = code[1][:5], code[1].lower()
            lines[number] += next(comments).format(code=code[1], prefix=prefix, lower=lower)
    changed = "\n".join(lines)
    assert ast.dump(ast.parse(changed)) == ast.dump(ast.parse(text))
    return changed


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bad file of every fourth rule, with comments, and files of strange shapes."""
    root = tmp_path_factory.mktemp("same")
    comments = cycle(COMMENTS)
    for folder in sorted(FIXTURES.iterdir())[::4]:
        bad = (path for path in folder.glob("bad*.py") if ".fixed" not in path.name)
        for path in sorted(bad)[:1]:
            # A folder of its own is a project of its own.
            case = root / folder.name
            case.mkdir()
            (case / "tox.ini").touch()
            (case / path.name).write_text(commented(path.read_text("utf-8"), comments), "utf-8")
    shapes = root / "shapes"
    shapes.mkdir()
    (shapes / "tox.ini").touch()
    for name, text in SHAPES.items():
        encoding = "latin-1" if name == "latin_1.py" else "utf-8"
        (shapes / name).write_bytes(text.encode(encoding))
    return root


@pytest.fixture(scope="module")
def both(root: Path, flake8_in: Any) -> Any:
    """Runs flake8 and the command line with the same options; gives the lines of each."""

    def run(*args: str) -> tuple[list[str], list[str]]:
        by_flake8 = flake8_in(root)("--isolated", "--celery-no-cache", *args)
        by_us = flake8_in(root, COMMAND)("--no-cache", "--quiet", "--output-format=concise", *args)
        assert by_flake8.code == by_us.code
        return [line.removeprefix("./") for line in by_flake8.lines], by_us.lines

    return run


def test_comments_hide_the_same(both: Any) -> None:
    by_flake8, by_us = both("--select=CEL", ".")
    assert by_us == by_flake8
    # The comments have done something, in both directions.
    assert len({line.split("/")[0] for line in by_us}) > 20
    shapes = [line for line in by_us if line.startswith("shapes/")]
    assert [line.split(":")[0] for line in shapes] == sorted(
        f"shapes/{name}" for name in SHAPES if not name.startswith("whole")
    )
    assert not [line for line in shapes if "hidden" in line]


def test_options_choose_the_same(both: Any) -> None:
    by_flake8, by_us = both(*SELECTION, ".")
    assert by_us == by_flake8
    codes = {line.split(" ")[1] for line in by_us}
    assert {"CEL305", "CEL401", "CEL901", "CEL906"} <= codes
    assert not {"CEL904", "CEL301"} & codes


def test_a_file_that_is_no_python_is_hidden_by_the_same_comments(
    flake8_in: Any, tmp_path: Path
) -> None:
    for name, comment in {"a": "", "b": "  # noqa", "c": "  # noqa: E9, CEL001"}.items():
        text = f"import celery\nx = ({comment}\n"
        (tmp_path / f"{name}.py").write_text(text + "def f(:" + comment)
    (tmp_path / "d.py").write_text("# flake8: noqa\nimport celery\ndef f(:\n")
    by_flake8 = flake8_in(tmp_path)("--isolated", "--select=E9", ".").lines
    by_us = flake8_in(tmp_path, COMMAND)(
        "--no-cache", "--quiet", "--output-format=concise", "."
    ).lines
    assert [line[:4] for line in by_flake8] == ["./a."]
    assert [line[:2] for line in by_us] == ["a."]

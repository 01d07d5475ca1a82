"""docs/generate.py: what it makes, and that --check fails for whatever is stale."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from docs import generate

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A repository of its own with all that the generator reads or writes, up to date."""
    shutil.copy(ROOT / "README.md", tmp_path)
    shutil.copytree(ROOT / "docs" / "rules", tmp_path / "docs" / "rules")
    shutil.copytree(ROOT / generate.SAMPLE_PROJECT, tmp_path / generate.SAMPLE_PROJECT)
    assert generate.main([], root=tmp_path) == 0
    return tmp_path


def add_a_line(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8") + "more\n", encoding="utf-8")


def replace(old: str, new: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


STALE = {
    "changed page": ("docs/rules/CEL101.md", add_a_line),
    "missing page": ("docs/rules/CEL201.md", Path.unlink),
    "page of no rule": ("docs/rules/CEL999.md", Path.touch),
    "changed index": ("docs/rules/index.md", add_a_line),
    "changed rules.json": (generate.RULES_JSON, replace('"name"', '"title"')),
    "changed schema": (generate.SCHEMA, replace('"default"', '"preset"')),
    "rule missing in README": (
        "README.md",
        replace("| [CEL301](docs/rules/CEL301.md)", "| [CEL3]"),
    ),
    "option missing in README": ("README.md", replace("| `--celery-no-cache`", "| `--no-cache`")),
    "other sample in README": ("README.md", replace("returns/tasks.py:", "returns/jobs.py:")),
}


@pytest.mark.parametrize(("name", "change"), STALE.values(), ids=STALE.keys())
def test_what_is_stale_is_named_and_then_mended(
    copy: Path, name: str, change: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate.main(["--check"], root=copy) == 0
    change(copy / name)
    spoilt = (copy / name).read_bytes() if (copy / name).exists() else None
    capsys.readouterr()

    assert generate.main(["--check"], root=copy) == 1
    assert capsys.readouterr().out == f"stale: {name}\nrun `make generate`\n"
    assert spoilt == ((copy / name).read_bytes() if (copy / name).exists() else None)

    assert generate.main([], root=copy) == 0
    assert generate.main(["--check"], root=copy) == 0


def test_a_sample_without_findings_is_an_error(copy: Path) -> None:
    for path in (copy / generate.SAMPLE_PROJECT).rglob("*.py"):
        path.write_text("", encoding="utf-8")
    with pytest.raises(RuntimeError, match="flake8 gave 0: nothing"):
        generate.main(["--check"], root=copy)


@pytest.mark.parametrize(
    "text",
    ["", "<!-- x:begin -->\n", "<!-- x:end -->\n<!-- x:begin -->\n"],
    ids=["no mark", "one mark", "wrong order"],
)
def test_a_block_needs_both_marks_in_order(text: str) -> None:
    with pytest.raises(ValueError, match="one x:begin and one x:end"):
        generate.with_block(text, "x", "content")

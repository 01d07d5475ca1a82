"""docs/generated.py: generated files are written, or checked against the Celery at hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from docs.generated import update_from_celery

INSTALLED = "5.6.0"
RIGHT = f'"""Names.\n\nMade from Celery {INSTALLED} by `python docs/names.py`.\n"""\n'


def run(target: Path, *arguments: str) -> int:
    return update_from_celery(
        list(arguments),
        "Write names.\n\nMore.",
        target,
        lambda: RIGHT,
        version=INSTALLED,
        command="python docs/names.py",
    )


@pytest.mark.parametrize("present", [None, "", RIGHT + "x = 1\n"])
def test_what_is_stale_is_named_and_then_written(
    tmp_path: Path, present: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "names.py"
    if present is not None:
        target.write_text(present, encoding="utf-8")
    assert run(target, "--check") == 1
    assert capsys.readouterr().out == "stale: names.py\nrun `python docs/names.py`\n"
    assert (target.read_text(encoding="utf-8") if target.exists() else None) == present

    assert run(target) == 0
    assert capsys.readouterr().out == "written: names.py\n"
    assert target.read_text(encoding="utf-8") == RIGHT
    assert (run(target), run(target, "--check")) == (0, 0)
    assert capsys.readouterr().out == ""


def test_a_check_says_nothing_of_what_another_celery_gave(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "names.py"
    other = RIGHT.replace(INSTALLED, "5.4.0") + "x = 1\n"
    target.write_text(other, encoding="utf-8")
    assert run(target, "--check") == 0
    assert (capsys.readouterr().out, target.read_text(encoding="utf-8")) == ("", other)
    assert run(target) == 0
    assert target.read_text(encoding="utf-8") == RIGHT

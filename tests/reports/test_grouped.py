"""The format `grouped`: the findings of each file under its name, as ruff shows them."""

from __future__ import annotations

from flake8_celery_patterns.reports import grouped
from flake8_celery_patterns.run.result import Run
from tests.reports.showing import finding, replacing, result, run, written


def test_nothing_found_is_nothing_written() -> None:
    assert written(grouped.write, run(result("x = 1\n"))) == ""


def test_each_file_with_findings_is_a_block_in_columns() -> None:
    safe, unsafe = (replacing(9, 9, 9, 9, text="", safe=safe) for safe in (True, False))
    found = run(
        result("", finding(9, 4, 9, 8, fix=safe), finding(120, 11, 120, 12, code="CEL101")),
        result("", name="clean.py"),
        result("", finding(1, 0, 1, 1, code="CEL101", fix=unsafe), name="größe\n.py"),
    )
    assert written(grouped.write, found, encoding="ascii") == (
        "views.py:\n"
        "  9:5     CEL201 [*] is wrong\n"
        "  120:12  CEL101 is wrong\n"
        "\n"
        "gr\\xf6\\xdfe\\n.py:\n"
        "  1:1  CEL101 is wrong\n"
        "\n"
    )


def test_a_whole_run_is_written_with_its_cells(sample_run: Run) -> None:
    lines = written(grouped.write, sample_run).splitlines()
    assert len([line for line in lines if line.startswith("  ")]) == sample_run.found
    notebook = lines.index("notes.ipynb:")
    assert lines[notebook + 1].startswith("  cell 3:3:16  CEL103 [*] ")

"""The format `concise`: flake8's own lines, one for each finding."""

from __future__ import annotations

import re

from flake8_celery_patterns.reports import concise
from flake8_celery_patterns.run.result import Run
from tests.reports.showing import finding, replacing, result, run, written


def test_nothing_found_is_nothing_written() -> None:
    assert written(concise.write, run(result("x = 1\n"))) == ""


def test_a_line_says_where_counted_from_1_and_what() -> None:
    found = finding(
        3, 4, 5, 6, code="CEL101", message="is wrong", fix=replacing(3, 4, 3, 4, text="")
    )
    assert written(concise.write, run(result("", found))) == "views.py:3:5: CEL101 is wrong\n"


def test_each_finding_of_a_run_is_one_line_in_its_order(sample_run: Run) -> None:
    lines = written(concise.write, sample_run).splitlines()
    assert len(lines) == sample_run.found > 5
    codes = [f.code for result in sample_run.results for f in result.findings]
    assert [line.split(": ")[1].split()[0] for line in lines] == codes


def test_a_file_name_that_would_break_the_line_is_escaped(sample_run: Run) -> None:
    odd = [
        line for line in written(concise.write, sample_run).splitlines() if line.startswith("odd")
    ]
    assert odd
    assert all(line.startswith("odd \"'&<%,:;]=\\n\\udcff.py:") for line in odd)


def test_what_the_encoding_lacks_is_escaped() -> None:
    found = run(result("", finding(1, 0, 1, 1, message="`größe` \x1b[2J"), name="größe.py"))
    shown = r"gr\xf6\xdfe.py:1:1: CEL201 `gr\xf6\xdfe` \x1b[2J" + "\n"
    assert written(concise.write, found, encoding="ascii") == shown


def test_a_notebook_is_told_by_cell(sample_run: Run) -> None:
    notes = [line for line in written(concise.write, sample_run).splitlines() if "ipynb" in line]
    assert [re.sub(r": (CEL\d+).*", r" \1", line) for line in notes] == [
        "notes.ipynb:cell 3:3:16 CEL103"
    ]

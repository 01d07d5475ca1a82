"""The JSON formats: ruff's keys with ruff's meaning, and what else is known of a finding."""

from __future__ import annotations

import json
from typing import Any

import pytest

from flake8_celery_patterns.fixes.apply import applied
from flake8_celery_patterns.run.result import Run
from tests.reports.sample import ODD, edited, result_of, written

Record = dict[str, Any]
_URL = "https://flake8-celery-patterns.readthedocs.io/en/latest/rules"


@pytest.fixture(scope="module")
def records(sample_run: Run) -> list[Record]:
    found: list[Record] = json.loads(written("json", sample_run))
    return found


def records_of(records: list[Record], name: str) -> list[Record]:
    return [record for record in records if record["filename"].endswith(name)]


def test_a_clean_run_gives_an_empty_array_and_no_lines(clean_run: Run) -> None:
    assert json.loads(written("json", clean_run)) == []
    assert written("json-lines", clean_run) == ""


def test_both_formats_have_the_same_records(sample_run: Run, records: list[Record]) -> None:
    lines = written("json-lines", sample_run)
    assert lines.endswith("\n")
    assert [json.loads(line) for line in lines.splitlines()] == records


def test_every_finding_has_a_record_and_none_is_silenced(
    sample_run: Run, records: list[Record]
) -> None:
    shown = [finding.message for result in sample_run.results for finding in result.findings]
    assert [record["message"] for record in records] == shown
    assert any(result.silenced for result in sample_run.results)


def test_a_record_says_all_that_is_known(sample_run: Run, records: list[Record]) -> None:
    record = records_of(records, "shop/sending.py")[0]
    folder = sample_run.folder
    assert len(record.pop("fingerprint")) == 32
    assert record.pop("message").startswith(".delay() takes no options, `countdown`")
    assert record == {
        "code": "CEL103",
        "name": "option-passed-to-delay",
        "tier": "bug",
        "severity": "error",
        "filename": str(folder / "shop/sending.py"),
        "cell": None,
        "location": {"row": 7, "column": 52},
        "end_location": {"row": 7, "column": 66},
        "noqa_row": 7,
        "url": f"{_URL}/CEL103.html",
        "fix": {
            "applicability": "safe",
            "message": "Use .apply_async()",
            "edits": [
                {
                    "content": "remind.apply_async(args=(customer, größe), countdown=3600)",
                    "cell": None,
                    "location": {"row": 7, "column": 22},
                    "end_location": {"row": 7, "column": 67},
                }
            ],
        },
        "related": [
            {
                "what": "task",
                "name": "remind",
                "filename": str(folder / "shop/tasks.py"),
                "cell": None,
                "location": {"row": 5, "column": 5},
                "end_location": {"row": 5, "column": 11},
            }
        ],
    }


def test_an_unsafe_fix_is_called_so(records: list[Record]) -> None:
    found = {record["code"]: record["fix"]["applicability"] for record in records if record["fix"]}
    assert found == {"CEL103": "safe", "CEL104": "safe", "CEL301": "unsafe"}


def test_severity_follows_from_the_tier(records: list[Record]) -> None:
    found = {(record["tier"], record["severity"]) for record in records}
    assert found == {("bug", "error"), ("risk", "warning"), ("opinion", "info")}


def test_a_file_that_cannot_be_read_has_a_page_and_no_place_for_a_comment(
    records: list[Record],
) -> None:
    (record,) = records_of(records, "shop/broken.py")
    assert (record["code"], record["fix"]) == ("CEL001", None)
    assert record["url"].endswith("/rules/CEL001.html")
    assert record["noqa_row"] is None


def test_places_in_a_notebook_count_in_its_cells(records: list[Record]) -> None:
    (record,) = records_of(records, "notes.ipynb")
    edit = record["fix"]["edits"][0]
    assert (record["cell"], record["location"]["row"], record["noqa_row"]) == (3, 3, 3)
    assert (edit["cell"], edit["location"]) == (3, {"row": 3, "column": 1})


def test_the_edits_are_those_of_the_fix(sample_run: Run, records: list[Record]) -> None:
    result = result_of(sample_run, "shop/sending.py")
    for finding, record in zip(
        result.findings, records_of(records, "shop/sending.py"), strict=True
    ):
        if finding.fix:
            expected, _ = applied(result.document.text, [finding.fix])
            assert made(result.document.text, record["fix"]["edits"]) == expected


def made(text: str, edits: list[Record]) -> str:
    listed = [
        (placed(edit["location"]), placed(edit["end_location"]), edit["content"]) for edit in edits
    ]
    return edited(text, listed, "code point")


def placed(place: Record) -> tuple[int, int]:
    return place["row"], place["column"]


def test_a_file_name_of_any_bytes_is_valid_unicode(sample_run: Run, records: list[Record]) -> None:
    written("json", sample_run).encode("utf-8")
    names = {record["filename"] for record in records if "odd" in record["filename"]}
    assert names == {str(sample_run.folder / ODD.replace("\udcff", r"\xff"))}

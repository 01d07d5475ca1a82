"""SARIF: OASIS' schema, GitHub's limits, and fixes that do what ours do."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest

from flake8_celery_patterns.finding import Definition
from flake8_celery_patterns.fixes.apply import applied
from flake8_celery_patterns.reports.sarif_rules import descriptor
from flake8_celery_patterns.rules.registry import all_rules
from flake8_celery_patterns.run.result import Run
from tests.reports.sample import ODD, check_schema, edited, result_of, written

Json = dict[str, Any]


def log_of(run: Run) -> Json:
    log: Json = json.loads(written("sarif", run))
    return log


@pytest.fixture(scope="module")
def log(sample_run: Run) -> Json:
    return log_of(sample_run)


def results_of(log: Json, end: str) -> list[Json]:
    return [result for result in log["runs"][0]["results"] if uri_in(result).endswith(end)]


def uri_in(result: Json) -> str:
    return str(result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"])


def test_a_clean_run_is_valid_and_has_no_results(clean_run: Run) -> None:
    log = log_of(clean_run)
    check_schema("sarif-2.1.0", log)
    assert log["runs"][0]["results"] == log["runs"][0]["tool"]["driver"]["rules"] == []
    assert log["runs"][0]["invocations"] == [{"executionSuccessful": True}]


def test_it_is_what_the_schema_describes(sample_run: Run, log: Json) -> None:
    check_schema("sarif-2.1.0", log)
    assert len(log["runs"][0]["results"]) == sample_run.found


def test_results_point_at_their_rules(log: Json) -> None:
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    results = log["runs"][0]["results"]
    assert [rules[result["ruleIndex"]]["id"] for result in results] == [
        result["ruleId"] for result in results
    ]
    assert {rule["id"] for rule in rules} == {result["ruleId"] for result in results}


def test_levels_follow_from_the_tier(log: Json) -> None:
    levels = {result["ruleId"]: result["level"] for result in log["runs"][0]["results"]}
    assert (levels["CEL105"], levels["CEL401"], levels["CEL913"]) == ("error", "warning", "note")


def test_a_result_says_where_in_code_points(log: Json) -> None:
    place = results_of(log, "shop/sending.py")[0]["locations"][0]["physicalLocation"]
    assert log["runs"][0]["columnKind"] == "unicodeCodePoints"
    assert place == {
        "artifactLocation": {"uri": "back%20end/shop/sending.py", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 7, "startColumn": 52, "endLine": 7, "endColumn": 66},
    }


def test_uris_are_relative_to_the_repository(sample_run: Run, log: Json) -> None:
    root = log["runs"][0]["originalUriBaseIds"]["%SRCROOT%"]["uri"]
    assert root == f"{sample_run.folder.parent.as_uri()}/"


def test_a_file_outside_the_repository_is_absolute(sample_run: Run, tmp_path: Path) -> None:
    log = log_of(replace(sample_run, folder=tmp_path))
    place = results_of(log, "shop/sending.py")[0]["locations"][0]["physicalLocation"]
    path = sample_run.folder / "shop/sending.py"
    assert place["artifactLocation"] == {"uri": path.as_uri()}


def test_a_file_name_of_any_bytes_is_in_the_uri(log: Json) -> None:
    names = [unquote_to_bytes(uri_in(result)) for result in log["runs"][0]["results"]]
    assert names.count(b"back end/" + ODD.encode("utf-8", "surrogateescape")) == 8
    assert all(uri_in(result).isascii() for result in log["runs"][0]["results"])


def test_a_task_in_another_file_is_linked_from_the_message(log: Json) -> None:
    result = results_of(log, "shop/sending.py")[0]
    assert result["message"]["text"].endswith(" ([task remind is defined here](0))")
    (related,) = result["relatedLocations"]
    assert related["id"] == 0
    assert related["physicalLocation"]["artifactLocation"]["uri"] == "back%20end/shop/tasks.py"
    assert related["physicalLocation"]["region"]["startLine"] == 5


def test_a_definition_that_is_gone_is_left_out(sample_run: Run) -> None:
    result = result_of(sample_run, "shop/sending.py")
    gone = Definition(sample_run.folder / "gone.py", "remind", "task")
    finding = replace(result.findings[0], related=(gone,))
    log = log_of(replace(sample_run, results=(replace(result, findings=(finding,)),)))
    (found,) = results_of(log, "shop/sending.py")
    assert "relatedLocations" not in found
    assert found["message"]["text"] == finding.message


def test_what_looks_like_a_link_is_none(sample_run: Run) -> None:
    result = result_of(sample_run, "shop/sending.py")
    finding = replace(result.findings[0], message="tasks[0](1) and [x] (y)", related=())
    log = log_of(replace(sample_run, results=(replace(result, findings=(finding,)),)))
    assert log["runs"][0]["results"][0]["message"]["text"] == r"tasks\[0](1) and [x] (y)"


def test_fixes_do_what_ours_do(sample_run: Run, log: Json) -> None:
    result = result_of(sample_run, "shop/sending.py")
    made = 0
    for finding, found in zip(result.findings, results_of(log, "shop/sending.py"), strict=True):
        assert ("fixes" in found) == (finding.fix is not None)
        if finding.fix:
            made += 1
            (fix,) = found["fixes"]
            (change,) = fix["artifactChanges"]
            expected, _ = applied(result.document.text, [finding.fix])
            assert changed(result.document.text, change["replacements"]) == expected
            kind = "safe" if finding.fix.safe else "unsafe"
            assert fix["description"]["text"] == f"{finding.fix.title} ({kind} fix)"
    assert made == 6


def changed(text: str, replacements: list[Json]) -> str:
    listed = []
    for replacement in replacements:
        region = replacement["deletedRegion"]
        start = region["startLine"], region["startColumn"]
        end = region["endLine"], region["endColumn"]
        listed.append((start, end, replacement["insertedContent"]["text"]))
    return edited(text, listed, "code point")


def test_a_finding_in_a_notebook_belongs_to_the_file(log: Json) -> None:
    (result,) = results_of(log, "notes.ipynb")
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}
    assert result["message"]["text"].startswith("cell 3, line 3: ")
    assert "fixes" not in result


def test_fingerprints_tell_the_findings_of_a_file_apart(log: Json) -> None:
    found = results_of(log, "shop/sending.py")
    prints = {result["partialFingerprints"]["celeryPatterns/v1"] for result in found}
    assert len(prints) == len(found)


@pytest.mark.parametrize("code", ["CEL001", "CEL002", *(rule.code for rule in all_rules())])
def test_a_rule_is_what_github_takes(code: str) -> None:
    rule = descriptor(code)
    properties = rule["properties"]
    for key in ("shortDescription", "fullDescription", "help"):
        assert rule[key]["text"].strip()
    assert max(len(rule[key]["text"]) for key in ("shortDescription", "fullDescription")) <= 1024
    assert "\n" not in rule["fullDescription"]["text"]
    assert len(rule["name"]) <= 255
    assert len(properties["tags"]) <= 20
    assert properties["precision"] in ("very-high", "high", "medium", "low")
    assert properties["problem.severity"] in ("error", "warning", "recommendation")
    assert rule["defaultConfiguration"]["level"] in ("error", "warning", "note")


def test_a_rule_about_security_has_a_score_and_the_tag() -> None:
    rated = {
        rule.code: found["properties"]
        for rule in all_rules()
        if "security" in (found := descriptor(rule.code))["properties"]["tags"]
    }
    assert {code: found["security-severity"] for code, found in rated.items()} == {
        "CEL701": "8.1",
        "CEL706": "7.5",
        "CEL923": "5.3",
    }
    assert "external/cwe/cwe-502" in rated["CEL701"]["tags"]


@pytest.mark.parametrize("code", ["CEL001", "CEL101"])
def test_a_rule_names_its_page(code: str) -> None:
    assert descriptor(code)["helpUri"].endswith(f"/rules/{code}.html")


def test_a_full_description_tells_what_is_reported() -> None:
    text = descriptor("CEL706")["fullDescription"]["text"]
    assert text.startswith("Password of the broker stands in the code. A URL with a password")
    assert "Why it is" not in text

"""GitLab Code Quality: the format, and fingerprints by which GitLab follows a finding."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from flake8_celery_patterns.run.result import Run
from tests.reports.sample import SENDING, check_schema, linted, written

Issue = dict[str, Any]


@pytest.fixture(scope="module")
def issues(sample_run: Run) -> list[Issue]:
    found: list[Issue] = json.loads(written("gitlab", sample_run))
    return found


def test_a_clean_run_gives_an_empty_array(clean_run: Run) -> None:
    assert json.loads(written("gitlab", clean_run)) == []


def test_it_is_what_gitlab_describes(sample_run: Run, issues: list[Issue]) -> None:
    check_schema("gitlab", issues)
    assert len(issues) == sample_run.found


def test_an_issue_says_where(issues: list[Issue]) -> None:
    issue = next(one for one in issues if one["location"]["path"].endswith("shop/sending.py"))
    assert issue["description"].startswith("CEL103 .delay() takes no options")
    assert (issue["check_name"], issue["severity"]) == ("CEL103", "critical")
    assert issue["location"] == {
        "path": "back end/shop/sending.py",
        "positions": {"begin": {"line": 7, "column": 52}, "end": {"line": 7, "column": 66}},
    }


def test_severity_follows_from_the_tier_and_security_is_critical(issues: list[Issue]) -> None:
    found = {issue["check_name"]: issue["severity"] for issue in issues}
    assert found["CEL105"] == found["CEL706"] == "critical"
    assert (found["CEL401"], found["CEL913"]) == ("major", "info")


def test_a_finding_in_a_notebook_says_its_cell(issues: list[Issue]) -> None:
    (issue,) = (one for one in issues if one["location"]["path"] == "back end/notes.ipynb")
    assert issue["description"].startswith("CEL103 cell 3, line 3: .delay()")
    assert issue["location"]["positions"]["begin"] == {"line": 1, "column": 1}


def test_no_two_fingerprints_are_equal(issues: list[Issue]) -> None:
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


def test_equal_files_of_two_projects_have_their_own(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pyproject.toml").touch()
        (tmp_path / name / "sending.py").write_text(SENDING)
    issues = json.loads(written("gitlab", linted(tmp_path)))
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) > 2


def test_fingerprints_survive_moved_lines(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").touch()
    file = tmp_path / "sending.py"
    prints = []
    for text in (SENDING, f"import math\n\n\nX = math.pi\n{SENDING}"):
        file.write_text(text)
        run = linted(tmp_path)
        prints.append([issue["fingerprint"] for issue in json.loads(written("gitlab", run))])
    assert prints[0] == prints[1]


def test_a_folder_without_git_is_where_paths_start(sample_run: Run) -> None:
    elsewhere = replace(sample_run, folder=sample_run.folder / "shop" / "no such folder")
    assert json.loads(written("gitlab", elsewhere))[0]["location"]["path"].startswith("back end/")

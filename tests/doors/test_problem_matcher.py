"""The problem matcher for GitHub Actions finds what flake8 prints."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def pattern() -> dict[str, Any]:
    matchers = json.loads((ROOT / "docs" / "problem-matcher.json").read_text(encoding="utf-8"))
    (matcher,) = matchers["problemMatcher"]
    (found,) = matcher["pattern"]
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    "line",
    [
        "shop/orders.py:4:5: E999 SyntaxError: CEL101 is not known",
        "CEL101",
        "Found CEL101 twice",
    ],
)
def test_other_lines_are_left_alone(pattern: dict[str, Any], line: str) -> None:
    assert re.search(pattern["regexp"], line) is None


def test_findings_that_flake8_prints_are_found(pattern: dict[str, Any]) -> None:
    """README's sample is what flake8 really prints; a test of its own keeps it so."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    printed = readme.split("<!-- sample:begin -->")[1].split("<!-- sample:end -->")[0]
    lines = [line for line in printed.splitlines() if line.startswith("returns/")]
    found = [re.search(pattern["regexp"], line) for line in lines]
    assert len(lines) > 10
    assert all(found)
    match = next(match for match in found if match)
    named = {key: match[pattern[key]] for key in ("file", "line", "column", "code")}
    assert named == {
        "file": "returns/followups.py",
        "line": "12",
        "column": "38",
        "code": "CEL103",
    }
    assert match[pattern["message"]].startswith(".delay() takes no options")

"""A rule as SARIF's `reportingDescriptor`, with the properties that GitHub code scanning reads."""

from __future__ import annotations

import re
from typing import Any

from flake8_celery_patterns.reports.rating import WEAKNESSES, page_of, severity_of
from flake8_celery_patterns.rules.pages import PRECISIONS, AnyRule, explanation, summary
from flake8_celery_patterns.rules.registry import all_rules
from flake8_celery_patterns.tool.codes import CODES

# The levels of a result, by our severities.
LEVELS = {"error": "error", "warning": "warning", "info": "note"}
# GitHub's words for those that are about no weakness.
_PROBLEMS = {"error": "error", "warning": "warning", "info": "recommendation"}
# What GitHub takes of a description.
_LONGEST = 1024
_REPORTED = re.compile(r"^## What it reports\n+(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def descriptor(code: str) -> dict[str, Any]:
    """Describe the rule `code`: its texts, where its page is, and how its findings are rated."""
    severity = severity_of(code)
    rule = next(rule for rule in (*CODES, *all_rules()) if rule.code == code)
    return {
        "id": code,
        "name": rule.name,
        **_texts(rule),
        "defaultConfiguration": {"level": LEVELS[severity]},
        "properties": {
            "precision": PRECISIONS[rule.tier],
            "problem.severity": _PROBLEMS[severity],
            **_rated(rule),
        },
    }


def _texts(rule: AnyRule) -> dict[str, Any]:
    page = explanation(rule)
    reported = _REPORTED.search(page)
    full = _shortened(f"{summary(rule)} {reported[1] if reported else ''}")
    return {
        "helpUri": page_of(rule.code),
        "shortDescription": {"text": summary(rule)},
        "fullDescription": {"text": full},
        "help": {"text": page, "markdown": page},
    }


def _shortened(text: str) -> str:
    """Text of one line, cut between two words where it is too long."""
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3].rsplit(" ", 1)[0] + "..."


def _rated(rule: AnyRule) -> dict[str, Any]:
    tags = ["celery", rule.tier, rule.__module__.split(".")[-2]]
    if rule.code not in WEAKNESSES:
        return {"tags": tags}
    weakness = WEAKNESSES[rule.code]
    # GitHub reads the score of rules alone that have this tag, and it as a text.
    tags += ["security", f"external/cwe/cwe-{weakness.cwe}"]
    return {"tags": tags, "security-severity": str(weakness.score)}

"""What is said about a rule: its page, and its entry in lists for other tools."""

from __future__ import annotations

import inspect
from typing import Any

from flake8_celery_patterns.rules.rule import Rule, Tier
from flake8_celery_patterns.suppress.select import opinion_allowed

# Where the documentation is published.
DOCS = "https://flake8-celery-patterns.readthedocs.io/en/latest"

# The words of most formats for findings, and those of SARIF for how seldom a rule is wrong
# (https://docs.github.com/en/code-security/code-scanning, "SARIF support": `precision`).
SEVERITIES: dict[Tier, str] = {"bug": "error", "risk": "warning", "opinion": "info"}
PRECISIONS: dict[Tier, str] = {"bug": "very-high", "risk": "high", "opinion": "medium"}

AnyRule = type[Rule[Any]]


def summary(rule: AnyRule) -> str:
    """Give the first line of a rule's docstring: the defect in one sentence."""
    return explanation(rule).partition("\n")[0]


def explanation(rule: AnyRule) -> str:
    """Give the text of a rule's page below its heading and metadata, in Markdown."""
    return inspect.cleandoc(rule.__doc__ or "")


def url(code: str) -> str:
    """Give the address of the page of the rule `code`."""
    return f"{DOCS}/rules/{code}.html"


def page(rule: AnyRule) -> str:
    """Give the Markdown page of a rule: a heading, its metadata, then its docstring."""
    fix = f"{rule.fix} fix" if rule.fix else "no fix"
    view = "Reads other files of the project. " if rule.project_wide else ""
    return (
        f"# {rule.code} {rule.name}\n\n"
        f"Tier: {rule.tier}. {fix.capitalize()}. {view}Since {rule.since}.\n\n"
        f"{explanation(rule)}\n"
    )


def entry(rule: AnyRule) -> dict[str, str | bool | None]:
    """Give what other tools are told about a rule, in plain values.

    "tier" is ours (bug, risk, opinion); "severity" (error, warning, info) and "precision" (SARIF's
    words) follow from it. "fix" is "safe", "unsafe" or None. "default": whether it is on unless it
    is named. "page" is the file of its page in the repository, "url" its address.
    """
    *_, family, _ = rule.__module__.split(".")
    return {
        "code": rule.code,
        "name": rule.name,
        "family": family,
        "tier": rule.tier,
        "severity": SEVERITIES[rule.tier],
        "precision": PRECISIONS[rule.tier],
        "default": opinion_allowed(rule.code, (), ()),
        "fixable": rule.fix is not None,
        "fix": rule.fix,
        "project_wide": rule.project_wide,
        "since": rule.since,
        "summary": summary(rule),
        "page": f"docs/rules/{rule.code}.md",
        "url": url(rule.code),
    }

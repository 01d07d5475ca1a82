"""What reports tell about a rule: how bad its findings are, and where its page is."""

from __future__ import annotations

from dataclasses import dataclass

from flake8_celery_patterns.rules.listed import entries, names
from flake8_celery_patterns.rules.pages import SEVERITIES, url
from flake8_celery_patterns.rules.rule import Tier
from flake8_celery_patterns.tool.codes import CODES

_OF_THE_TOOL: dict[str, Tier] = {rule.code: rule.tier for rule in CODES}


@dataclass(frozen=True, slots=True)
class Weakness:
    """`score`: as CVSS counts, 0.0 to 10.0. `cwe`: the number at https://cwe.mitre.org."""

    score: float
    cwe: int


# Below what CodeQL gives to the same weaknesses (9.8), since an attacker has to reach the broker
# first. GitHub: above 9.0 critical, from 7.0 high, from 4.0 medium.
WEAKNESSES = {
    "CEL701": Weakness(8.1, 502),  # deserialization of untrusted data
    "CEL706": Weakness(7.5, 798),  # hard-coded credentials
    "CEL923": Weakness(5.3, 312),  # clear text storage of sensitive information
}


def tier_of(code: str) -> Tier:
    """Give the tier of the rule `code`; "risk" of a code that is not known."""
    if code in _OF_THE_TOOL:
        return _OF_THE_TOOL[code]
    tier: Tier = entries().get(code, {}).get("tier", "risk")
    return tier


def severity_of(code: str) -> str:
    """Give "error", "warning" or "info" for the rule `code`."""
    return SEVERITIES[tier_of(code)]


def page_of(code: str) -> str | None:
    """Give the address of the page about the rule `code`; None of a code that is not known."""
    return url(code) if code in names() else None

"""`celery-patterns rules`: every rule once, for people and for tools."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flake8_celery_patterns.rules.pages import SEVERITIES, AnyRule, entry
from flake8_celery_patterns.rules.registry import all_rules
from flake8_celery_patterns.tool.codes import CODES as OWN_CODES
from tests.command import COMMAND, celery_patterns
from tests.terminal import environment, in_terminal

RULES = (*OWN_CODES, *all_rules())
CODES = [rule.code for rule in RULES]


def test_json_has_all_that_is_known_of_each_rule(tmp_path: Path) -> None:
    done = celery_patterns("rules", "--output-format", "json", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == [entry(rule) for rule in RULES]


def test_piped_each_rule_is_one_line(tmp_path: Path) -> None:
    head, *lines = celery_patterns("rules", folder=tmp_path, COLUMNS="20").stdout.splitlines()
    assert head.split() == ["CODE", "NAME", "TIER", "FIX", "DEFAULT", "PROJECT"]
    assert [line.split()[0] for line in lines] == CODES
    by_code = {line.split()[0]: line.split()[1:] for line in lines}
    assert by_code["CEL101"] == ["orm-object-argument", "bug", "unsafe", "on", "yes"]
    assert by_code["CEL604"] == ["crontab-invalid", "bug", "-", "on", "-"]
    assert by_code["CEL901"][3] == "off"


def test_a_terminal_gets_a_table(tmp_path: Path) -> None:
    shown = in_terminal([COMMAND, "rules"], tmp_path, environment(), columns=100)
    assert "\x1b[1m" in shown
    assert [code for code in CODES if code not in shown] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_an_entry_is_consistent(rule: AnyRule) -> None:
    listed = entry(rule)
    assert listed["severity"] == SEVERITIES[rule.tier]
    assert listed["fixable"] == (listed["fix"] is not None)
    assert listed["default"] == (rule.tier != "opinion")
    assert str(listed["summary"]).endswith(".")
    assert f".{listed['family']}." in rule.__module__

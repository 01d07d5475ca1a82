"""`celery-patterns rule`: the page that the documentation has, and one message for a slip."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from flake8_celery_patterns.rules.pages import entry, explanation, page
from flake8_celery_patterns.rules.registry import all_rules
from tests.command import COMMAND, celery_patterns, usage_error
from tests.terminal import environment, in_terminal

RULES = {rule.code: rule for rule in all_rules()}
PAGES = Path(__file__).resolve().parents[2] / "docs" / "rules"
COLOUR = "\x1b["


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("CEL1O1", "there is no rule 'CEL1O1': did you mean CEL1"),
        (
            "orm-object-arguments",
            "there is no rule 'orm-object-arguments': did you mean CEL101 (orm-object-argument)? ",
        ),
        ("zzzzzz", "there is no rule 'zzzzzz': `celery-patterns rules` lists all of them"),
    ],
)
def test_an_unknown_rule_is_one_message(tmp_path: Path, asked: str, message: str) -> None:
    assert usage_error(celery_patterns("rule", asked, folder=tmp_path)).startswith(message)


def test_piped_it_is_the_page_of_the_documentation(tmp_path: Path) -> None:
    done = celery_patterns("rule", "cel101", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (PAGES / "CEL101.md").read_text(encoding="utf-8")


def test_a_name_serves_as_well_as_a_code(tmp_path: Path) -> None:
    done = celery_patterns("rule", "signature-mismatch", folder=tmp_path)
    assert done.stdout == page(RULES["CEL105"])


def test_the_codes_of_the_tool_itself_are_explained_too(tmp_path: Path) -> None:
    done = celery_patterns("rule", "CEL001", folder=tmp_path)
    assert done.stdout == (PAGES / "CEL001.md").read_text(encoding="utf-8")


def test_as_json_it_is_the_entry_of_the_list_and_the_text(tmp_path: Path) -> None:
    done = celery_patterns("rule", "CEL301", "--output-format", "json", folder=tmp_path)
    rule = RULES["CEL301"]
    assert json.loads(done.stdout) == {**entry(rule), "explanation": explanation(rule)}


def test_a_terminal_gets_it_rendered(tmp_path: Path) -> None:
    shown = in_terminal([COMMAND, "rule", "CEL101"], tmp_path, environment())
    assert COLOUR in shown
    assert "## What it reports" not in shown
    assert "What it reports" in shown


def test_no_color_is_obeyed(tmp_path: Path) -> None:
    shown = in_terminal([COMMAND, "rule", "CEL101"], tmp_path, environment(NO_COLOR="1"))
    # Bold and underlined text is no colour.
    assert not [code for code in range(30, 50) if f"\x1b[{code}m" in shown]
    assert "CEL101 orm-object-argument" in shown


def test_a_stream_of_ascii_is_no_traceback(tmp_path: Path) -> None:
    done = celery_patterns(
        "rule", "CEL103", "--output-format", "json", folder=tmp_path, PYTHONIOENCODING="ascii"
    )
    assert json.loads(done.stdout)["code"] == "CEL103"

"""The rules' pages: every one is whole, and its examples behave as it says."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from flake8_celery_patterns.rules.registry import all_rules
from tests.linting import lint_files, naming
from tests.rule_pages import UNNAMED, headings, projects, sections

each_rule = pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)


def codes_in(project: dict[str, str], named: str) -> set[str]:
    """The codes of all rules that are no opinions, and of the rule that is named."""
    return {finding.code for _, finding in lint_files(project, naming(named))}


@each_rule
def test_page_has_a_title_and_all_sections_in_order(rule: Any) -> None:
    title, blank, *_ = inspect.cleandoc(rule.__doc__).splitlines()
    assert title.endswith(".")
    assert blank == ""
    assert list(sections(rule)) == headings(rule.tier)
    assert all(text.strip() for text in sections(rule).values())


@each_rule
def test_each_example_gives_the_rule_and_nothing_else(rule: Any) -> None:
    examples = projects(sections(rule)["Example"])
    assert examples
    found = [codes_in(example, rule.code) for example in examples]
    assert found == [{rule.code}] * len(examples)


@each_rule
def test_what_to_use_instead_gives_nothing(rule: Any) -> None:
    remedies = projects(sections(rule)["Use instead"])
    assert remedies
    assert [codes_in(remedy, rule.code) for remedy in remedies] == [set()] * len(remedies)


@each_rule
def test_every_code_block_of_the_page_compiles(rule: Any) -> None:
    for text in sections(rule).values():
        for project in projects(text):
            for path, source in project.items():
                if path.endswith(".py"):
                    compile(source, path, "exec")


@each_rule
def test_a_page_gives_its_references(rule: Any) -> None:
    references = sections(rule)["References"].strip().splitlines()
    assert [line for line in references if line.startswith("- ")]
    assert "https://" in sections(rule)["References"]


class TestProjects:
    def test_named_blocks_make_one_project(self) -> None:
        text = "```python\n# a/models.py\nx = 1\n```\n\nand\n```python\n# a/tasks.py\ny = 2\n```\n"
        assert projects(text) == [
            {"a/models.py": "# a/models.py\nx = 1\n", "a/tasks.py": "# a/tasks.py\ny = 2\n"}
        ]

    def test_each_other_block_stands_alone(self) -> None:
        text = "```python\nx = 1\n```\n\n```python\n# Why.\ny = 2\n```\n\n```toml\nz = 3\n```\n"
        assert projects(text) == [{UNNAMED: "x = 1\n"}, {UNNAMED: "# Why.\ny = 2\n"}]

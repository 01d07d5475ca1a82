"""Every fixture gives exactly the findings its comments say; so do its automatic variants."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from flake8_celery_patterns.finding import Finding
from tests.expectations import Expectation, read_expectations
from tests.rules.fixture_files import (
    Fixture,
    fixtures,
    lint_fixture,
    place,
    settings_of,
    texts,
)
from tests.rules.variants import EMOJI, with_aliases, with_comments, with_wide_text

ALL = list(fixtures())
OPINIONS = "--extend-select=CEL9"
every_fixture = pytest.mark.parametrize("fixture", ALL, ids=[fixture.id for fixture in ALL])


def in_turn(variant: int) -> pytest.MarkDecorator:
    """Every other fixture; those of one rule are neighbours, so each rule meets each variant.

    With ALL_VARIANTS=1 in the environment, every fixture.
    """
    every = "ALL_VARIANTS" in os.environ
    chosen = [f for n, f in enumerate(ALL) if every or (n + variant // 2) % 2 == variant % 2]
    return pytest.mark.parametrize("fixture", chosen, ids=[fixture.id for fixture in chosen])


def expected(text: str) -> set[tuple[int, int, str]]:
    return {(e.line, e.column, e.code) for e in read_expectations(text)}


def places(findings: list[Finding]) -> list[tuple[int, int, str]]:
    return [(f.span.line, f.span.column, f.code) for f in findings]


@every_fixture
def test_findings_are_those_that_comments_expect(fixture: Fixture) -> None:
    found = lint_fixture(fixture)
    for name, text in texts(fixture).items():
        assert places(found[name]) == sorted(expected(text)), name
        for expectation in read_expectations(text):
            assert expectation.part in message_at(found[name], expectation)


def message_at(findings: list[Finding], expectation: Expectation) -> str:
    return next(
        finding.message
        for finding in findings
        if (finding.span.line, finding.span.column) == (expectation.line, expectation.column)
    )


@in_turn(0)
def test_windows_line_ends_change_nothing(fixture: Fixture) -> None:
    found = lint_fixture(fixture, lambda text: text.replace("\n", "\r\n"))
    for name, text in texts(fixture).items():
        assert places(found[name]) == sorted(expected(text)), name


@in_turn(1)
def test_comments_and_blank_lines_move_findings_along(fixture: Fixture) -> None:
    found = lint_fixture(fixture, lambda text: with_comments(text)[0])
    for name, text in texts(fixture).items():
        moved = with_comments(text)[1]
        here = sorted((moved[line], column, code) for line, column, code in expected(text))
        assert places(found[name]) == here, name


@in_turn(2)
def test_columns_count_code_points(fixture: Fixture) -> None:
    found = lint_fixture(fixture, lambda text: with_wide_text(text)[0])
    for name, text in texts(fixture).items():
        changed = with_wide_text(text)[1]
        here = sorted(
            (line, column + (len(EMOJI) if line in changed else 0), code)
            for line, column, code in expected(text)
        )
        assert places(found[name]) == here, name


@in_turn(3)
def test_aliases_change_nothing(fixture: Fixture) -> None:
    found = lint_fixture(fixture, with_aliases)
    for name, text in texts(fixture).items():
        here = sorted(line for line, _, _ in expected(text))
        assert [finding.span.line for finding in found[name]] == here, name


def test_aliases_are_really_swapped() -> None:
    text = "from celery import shared_task\n\n\n@shared_task\ndef send(self): ...\n"
    assert "@shared_task_alias" in with_aliases(text)
    swapped = [f.id for f in ALL for t in texts(f).values() if with_aliases(t) != t]
    assert len(swapped) > len(ALL) / 2


def test_noqa_silences_every_expected_line(tmp_path: Path) -> None:
    """With `# noqa: CELnnn` in the place of the expectation, flake8 says nothing."""
    for number, fixture in enumerate(ALL):
        root = tmp_path / f"p{number}"
        root.mkdir()
        place(fixture, root, _with_noqa)
        (root / "pyproject.toml").write_text(_configuration(fixture))
    ran = subprocess.run(
        [sys.executable, "-m", "flake8", "--isolated", "--celery-no-cache", "-j2", OPINIONS, "."],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    shown = {
        (number, code)
        for number, code in re.findall(r"^\./p(\d+)/.*?: (CEL\d{3}) ", ran.stdout, re.MULTILINE)
    }
    assert not {(n, c) for n, c in shown if ALL[int(n)].code == c}
    assert "E501" in ran.stdout, "flake8 did run"


def _configuration(fixture: Fixture) -> str:
    """The fixture's options as the project's own configuration."""
    settings = settings_of(fixture)
    return (
        "[tool.celery-patterns]\n"
        f"task-decorators = {list(settings.task_decorators)}\n"
        f"assume-global-time-limit = {str(settings.assume_global_time_limit).lower()}\n"
        f"max-task-statements = {settings.max_task_statements}\n"
        f"max-canvas-depth = {settings.max_canvas_depth}\n"
        f"version = '{settings.celery_version}'\n"
    )


def _with_noqa(text: str) -> str:
    return re.sub(r"#\s*(CEL\d{3}): \d.*", r"# noqa: \1", text)


def test_every_rule_has_enough_silent_and_firing_lines() -> None:
    firing: dict[str, int] = {}
    silent: dict[str, int] = {}
    for fixture in ALL:
        for text in texts(fixture).values():
            firing[fixture.code] = firing.get(fixture.code, 0) + len(expected(text))
            lines = {line for line, _, _ in expected(text)}
            silent[fixture.code] = silent.get(fixture.code, 0) + sum(
                number not in lines and _could_fire(line)
                for number, line in enumerate(text.split("\n"), start=1)
            )
    for code in firing:
        wanted = (60, 40) if code == "CEL101" else (15, 15)
        assert (silent[code] >= wanted[0], firing[code] >= wanted[1]) == (True, True), code


# A setting: `app.conf.x = 1`, `CELERY_X = 1`, `"task_x": 1`, `worker_x=1`.
_SETTING = r"|\.conf\b|\b(?i:accept|beat|broker|celery|result|task|worker)\w*[\"']?\s*[:=]"


def _could_fire(line: str) -> bool:
    sending = r"\.(delay|apply_async|si?)\(|^\s*@|except|class |[Cc]rontab|_periodic_task"
    return re.search(sending + _SETTING, line) is not None

"""What editors and services read of flake8's output, they read rightly of our lines."""

from __future__ import annotations

import re
from typing import Any

import pytest

# The regular expressions of those who read flake8's output.
PYLSP = r"(.*):(\d*):(\d*): (\w*) (.*)"  # pylsp/plugins/flake8_lint.py
SONAR = r"(.+):(\d+):(\d+): (\S+[^:]):? (.*)"  # SonarQube's Python plugin, Flake8Sensor
FLYCHECK = r"^(.+?):(\d+):(\d+): ([A-Z]{1,3}[0-9]{1,3}) (.*)$"
VSCODE_FORMAT = "%(row)d,%(col)d,%(code).1s,%(code)s:%(text)s"
VSCODE = r"(\d+),(-?\d+),(\w+),(\w+\d+):([^\r\n]*)"  # vscode-flake8, lsp_server.py
NVIM_FORMAT = "%(path)s:%(row)d:%(col)d:%(code)s:%(text)s"

PLACES = [("./shop/tasks.py", "10", "10", "CEL201"), ("./shop/views.py", "6", "21", "CEL101")]


@pytest.fixture(scope="module")
def messages(shop: Any) -> list[str]:
    """The words alone, in the order of `PLACES`."""
    words: list[str] = shop.flake8("--format=%(text)s", ".").lines
    assert len(words) == len(PLACES)
    assert all(len(text.split()) > 3 for text in words)
    return words


@pytest.fixture(scope="module")
def default_lines(shop: Any) -> list[str]:
    lines: list[str] = shop.flake8(".").lines
    return lines


@pytest.mark.parametrize("pattern", [PYLSP, SONAR, FLYCHECK], ids=["pylsp", "sonar", "flycheck"])
def test_the_default_format(default_lines: list[str], messages: list[str], pattern: str) -> None:
    found = [re.fullmatch(pattern, line) for line in default_lines]
    assert [match and match.groups() for match in found] == [
        (*place, text) for place, text in zip(PLACES, messages, strict=True)
    ]


def test_the_default_format_by_its_name(shop: Any, default_lines: list[str]) -> None:
    assert shop.flake8("--format=default", ".").lines == default_lines


def test_the_pylint_format(shop: Any, messages: list[str]) -> None:
    assert shop.flake8("--format=pylint", ".").lines == [
        f"{path}:{row}: [{code}] {text}"
        for (path, row, _, code), text in zip(PLACES, messages, strict=True)
    ]


def test_the_format_of_vscode(shop: Any, messages: list[str]) -> None:
    found = [
        re.fullmatch(VSCODE, line) for line in shop.flake8(f"--format={VSCODE_FORMAT}", ".").lines
    ]
    assert [match and match.groups() for match in found] == [
        (row, column, "C", code, text)
        for (_, row, column, code), text in zip(PLACES, messages, strict=True)
    ]


def test_the_format_of_nvim_lint(shop: Any, messages: list[str]) -> None:
    run = shop.flake8(f"--format={NVIM_FORMAT}", "--no-show-source", ".")
    assert run.lines == [
        ":".join([*place, text]) for place, text in zip(PLACES, messages, strict=True)
    ]


def test_the_source_shown_points_at_the_place(shop: Any) -> None:
    lines = shop.flake8("--show-source", "shop/views.py").lines
    assert lines[1:] == ["    send_mail.delay(Order.objects.get(pk=1))", " " * 20 + "^"]


def test_the_messages_are_one_line_without_a_place_of_their_own(messages: list[str]) -> None:
    for text in messages:
        assert not re.search(r":\d+:\d+: ", text)

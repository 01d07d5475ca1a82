"""Physical lines are those that Python counts."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_celery_patterns.source.lines import split_lines

ODD = "ab\r\n\f\v\x1c\x1d\x85\u2028\u2029é😀"


@given(st.text(alphabet=ODD, max_size=30))
def test_joined_again_it_is_the_text(text: str) -> None:
    assert "".join(split_lines(text)) == text


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("inside", ["\f", "\v", "\x1c", "\x85", "\u2028", "\u2029", ""])
def test_numbers_are_those_of_pythons_own_tree(end: str, inside: str) -> None:
    text = end.join([f"a = 'x{inside}y'", "", "b = '''", "'''", "c = 1"])
    lines = split_lines(text)
    numbers = [statement.lineno for statement in ast.parse(text).body]
    assert [lines[number - 1][0] for number in numbers] == ["a", "b", "c"]
    assert len(lines) == 5


def test_nothing_has_no_lines() -> None:
    assert split_lines("") == []
    assert split_lines("a") == ["a"]
    assert split_lines("a\n") == ["a\n"]
    assert split_lines("\n\n") == ["\n", "\n"]

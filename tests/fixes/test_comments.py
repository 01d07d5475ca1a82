"""Wherever a comment may stand, no fix loses it."""

from __future__ import annotations

import io
import tokenize
from itertools import pairwise

import pytest

from tests.fixes.mending import mended_text
from tests.fixes.test_fixes import GOLDEN, comments
from tests.rules.fixture_files import Fixture

_NO_CODE = (tokenize.NL, tokenize.COMMENT)
# From Python 3.12 an f-string is several tokens, some of which are text.
_OPENING = getattr(tokenize, "FSTRING_START", None)
_CLOSING = getattr(tokenize, "FSTRING_END", None)


def with_comments_in_brackets(text: str) -> str:
    """A comment, and so a line end, after every third word or sign that stands in brackets."""
    tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    lines = io.StringIO(text).readlines()
    ends = []
    depth = in_text = 0
    for token, following in pairwise(tokens):
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
        in_text += (token.type == _OPENING) - (token.type == _CLOSING)
        if depth and not in_text and token.type not in _NO_CODE and following.type not in _NO_CODE:
            ends.append(token.end)
    for number, (line, column) in reversed(list(enumerate(ends))):
        if number % 3 == 0:
            before, behind = lines[line - 1][:column], lines[line - 1][column:]
            lines[line - 1] = f"{before}  # comment {number}\n        {behind}"
    return "".join(lines)


@pytest.mark.parametrize("fixture", GOLDEN, ids=[fixture.id for fixture in GOLDEN])
def test_comments_in_brackets_stay(fixture: Fixture) -> None:
    text = with_comments_in_brackets(fixture.path.read_text(encoding="utf-8"))
    mended = mended_text(text, fixture.code, unsafe=True)
    assert mended.notes == ()
    assert comments(mended.after.decode()) == comments(text)

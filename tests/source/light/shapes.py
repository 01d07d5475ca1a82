"""Holding a light tree against the one that libcst's parser makes."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from flake8_celery_patterns.source.walk import children

# Where a light tree is simpler, on purpose: several literals beside each other are one of two
# parts; `[…]` stands for every sequence of patterns; what is between fields may have lost escapes.
_SIMPLER = (cst.ConcatenatedString, cst.MatchTuple, cst.MatchOrElement, cst.FormattedStringText)


def shapes(real: cst.CSTNode, light: cst.CSTNode) -> Iterator[str]:
    """Where the two trees are not of the same shape."""
    stack = [(real, light)]
    while stack:
        one, other = stack.pop()
        if isinstance(one, _SIMPLER):
            continue
        if type(one) is not type(other):
            yield f"{type(one).__name__} and not {type(other).__name__}"
            continue
        if _word(one) != _word(other):
            yield f"{_word(one)!r} and not {_word(other)!r}"
        below, others = _below(one), _below(other)
        if len(below) != len(others):
            yield f"{type(one).__name__} of {len(below)} and not {len(others)}"
        stack.extend(zip(below, others, strict=False))


def _below(node: cst.CSTNode) -> list[cst.CSTNode]:
    return [child for child in children(node) if not isinstance(child, cst.FormattedStringText)]


def _word(node: cst.CSTNode) -> object:
    """The text that a node holds itself: a name, a number, a star."""
    if isinstance(node, cst.SimpleString):
        # Before Python 3.12 one in the field of an f-string may have other quotes.
        return node.evaluated_value
    word = getattr(node, "value", None)
    return (word if isinstance(word, str) else "", getattr(node, "star", ""))

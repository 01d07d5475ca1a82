"""What stands somewhere below a node, comments included (libcst.matchers is slow to import)."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst


def everything_below(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """`node` and all below it, white space and punctuation too."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(current.children)


def comments(node: cst.CSTNode) -> Iterator[str]:
    """The comments in `node`."""
    return (part.value for part in everything_below(node) if isinstance(part, cst.Comment))


def holds_comment(node: cst.CSTNode) -> bool:
    """Whether a comment would be lost with `node`."""
    return any(comments(node))


def holds_name(node: cst.CSTNode, name: str) -> bool:
    """Whether something in `node` is called `name`."""
    return any(isinstance(p, cst.Name) and p.value == name for p in everything_below(node))

"""A change that several fixes make: another order of the decorators of one function."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flake8_celery_patterns.fixes.plan import Change, Replace

if TYPE_CHECKING:
    import libcst as cst


def raised(node: cst.FunctionDef, position: int, to: int) -> tuple[Change, ...] | None:
    """Move the decorator at `position` up to the place `to`, the ones between down by one.

    None where one of them holds a comment that would come to stand elsewhere.
    """
    import libcst as cst

    from flake8_celery_patterns.fixes.search import holds_comment

    moved = [decorator.decorator for decorator in node.decorators[to : position + 1]]
    if any(map(holds_comment, moved)):
        return None
    empty = cst.Module([])
    texts = [empty.code_for_node(expression) for expression in (moved[-1], *moved[:-1])]
    return tuple(Replace(old, text) for old, text in zip(moved, texts, strict=True))

"""The classes and functions of a text, as the standard library sees them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from flake8_celery_patterns.source.parse import outline

Scope = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def scopes(text: str) -> Iterator[tuple[str, Scope]]:
    """Give each class and function with its dotted path; what lies in another comes after it.

    Nothing where this Python cannot read the text.
    """
    tree = outline(text.removeprefix("\ufeff"))
    waiting: list[tuple[str, ast.AST]] = [("", tree)] if tree is not None else []
    while waiting:
        path, node = waiting.pop()
        if isinstance(node, Scope):
            path = f"{path}.{node.name}" if path else node.name
            yield path, node
        # Reversed, since the last one is taken first. Not by recursion: each `elif` is one deeper.
        inner = (child for child in ast.iter_child_nodes(node) if not isinstance(child, ast.expr))
        waiting.extend((path, child) for child in reversed(list(inner)))

"""What a function does with its `**kwargs`: whether a keyword among them can have any effect."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from textwrap import dedent
from typing import TYPE_CHECKING

import libcst as cst

from flake8_celery_patterns.source.lines import first_line
from flake8_celery_patterns.source.parse import Unreadable, decode, outline

if TYPE_CHECKING:
    from flake8_celery_patterns.facts.scopes import Function
    from flake8_celery_patterns.meaning.meaning import Meaning
    from flake8_celery_patterns.project.project import Source

# A line as Python counts them.
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_ASKING = frozenset({"get", "pop", "setdefault"})


def swallows(meaning: Meaning, source: Source, function: Function, name: str) -> bool:
    """Whether `name=` given to a function is certainly lost in its `**kwargs`.

    So it is where the body only ever asks `kwargs` for other keys, by name.
    """
    key = ("swallows", source, function, name)
    return meaning.known(key, False, _swallows, meaning, source, function, name)


def _swallows(meaning: Meaning, source: Source, function: Function, name: str) -> bool:
    taking = next((p.name for p in function.parameters if p.kind == "kwargs"), None)
    body = parsed(meaning, source, function)
    if taking is None or body is None:
        return False
    harmless: set[int] = set()
    for node in ast.walk(body):
        asked = _asked(node, taking)
        if asked is not None:
            owner, key = asked
            if key == name:
                return False
            harmless.add(id(owner))
    return not any(
        (isinstance(node, ast.Name) and node.id == taking and id(node) not in harmless)
        or (isinstance(node, ast.Name) and node.id in ("locals", "vars"))
        for node in ast.walk(body)
    )


def _asked(node: ast.AST, taking: str) -> tuple[ast.expr, object] | None:
    """`kwargs["key"]`, `kwargs.get("key")`, `"key" in kwargs`: who is asked, and for what."""
    owner: ast.expr | None = None
    key: ast.expr | None = None
    if isinstance(node, ast.Subscript):
        owner, key = node.value, node.slice
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
        if node.func.attr in _ASKING:
            owner, key = node.func.value, node.args[0]
    elif isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn)):
        owner, key = node.comparators[0], node.left
    if not isinstance(owner, ast.Name) or owner.id != taking or not isinstance(key, ast.Constant):
        return None
    return owner, key.value


def parsed(meaning: Meaning, source: Source, function: Function) -> ast.AST | None:
    """The function as the standard library reads it.

    From its file where only facts are known, or where its body was left out (`source.focus`).
    """
    return meaning.known(("parsed", source, function), None, _parsed, meaning, source, function)


def _parsed(meaning: Meaning, source: Source, function: Function) -> ast.AST | None:
    if function.node is not None and not _is_left_out(function.node):
        text = dedent(cst.Module([]).code_for_node(function.node))
    else:
        nothing: dict[str, list[str]] = {}
        texts = meaning.known(("functions", source), nothing, _functions_of, meaning, source)
        alike = texts.get(function.name, [])
        if len(alike) != 1:
            return None
        text = alike[0]
    tree = outline(text)
    found = [node for node in _functions_in(tree) if node.name == function.name] if tree else []
    return found[0] if len(found) == 1 else None


def _functions_of(meaning: Meaning, source: Source) -> dict[str, list[str]]:
    """The text of each function of a file, by name."""
    try:
        text = decode(meaning.project.content(source.path) or b"")
    except Unreadable:
        return {}
    tree = outline(text)
    lines = _LINE.findall(text)
    found: dict[str, list[str]] = {}
    for node in _functions_in(tree) if tree is not None else ():
        first = first_line(node)
        own = "".join(lines[first - 1 : node.end_lineno])
        # What stands deeper in its file stands deeper here.
        whole = f"if True:\n{own}" if own[:1].isspace() else own
        found.setdefault(node.name, []).append(whole)
    return found


def _functions_in(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def _is_left_out(node: cst.FunctionDef) -> bool:
    """Whether `pass` is all there is to a function, as in one that says nothing about Celery."""
    lines = node.body.body
    small = (
        lines[0].body if len(lines) == 1 and isinstance(lines[0], cst.SimpleStatementLine) else ()
    )
    return len(small) == 1 and isinstance(small[0], cst.Pass)

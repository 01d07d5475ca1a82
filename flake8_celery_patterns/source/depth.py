"""How deeply a text nests: libcst's native parser would overflow its stack and kill the process.

Measured on libcst 1.9 with a stack of 8 MiB: 3,000 nested brackets or a chain of 10,000 operators
end the process (LibCST issue 1000); CPython itself refuses more than 200 brackets.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

MAX_BRACKETS = 200
MAX_CHAIN = 1500
# A statement shorter than this cannot reach either bound in a way that harms.
_SHORT = 2000

_TOKENS = re.compile(
    r"""
    (?P<skip>\#[^\r\n]*
      | (?:[rbfutRBFUT]{0,2})(?:\"\"\"(?:\\.|[^\\])*?\"\"\"|'''(?:\\.|[^\\])*?'''
      | "(?:\\.|[^"\\\r\n])*"|'(?:\\.|[^'\\\r\n])*'))
    | (?P<open>[(\[{]) | (?P<close>[)\]}]) | (?P<end>[,;]|\r\n|\r|\n)
    | (?P<link>\b(?:not|or|and|if|lambda|await|elif)\b|[-+~*/%@&|^.<>]|(?<=[)\]])\s*(?=[(\[]))
    """,
    re.VERBOSE | re.DOTALL,
)


def too_deep(text: str, lines: list[str], tree: ast.Module | None) -> bool:
    """Whether parsing `text` with libcst could overflow the native stack.

    `lines` is `text` cut into physical lines; with a `tree` only its long statements are looked at.
    """
    if tree is None:
        return _chain_too_deep(text)
    for statement in _statements(tree):
        if statement is None:
            return True
        first, last = statement.lineno - 1, statement.end_lineno or statement.lineno
        if sum(map(len, lines[first:last])) > _SHORT and _chain_too_deep(
            "".join(lines[first:last])
        ):
            return True
    return False


def _statements(tree: ast.Module) -> Iterator[ast.stmt | None]:
    """The simple statements of a tree; None for a chain of too many `elif`."""
    stack: list[tuple[ast.stmt, int]] = [(statement, 0) for statement in tree.body]
    while stack:
        statement, depth = stack.pop()
        if depth > MAX_CHAIN:
            yield None
            return
        simple = True
        for name in ("body", "orelse", "finalbody"):
            inner = getattr(statement, name, None)
            if isinstance(inner, list):
                simple = False
                stack.extend((child, depth + 1) for child in inner if isinstance(child, ast.stmt))
        for name in ("handlers", "cases"):
            for part in getattr(statement, name, ()):
                stack.extend((child, depth + 1) for child in part.body)
        if simple:
            yield statement


def _chain_too_deep(text: str) -> bool:
    brackets: list[int] = []
    chain = elifs = 0
    for match in _TOKENS.finditer(text):
        group = match.lastgroup
        if group == "open":
            brackets.append(chain)
            chain += 1
            if len(brackets) > MAX_BRACKETS:
                return True
        elif group == "close":
            chain = (brackets.pop() if brackets else 0) + 1
        elif group == "end":
            if match.group() in ",;" or not brackets:
                chain = brackets[-1] + 1 if brackets else 0
        elif group == "link":
            chain += 1
            elifs += match.group() == "elif"
        if chain > MAX_CHAIN or elifs > MAX_CHAIN:
            return True
    return False

"""How deeply a text nests: what libcst's native parser would not survive, or not end with.

Measured on libcst 1.9 with a stack of 8 MiB: 3,000 nested brackets or a chain of 10,000 operators
end the process (LibCST issue 1000); CPython itself refuses more than 200 brackets. A chain takes
time by the square: 0.3 s for 1,500 operators, 5 s for 4,000. The parts of a pattern, and of what is
deleted, are tried again at every level: 3.5 times the time a level, 1.3 s for 10, hours for 20.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from flake8_celery_patterns.source.lines import first_line

MAX_BRACKETS = 200
MAX_CHAIN = 1500
MAX_PATTERN = 6
_QUOTES = ('"""', "'''", '"', "'")
# A statement shorter than this cannot reach the first two bounds in a way that harms.
_SHORT = 2000

_CODE = re.compile(
    r"""
      (?P<skip>\#[^\r\n]*|\\(?:\r\n|\r|\n))
    | (?<!\w)(?:[fFtT][rR]?|[rR][fFtT])(?P<quote>\"\"\"|'''|"|')
    | (?P<string>\"\"\"(?:\\.|[^\\])*?(?:\"\"\"|\\?\Z)|'''(?:\\.|[^\\])*?(?:'''|\\?\Z)
      | "(?:\\(?:\r\n|.)|[^"\\\r\n])*(?:"|\\?\Z|(?=[\r\n]))
      | '(?:\\(?:\r\n|.)|[^'\\\r\n])*(?:'|\\?\Z|(?=[\r\n])))
    | (?P<open>[(\[{]) | (?P<close>[)\]}]) | (?P<end>[,;]|\r\n|\r|\n) | (?P<colon>:)
    | (?P<target>\bdel\b|(?<![^\r\n])[ \t\f]*case\b(?![ \t]*[=.,:)\]]))
    | (?P<link>\b(?:not|or|and|if|for|lambda|await|elif)\b|\*\*|//|<<|>>|[-+~*/%@&|^.<>])
    """,
    re.VERBOSE | re.DOTALL,
)
# Inside an f-string, by its quote; and inside the format of one of its fields.
_END = {quote: quote if len(quote) == 3 else rf"{quote}|(?=[\r\n])" for quote in _QUOTES}
_LITERAL = {
    quote: re.compile(
        rf"\\N\{{[\w -]{{0,99}}\}}|\\(?:\r\n|[^{{])|\{{\{{|(?P<open>\{{)|(?P<quote>{end})",
        re.DOTALL,
    )
    for quote, end in _END.items()
}
_FORMAT = {
    quote: re.compile(
        rf"\\(?:\r\n|[^{{}}])|(?P<open>\{{)|(?P<close>\}})|(?P<quote>{end})", re.DOTALL
    )
    for quote, end in _END.items()
}
_QUOTE_OF = {pattern: quote for kind in (_LITERAL, _FORMAT) for quote, pattern in kind.items()}


def too_deep(text: str, lines: Sequence[str], tree: ast.Module | None) -> bool:
    """Whether parsing `text` with libcst could overflow the native stack, or take for ever.

    `lines` is `text` cut into physical lines; with a `tree` only its long statements, patterns and
    `del` statements are looked at.
    """
    return _Scan(text).is_too_deep() if tree is None else _is_any_too_deep(lines, tree, _SHORT)


def repeats_too_deeply(lines: Sequence[str], tree: ast.Module) -> bool:
    """As `too_deep`, for a tree without long chains: of patterns, `del` and `elif` alone."""
    return _is_any_too_deep(lines, tree, None)


def _is_any_too_deep(lines: Sequence[str], tree: ast.Module, short: int | None) -> bool:
    """`short`: as many characters need not be looked at; None: all there may be need not."""
    scanned: set[tuple[int, int]] = set()
    for stretch in _stretches(tree):
        if stretch is None:
            return True
        first, last, repeats = stretch
        if (first, last) in scanned:
            continue
        part = lines[first - 1 : last]
        is_long = short is not None and sum(map(len, part)) > short
        if is_long or (repeats and _brackets(part) > MAX_PATTERN):
            scanned.add((first, last))
            if _Scan("".join(part)).is_too_deep():
                return True
    return False


def _brackets(lines: Sequence[str]) -> int:
    return sum(line.count(bracket) for line in lines for bracket in "([{")


def _stretches(tree: ast.Module) -> Iterator[tuple[int, int, bool] | None]:
    """First and last line (1-based) of each simple statement, and of what leads to each block.

    The third tells whether it is a pattern or a `del`. None: a chain of too many `elif`.
    """
    stack: list[tuple[ast.stmt, int]] = [(statement, 0) for statement in tree.body]
    while stack:
        statement, depth = stack.pop()
        if depth > MAX_CHAIN:
            yield None
            return
        if isinstance(statement, ast.Match):
            end = statement.subject.end_lineno or statement.lineno
            yield statement.lineno, end, False
            for case in statement.cases:
                yield end + 1, first_line(case.body[0]), True
                end = case.body[-1].end_lineno or end
                stack.extend((child, depth + 1) for child in case.body)
            continue
        simple = True
        for part in (statement, *getattr(statement, "handlers", ())):
            for name in ("body", "orelse", "finalbody"):
                inner: list[ast.stmt] = getattr(part, name, [])
                stack.extend((child, depth + 1) for child in inner)
                if inner and name == "body":
                    yield first_line(part), first_line(inner[0]), False
                    simple = False
        if simple:
            last = statement.end_lineno or statement.lineno
            yield statement.lineno, last, isinstance(statement, ast.Delete)


class _Scan:
    """One pass over a text: brackets, f-strings and their fields, and chains of operators."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._chain = 0
        # What is open: the chain outside of it, and what to go on with behind it.
        self._open: list[tuple[int, re.Pattern[str]]] = []
        self._fields: list[tuple[int, str]] = []
        self._repeats = False

    def is_too_deep(self) -> bool:
        """Whether any bound is passed."""
        expecting, position, elifs = _CODE, 0, 0
        while match := expecting.search(self._text, position):
            position = match.end()
            expecting = self._next(match, expecting)
            elifs += match.lastgroup == "link" and match.group() == "elif"
            limit = MAX_PATTERN if self._repeats else MAX_BRACKETS
            if self._chain > MAX_CHAIN or elifs > MAX_CHAIN or len(self._open) > limit:
                return True
        return False

    def _next(self, match: re.Match[str], expecting: re.Pattern[str]) -> re.Pattern[str]:
        group, found = match.lastgroup, match.group()
        if group == "quote":
            return self._quote(match["quote"], expecting)
        if group == "open":
            if expecting is not _CODE:
                self._fields.append((len(self._open), _QUOTE_OF[expecting]))
            self._open.append((self._chain, expecting))
            self._chain += 1
            return _CODE
        if group == "close":
            return self._close(found)
        if group == "colon" and self._fields and len(self._open) == self._fields[-1][0] + 1:
            return _FORMAT[self._fields[-1][1]]
        if group in ("string", "link"):
            self._chain += 1
        elif group == "target":
            self._repeats = not self._open
        elif group == "end" and (found in ",;" or not self._open):
            self._chain = self._open[-1][0] + 1 if self._open else 0
        if not self._open and ((group in ("end", "colon") and found != ",") or found == "if"):
            self._repeats = False
        return expecting

    def _quote(self, quote: str, expecting: re.Pattern[str]) -> re.Pattern[str]:
        """An f-string begins, or ends."""
        if expecting is _CODE:
            self._open.append((self._chain, _CODE))
            self._chain += 1
            return _LITERAL[quote]
        if expecting in _FORMAT.values():
            self._pop()
            self._fields.pop()
        self._pop()
        return _CODE

    def _close(self, found: str) -> re.Pattern[str]:
        if not self._open:
            return _CODE
        if self._fields and len(self._open) == self._fields[-1][0] + 1:
            if found != "}":
                return _CODE
            self._fields.pop()
        return self._pop()

    def _pop(self) -> re.Pattern[str]:
        before, outside = self._open.pop()
        self._chain = before + 1
        return outside

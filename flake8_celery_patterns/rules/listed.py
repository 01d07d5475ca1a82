"""All codes and their names, read from `rules.json`: no rule is imported for them."""

from __future__ import annotations

import json
import pkgutil
from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches
from functools import cache
from itertools import takewhile
from typing import Any

# Codes of the tool itself, which no rule class stands for.
OF_THE_TOOL = {"CEL001": "unreadable-file", "CEL002": "unused-noqa"}
# Codes that are equally like a wrong one: there are not more with one other digit.
_AS_MANY = 30


@cache
def entries() -> dict[str, dict[str, Any]]:
    """Give what `rules.json` says of each rule (see `rules.pages.entry`), by code."""
    content = pkgutil.get_data("flake8_celery_patterns", "rules.json")
    listed = json.loads(content) if content is not None else []
    return {entry["code"]: entry for entry in listed}


@cache
def names() -> dict[str, str]:
    """Give the name of every code, those of the tool itself included; ordered by code."""
    listed = {code: entry["name"] for code, entry in entries().items()}
    return dict(sorted({**OF_THE_TOOL, **listed}.items()))


@cache
def selectors() -> frozenset[str]:
    """Give every text that selects something: each code, and each beginning of one."""
    return beginnings(names())


def beginnings(codes: Iterable[str]) -> frozenset[str]:
    """Give the codes, and every beginning of one."""
    return frozenset(code[:length] for code in codes for length in range(1, len(code) + 1))


def nearest(text: str) -> str | None:
    """Give the code, or beginning of codes, that `text` may be meant to be: by a slip or a name.

    None for what is close to nothing, and for a code of another tool.
    """
    named = {name: code for code, name in names().items()}
    close = closest(text.lower(), named, 0.75)
    if close is not None:
        return named[close]
    return closest(text.upper(), selectors()) if text.upper().startswith("C") else None


def closest(text: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Give the one of `known` that `text` is most like; of those equally alike, the one that
    begins like it for longest. None where none is alike (`cutoff`: as for difflib)."""

    def likeness(candidate: str) -> tuple[float, int]:
        ratio = SequenceMatcher(None, candidate, text).ratio()
        pairs = zip(candidate, text, strict=False)
        return ratio, len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))

    close = get_close_matches(text, known, n=_AS_MANY, cutoff=cutoff)
    return max(close, key=likeness, default=None)

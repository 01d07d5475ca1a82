"""Which codes are wanted, and in which files: flake8's own meaning, for all doors."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from fnmatch import fnmatch
from functools import lru_cache
from pathlib import Path

from flake8_celery_patterns.settings import Settings

EVERYTHING = "CEL"
OPINIONS = "CEL9"
UNUSED_NOQA = "CEL002"
# What only a comparison with a git revision finds: no other run knows whether there is any.
COMPARED = ("CEL121", "CEL122", "CEL123")
# What is silent until it is named more closely than "everything of ours".
_UNLESS_NAMED = (OPINIONS, UNUSED_NOQA)


class Selector:
    """Says which findings of a project's files are wanted.

    The options mean what flake8's do (`DecisionEngine` in flake8/style_guide.py): codes are chosen
    by how they begin, and where a code is both selected and ignored, the longer selector wins.
    `root`: the folder that file patterns with a slash start from.
    """

    def __init__(self, settings: Settings, root: Path) -> None:
        self._settings = settings
        self._per_file = [
            (_absolute(pattern, root), codes) for pattern, codes in settings.per_file_ignores
        ]
        self._decided: dict[tuple[str, tuple[str, ...]], bool] = {}

    def wants(self, code: str, path: Path) -> bool:
        """Say whether a finding with `code` in the file `path` (absolute) is to be shown."""
        key = code, self._ignored_in(path)
        if key not in self._decided:
            settings = self._settings
            ignoring = (*settings.extend_ignore, *key[1])
            self._decided[key] = selected(code, replace(settings, extend_ignore=ignoring))
        return self._decided[key]

    def _ignored_in(self, path: Path) -> tuple[str, ...]:
        # Of several patterns that match, flake8 takes the longest alone (`_style_guide_for`).
        matching = [(p, codes) for p, codes in self._per_file if _matches(path, p)]
        return max(matching, key=lambda found: len(found[0]))[1] if matching else ()


@lru_cache(maxsize=256)
def selector_for(settings: Settings, root: Path) -> Selector:
    """Give the selector of the project at `root` (absolute): one per settings and process."""
    return Selector(settings, root)


def selected(code: str, settings: Settings) -> bool:
    """Say whether the selectors of `settings` choose `code`, in a file that none singles out."""
    if not opinion_allowed(code, settings.select, settings.extend_select):
        return False
    chosen = (EVERYTHING,) if settings.select is None else settings.select
    select = _longest(code, (*chosen, *settings.extend_select))
    ignore = _longest(code, (*settings.ignore, *settings.extend_ignore))
    if select is None or ignore is None:
        return select is not None
    # What is shown by default has no say against what the user ignores.
    named = code.startswith((*(settings.select or ()), *settings.extend_select))
    return named and len(select) > len(ignore)


def opinion_allowed(code: str, select: Iterable[str] | None, extend_select: Iterable[str]) -> bool:
    """Say whether a code that is off by default was named; yes for every other code.

    `select`, `extend_select`: the selectors that the user gave, as prefixes of codes; empty or
    None: none. An opinion needs a selector that is longer than `CEL`. flake8's own default ignore
    list cannot hold this: a user's `ignore =` drops it, and `--select=CEL` overrules it
    (`DecisionEngine` in flake8/style_guide.py). Whether the user ignores the code again is not
    asked here.
    """
    if not code.startswith(_UNLESS_NAMED):
        return True
    return any(
        len(selector) > len(EVERYTHING) and code.startswith(selector)
        for selectors in (select or (), extend_select)
        for selector in selectors
    )


def anything_selected(select: Iterable[str] | None, extend_select: Iterable[str]) -> bool:
    """Say whether any code of ours can be shown: False spares the whole analysis.

    `select`: the selectors that the user gave instead of the default, None when there were none.
    """
    if select is None:
        return True
    return any(
        selector.startswith(EVERYTHING) or EVERYTHING.startswith(selector)
        for selectors in (select, extend_select)
        for selector in selectors
    )


def _longest(code: str, selectors: Iterable[str]) -> str | None:
    return max((s for s in selectors if code.startswith(s)), key=len, default=None)


def _absolute(pattern: str, root: Path) -> str:
    # As flake8's `normalize_path`: only a pattern with a separator speaks of folders.
    is_path = "/" in pattern or os.sep in pattern
    return os.path.normpath(root / pattern) if is_path else pattern


def _matches(path: Path, pattern: str) -> bool:
    # As flake8's `matches_filename`.
    return fnmatch(path.name, pattern) or fnmatch(os.fspath(path), pattern)

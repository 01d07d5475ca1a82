"""What selectors say of our codes: is any wanted, and was an opinion (CEL9xx) named?"""

from __future__ import annotations

from collections.abc import Iterable

EVERYTHING = "CEL"
OPINIONS = "CEL9"


def opinion_allowed(code: str, select: Iterable[str], extend_select: Iterable[str]) -> bool:
    """Say whether the opinion guard lets a finding through; yes for every code outside CEL9xx.

    `select`, `extend_select`: the selectors that the user gave, as prefixes of codes; empty: none.
    An opinion needs a selector that is longer than `CEL`. flake8's own default ignore list cannot
    hold this: a user's `ignore =` drops it, and `--select=CEL` overrules it (`DecisionEngine` in
    flake8/style_guide.py). Whether the user ignores the code again is not asked here.
    """
    if not code.startswith(OPINIONS):
        return True
    return any(
        len(selector) > len(EVERYTHING) and code.startswith(selector)
        for selectors in (select, extend_select)
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

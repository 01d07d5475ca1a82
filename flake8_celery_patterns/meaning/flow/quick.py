"""Methods and functions that are over at once, by their names alone."""

from __future__ import annotations

LOGGING = frozenset("critical debug error exception fatal info log warn warning".split())
"""Methods of a logger."""

QUICK = LOGGING | frozenset(
    {"print"}.union(*(dir(kind) for kind in (bytes, dict, float, int, list, set, str, tuple)))
)
"""Those, `print`, and the methods of built-in types: none asks another machine, or waits."""

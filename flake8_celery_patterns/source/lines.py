"""Physical lines as Python's tokenizer counts them."""

from __future__ import annotations

import re

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")


def split_lines(text: str) -> list[str]:
    """`text` cut after each line end, ends kept; joined again it is `text`.

    Unlike `str.splitlines`, a form feed or a Unicode line separator ends no line:
    Python's own line numbers do not count them.
    """
    lines = _LINE.findall(text)
    while lines and not lines[-1]:
        lines.pop()
    return lines

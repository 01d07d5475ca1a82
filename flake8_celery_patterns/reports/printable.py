"""Foreign text made fit for a terminal: names and lines of files that nobody has checked."""

from __future__ import annotations

import re
from typing import TextIO

_TAB = "    "
_PLAIN = re.compile(r"[ -~]*")


def encoding_of(out: TextIO) -> str:
    """Give the encoding that `out` writes in; UTF-8 where it does not say."""
    return getattr(out, "encoding", None) or "utf-8"


def printable(text: str, encoding: str) -> str:
    """Give `text` as one line that does nothing to a terminal and that `encoding` can hold.

    A tab becomes four spaces. What is not printable (control characters, among them those that
    colour, move the cursor or turn the reading direction) and what `encoding` lacks is written as
    Python escapes it.
    """
    if _PLAIN.fullmatch(text):
        return text
    return "".join(shown(character, encoding) for character in text)


def shown(character: str, encoding: str) -> str:
    """Give what stands for one character of a text; see `printable`."""
    if character == "\t":
        return _TAB
    if not character.isprintable():
        return character.encode("unicode_escape", "surrogatepass").decode("ascii")
    return character.encode(encoding, "backslashreplace").decode(encoding)

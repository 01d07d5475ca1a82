"""Foreign text made fit for a file that a program reads: always valid UTF-8, JSON and XML."""

from __future__ import annotations

import json
import re
from io import TextIOWrapper
from typing import TextIO

# What a file name that is no UTF-8 decodes to, and what a string in a notebook may hold.
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# https://www.w3.org/TR/xml/#charsets; references to these characters are no XML either.
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_utf8(out: TextIO) -> None:
    """Make `out` take any character, and write line feeds: for what programs read, anywhere."""
    if isinstance(out, TextIOWrapper):
        out.reconfigure(encoding="utf-8", newline="\n")


def valid(text: str) -> str:
    r"""Give `text` without what UTF-8 cannot hold: `\xff` stands for a byte of a file name."""
    return _SURROGATE.sub(_escaped, text)


def valid_xml(text: str) -> str:
    r"""Give `text` without what XML cannot hold: `\x1b` stands for a control character."""
    return _NOT_XML.sub(_escaped, text)


def json_text(value: object, indent: int | None = None) -> str:
    """Give `value` as JSON that is valid Unicode, whatever is in its texts."""
    dumped = json.dumps(value, ensure_ascii=False, indent=indent)
    return _SURROGATE.sub(lambda found: "\\" + _escaped(found), dumped)


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    byte = re.fullmatch(r"[\udc80-\udcff]", character)
    code = ord(character) - 0xDC00 if byte else ord(character)
    return f"\\x{code:02x}" if code <= 0xFF else f"\\u{code:04x}"

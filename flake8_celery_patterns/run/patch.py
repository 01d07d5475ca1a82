"""A change of one file as a patch."""

from __future__ import annotations

import io
from difflib import diff_bytes, unified_diff


def patch(shown: str, before: bytes, after: bytes) -> bytes:
    """Give the change of the file `shown` as a unified diff; empty if there is none.

    `git apply` and `patch -p1` take it: the path stands below `a/` and `b/`. It is made of bytes,
    the file's own: a file need not be UTF-8, and git compares its line ends.
    """
    if before == after:
        return b""
    lines, others = (io.BytesIO(content).readlines() for content in (before, after))
    _, _, *hunks = diff_bytes(unified_diff, lines, others)
    old, new = (_quoted(f"{side}/{shown}".encode("utf-8", "surrogateescape")) for side in "ab")
    end = b"\n\\ No newline at end of file\n"
    ended = (line if line.endswith(b"\n") else line + end for line in hunks)
    return b"".join((b"--- ", old, b"\n+++ ", new, b"\n", *ended))


def _quoted(path: bytes) -> bytes:
    """A path as git writes it in a patch: as a string of C where it has to be."""
    special = {byte for byte in path if byte < 0x20 or byte in b'"\\\x7f'}
    if not special:
        # What follows a tab is no part of the name; without one, a space would end it.
        return path + b"\t" * (b" " in path)
    quoted = (b"\\%03o" % byte if byte in special else bytes((byte,)) for byte in path)
    return b'"' + b"".join(quoted) + b'"'

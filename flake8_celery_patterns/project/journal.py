"""What was asked of a project while one file was linted: its findings hold while the answers do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from typing import Literal

# "facts": of the file at a path; "content": the bytes of one; "place": of a module below a folder;
# "roots": the folders that a folder's files import from; "names": of all files; "matching" and
# "other": the files in whose bytes a pattern is found; "unread": files whose bytes are not looked
# at; "globbed": files found by glob patterns.
Kind = Literal[
    "facts", "content", "place", "roots", "names", "matching", "other", "unread", "globbed"
]
# By kind and question, the answer: texts, so that they can be kept as JSON.
Notes = dict[tuple[Kind, str], str]


class Journal:
    """Takes notes for whoever has a recording open."""

    def __init__(self) -> None:
        self._open: list[Notes] = []

    @contextmanager
    def recording(self) -> Iterator[Notes]:
        """Give the notes that are taken until the block ends; recordings may nest."""
        notes: Notes = {}
        self._open.append(notes)
        try:
            yield notes
        finally:
            self._open.pop()

    def note(self, kind: Kind, question: str, answer: str) -> None:
        """Note one answer in every open recording."""
        for notes in self._open:
            notes[kind, question] = answer

    def replay(self, earlier: Notes) -> None:
        """Note again what an answer that was remembered had rested on."""
        for notes in self._open:
            notes.update(earlier)


def digest_of(content: bytes | None) -> str:
    """Forty digits that stand for a content; "" for none."""
    if content is None:
        return ""
    return blake2b(content, digest_size=20).hexdigest()

"""Where the values of a JSON text stand in it: to change one and leave all else as it is."""

from __future__ import annotations

import json
import re

Place = tuple[int, int]

_SPACE = re.compile(r"[ \t\r\n]*")
_DECODER = json.JSONDecoder()


class JsonPlaces:
    """The places of the values of `text`, which must be what `json.loads` takes.

    A place is where a value starts and ends, in code points.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._known: dict[int, dict[str | int, Place]] = {}

    def of(self, *path: str | int) -> Place:
        """Give the place of the value that is reached by these keys and indices.

        Raises KeyError.
        """
        found = self._value(0)
        for key in path:
            found = self.inside(found)[key]
        return found

    def inside(self, outer: Place) -> dict[str | int, Place]:
        """Give the places of the values in an object or array, by key or index.

        Where a key stands twice it is the last one, as for `json.loads`.
        """
        start = outer[0]
        if start not in self._known:
            self._known[start] = self._members(start)
        return self._known[start]

    def _members(self, start: int) -> dict[str | int, Place]:
        found: dict[str | int, Place] = {}
        is_object = self._text[start] == "{"
        position = self._skip(start + 1)
        while self._text[position] not in "}]":
            key: str | int = len(found)
            if is_object:
                key, position = _DECODER.raw_decode(self._text, position)
                position = self._skip(position) + 1  # the colon
            found[key] = self._value(position)
            position = self._skip(found[key][1])
            if self._text[position] == ",":
                position = self._skip(position + 1)
        return found

    def _value(self, position: int) -> Place:
        start = self._skip(position)
        return start, _DECODER.raw_decode(self._text, start)[1]

    def _skip(self, position: int) -> int:
        space = _SPACE.match(self._text, position)
        return space.end() if space is not None else position

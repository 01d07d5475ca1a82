"""Jupyter notebooks as Python: one text of all code cells, and back."""

from __future__ import annotations

import json
import re

from flake8_celery_patterns.run.cells import Code, code_cells, json_text
from flake8_celery_patterns.run.documents import Cell, Document
from flake8_celery_patterns.run.json_places import JsonPlaces, Place
from flake8_celery_patterns.run.magics import cell_magic, commands
from flake8_celery_patterns.source.lines import split_lines

_BOM = "\ufeff"
_FORM_FEEDS = re.compile(r"\f+|\Z")
_COMMENTS = re.compile(r"# IPython-*")
# A character that need not be escaped in JSON, and is.
_ESCAPED = re.compile(r"\\u(?!00[01])")


def notebook(content: bytes) -> Document:
    """Give the Python of a notebook as one text, which is empty where it has none.

    A blank line follows each cell. A command of IPython is replaced by Python that says nothing,
    line by line; cells of another language are left out.
    Raises `Unreadable`.
    """
    return _Cells(code_cells(json_text(content))).document


def with_text(content: bytes, text: str) -> bytes:
    """Give the bytes of a notebook with `text` in the place of `notebook(content).text`.

    In the JSON, only the sources of cells that differ are changed, and they keep their form.
    Raises ValueError where `text` does not tell any more which cell is which, or lacks a command
    of IPython; `Unreadable` as `notebook`.
    """
    read = json_text(content)
    cells = code_cells(read)
    changed = [
        (cell, source)
        for cell, source in zip(cells, _Cells(cells).sources(text), strict=True)
        if source != cell.source
    ]
    if not changed:
        return content
    bom = read[: read.startswith(_BOM)]
    return (bom + _with_sources(read.removeprefix(_BOM), changed)).encode()


class _Cells:
    """Code cells as one text, and that text, edited, as cells.

    Two marks make the way back exact. Behind each cell is a line of form feeds, which are white
    space to Python: more in a row than any cell holds. A comment with a number stands in each line
    that has taken the place of a command of IPython.
    """

    def __init__(self, cells: list[Code]) -> None:
        self._cells = cells
        everything = "".join(cell.source for cell in cells)
        self._end = max(_FORM_FEEDS.findall(everything), key=len) + "\f\n"
        self._comment = max(_COMMENTS.findall(everything), key=len, default="# IPython") + "- "
        self._commands: dict[str, str] = {}
        self.document = self._document()

    def sources(self, text: str) -> list[str]:
        """Give the source of each cell from the text of all, which may have been edited.

        Raises ValueError.
        """
        own: list[list[str]] = [[]]
        restored = 0
        for line in split_lines(text):
            if line == self._end:
                own.append([])
                continue
            bare = line.rstrip("\r\n")
            command = self._commands.get(bare)
            restored += command is not None
            own[-1].append(line if command is None else command + line[len(bare) :])
        # What an edit put behind the last mark belongs to the last cell.
        behind = own.pop()
        if behind and own:
            own[-1] += behind
        if len(own) != len(self._cells) or restored != len(self._commands):
            raise ValueError("it is not clear which cell a line belongs to")
        return [
            self._source(cell, "".join(lines)) for cell, lines in zip(self._cells, own, strict=True)
        ]

    def _document(self) -> Document:
        texts: list[str] = []
        originals: list[str] = []
        cells: list[Cell] = []
        for cell in self._cells:
            original = cell.source if cell.source.endswith(("\r", "\n")) else cell.source + "\n"
            texts += (self._as_python(original), self._end)
            originals += (original, "\n")
            cells.append(Cell(cell.number, len(split_lines(original)) + 1))
        return Document("".join(texts), tuple(cells), "".join(originals))

    def _as_python(self, source: str) -> str:
        parts: list[str] = []
        done = 0
        for start, end, instead in commands(source):
            parts.append(source[done:start])
            for line in split_lines(source[start:end]):
                bare = line.rstrip("\r\n")
                stand_in = f"{instead}  {self._comment}{len(self._commands) + 1}"
                self._commands[stand_in] = bare
                parts.append(stand_in + line[len(bare) :])
                instead = ""
            done = end
        return "".join((*parts, source[done:]))

    def _source(self, cell: Code, edited: str) -> str:
        if not cell.source.endswith(("\r", "\n")):
            edited = edited.removesuffix("\n")
        if self._comment in edited or cell_magic(edited) != cell_magic(cell.source):
            raise ValueError("a command of IPython would be changed")
        return edited


def _with_sources(text: str, changed: list[tuple[Code, str]]) -> str:
    """Give the JSON `text` with new sources of some cells, which are in their order."""
    places = JsonPlaces(text)
    escapes = text.isascii() and _ESCAPED.search(text) is not None
    parts: list[str] = []
    done = 0
    for cell, source in changed:
        place = places.of(*cell.path)
        parts += (text[done : place[0]], _value(text, places, place, source, escapes))
        done = place[1]
    return "".join((*parts, text[done:]))


def _value(text: str, places: JsonPlaces, place: Place, source: str, escapes: bool) -> str:
    """Give a source as JSON, in the form of the one at `place`: a string or a list of lines."""
    start, end = place
    if text[start] == '"':
        return json.dumps(source, ensure_ascii=escapes)
    old = list(places.inside(place).values())
    known = {json.loads(text[slice(*item)]): text[slice(*item)] for item in old}
    items = (
        known.get(line) or json.dumps(line, ensure_ascii=escapes) for line in split_lines(source)
    )
    before = text[start + 1 : old[0][0]]
    between = text[old[0][1] : old[1][0]] if old[1:] else "," + (before or " ")
    return f"[{before}{between.join(items)}{text[old[-1][1] : end - 1]}]"

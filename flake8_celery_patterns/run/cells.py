"""The code cells of a Jupyter notebook.

https://nbformat.readthedocs.io/en/latest/format_description.html: version 4, and 3 before it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flake8_celery_patterns.run.magics import is_python
from flake8_celery_patterns.source.parse import Unreadable

Keys = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A code cell that holds Python.

    `number`: counted from 1 among all cells. `path`: the keys and indices that lead to its source
    in the JSON. `source`: its text.
    """

    number: int
    path: Keys
    source: str


def json_text(content: bytes) -> str:
    """Give the text of a notebook. Raises `Unreadable`."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable(f"cannot be decoded: {error}; save it as UTF-8") from None


def code_cells(text: str) -> list[Code]:
    """Give the cells of a notebook, which is `text`, that hold Python, without the empty ones.

    Raises `Unreadable`.
    """
    try:
        read = json.loads(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        reason = f"is not a notebook: its JSON is broken ({error.msg}); mend it, or exclude it"
        raise Unreadable(reason, error.lineno, error.colno - 1) from None
    except RecursionError:
        reason = "nests too deeply to be read as a notebook: simplify it, or exclude it"
        raise Unreadable(reason) from None
    except ValueError:  # a number of more digits than Python takes
        raise _not_a_notebook() from None
    metadata = _get(read, "metadata")
    language = _get(metadata, "language_info", "name") or _get(metadata, "kernelspec", "language")
    found = (
        Code(number, path, _source(cell, number))
        for number, (path, cell) in enumerate(_cells(read), start=1)
        if _get(cell, "cell_type") == "code" and _language(cell, language) == "python"
    )
    return [code for code in found if code.source and is_python(code.source)]


def _cells(read: Any) -> Iterator[tuple[Keys, Any]]:
    """All cells, each with what leads to its source."""
    if isinstance(_get(read, "cells"), list):
        for index, cell in enumerate(read["cells"]):
            yield ("cells", index, "source"), cell
    elif isinstance(_get(read, "worksheets"), list):
        for sheet, worksheet in enumerate(read["worksheets"]):
            for index, cell in enumerate(_get(worksheet, "cells") or ()):
                yield ("worksheets", sheet, "cells", index, "input"), cell
    else:
        raise _not_a_notebook()


def _language(cell: Any, language: Any) -> Any:
    """The language of a cell, of which VS Code (in metadata) and version 3 have one each."""
    own = _get(cell, "metadata", "vscode", "languageId") or _get(cell, "language")
    found = own or language or "python"
    return found.lower() if isinstance(found, str) else found


def _source(cell: Any, number: int) -> str:
    source = cell.get("source", cell.get("input"))
    try:
        text = source if isinstance(source, str) else "".join(source)
        text.encode()
    except (TypeError, UnicodeEncodeError):
        reason = f"is a notebook whose cell {number} holds no text: mend it, or exclude it"
        raise Unreadable(reason) from None
    return text


def _get(value: Any, *keys: str) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _not_a_notebook() -> Unreadable:
    return Unreadable("is not a notebook: it has no cells; save it with Jupyter, or exclude it")

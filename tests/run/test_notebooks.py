"""Notebooks: their Python as one text, where its lines stand, and an edited text written back."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat import v3, v4

from flake8_celery_patterns.run.documents import document
from flake8_celery_patterns.run.notebooks import notebook, with_text
from flake8_celery_patterns.source.parse import Unreadable

TASK = "from celery import shared_task\n\n@shared_task\ndef ship(self, pk): ..."
SEND = "%%time\nship.delay(1)\nfiles = !ls \\\n  -l 'a\nship?"


def written(*sources: str, **metadata: Any) -> bytes:
    """A notebook as Jupyter writes it, with code cells between cells of text."""
    cells = [v4.new_markdown_cell("# From here *on*\n!")]
    for source in sources:
        cells += [v4.new_code_cell(source), v4.new_raw_cell("raw")]
    found: str = nbformat.writes(v4.new_notebook(cells=cells, metadata=metadata))
    return found.encode()


def sources(content: bytes) -> list[str]:
    """The sources of all code cells, as Jupyter reads them."""
    read = nbformat.reads(content.decode(), as_version=4)
    return [cell.source for cell in read.cells if cell.cell_type == "code"]


@pytest.mark.parametrize(
    "content",
    [
        written(),
        written("", ""),
        written("%%bash\nls", "%%html\n<b>", "  x = 1"),
        written(TASK, language_info={"name": "R"}),
        written(TASK, kernelspec={"name": "julia", "language": "julia", "display_name": "J"}),
        written(TASK).replace(b'"metadata": {}', b'"metadata": {"vscode": {"languageId": "sql"}}'),
    ],
)
def test_a_notebook_without_python_has_no_text(content: bytes) -> None:
    assert notebook(content).text == ""
    assert notebook(content).lines == []
    assert with_text(content, "") == content


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"language_info": {"name": "python"}},
        {"kernelspec": {"name": "x", "language": "Python", "display_name": "x"}},
    ],
)
def test_all_code_cells_are_one_text(metadata: Any) -> None:
    content = written(TASK, SEND, "", "%%bash\nls (", "x = 1\n", **metadata)
    read = notebook(content)
    ast.parse(read.text)
    assert "".join(read.lines) == f"{TASK}\n\n{SEND}\n\nx = 1\n\n"
    assert [(cell.number, cell.lines) for cell in read.cells] == [(2, 5), (4, 6), (10, 2)]


def test_each_line_has_its_cell_and_its_columns() -> None:
    read = notebook(written(TASK, SEND, "x = 1"))
    assert read.place(4) == (2, 4)
    assert read.place(7) == (4, 2)
    assert read.place(12) == (6, 1)
    python = read.text.split("\n")
    for line in (1, 2, 3, 4, 7, 12):
        assert python[line - 1] == read.lines[line - 1].rstrip("\n")


def test_version_3_is_read() -> None:
    cells = [v3.new_text_cell("markdown", "# hi"), v3.new_code_cell(TASK)]
    other = v3.new_code_cell("ls", language="bash")
    worksheets = [v3.new_worksheet(cells=cells), v3.new_worksheet(cells=[other])]
    content = nbformat.writes(v3.new_notebook(worksheets=worksheets), version=3).encode()
    read = notebook(content)
    assert "".join(read.lines) == f"{TASK}\n\n"
    assert [cell.number for cell in read.cells] == [2]
    changed = with_text(content, read.text.replace("self, ", ""))
    assert sources(changed)[0] == TASK.replace("self, ", "")


@pytest.mark.parametrize(
    ("content", "reason", "place"),
    [
        (b"", "its JSON is broken (Expecting value)", (1, 0)),
        (b'{\n  "cells": [}', "its JSON is broken (Expecting value)", (2, 12)),
        (b"[" * 100_000, "nests too deeply", (1, 0)),
        (b'{"cells": [' + b"1" * 5000 + b"]}", "is not a notebook", (1, 0)),
        (b"[]", "is not a notebook: it has no cells", (1, 0)),
        (b"import celery", "its JSON is broken", (1, 0)),
        (b'{"cells": {}}', "is not a notebook: it has no cells", (1, 0)),
        ('{"é": 1}'.encode("latin-1"), "cannot be decoded", (1, 0)),
        (b'{"cells": [{"cell_type": "code"}]}', "cell 1 holds no text", (1, 0)),
        (b'{"cells": [1, {"cell_type": "code", "source": [1]}]}', "cell 2 holds", (1, 0)),
        (b'{"cells": [{"cell_type": "code", "source": "\\ud800"}]}', "cell 1 holds", (1, 0)),
    ],
)
def test_what_cannot_be_read_is_said(content: bytes, reason: str, place: tuple[int, int]) -> None:
    with pytest.raises(Unreadable) as raised:
        notebook(content)
    assert reason in raised.value.reason
    assert (raised.value.line, raised.value.column) == place
    # What is shown then is the file itself.
    assert document(content, Path("n.ipynb")).text == content.decode("utf-8", "replace")


@pytest.mark.parametrize("cells", [[None, 1, "a", [], {}], [{"cell_type": "code", "source": ""}]])
def test_odd_cells_are_passed_over(cells: list[object]) -> None:
    content = json.dumps({"cells": cells, "metadata": [], "worksheets": 1}).encode()
    assert notebook(content).text == ""


def _as_jupyter(read: Any) -> str:
    return json.dumps(read, indent=1, ensure_ascii=False) + "\n"


def _with_strings(read: Any) -> Any:
    cells = [{**cell, "source": "".join(cell["source"])} for cell in read["cells"]]
    return {**read, "cells": cells}


FORMS: list[Callable[[Any], str]] = [
    _as_jupyter,
    lambda read: "\ufeff" + _as_jupyter(read),
    lambda read: _as_jupyter(read).replace("\n", "\r\n"),
    lambda read: _as_jupyter(read).rstrip("\n"),
    lambda read: json.dumps(read),
    lambda read: json.dumps(read, separators=(",", ":"), ensure_ascii=False),
    lambda read: json.dumps(read, indent="\t", ensure_ascii=False, sort_keys=True),
    lambda read: json.dumps(_with_strings(read), indent=2),
]


@pytest.mark.parametrize("form", FORMS)
def test_only_the_lines_that_differ_change(form: Callable[[Any], str]) -> None:
    read = json.loads(written(TASK, SEND, "x = 'é'\ny = 2\nx", "z"))
    content = form(read).encode()
    text = notebook(content).text
    assert with_text(content, text) == content
    # A line is replaced, one is added, with a new character, and one is removed.
    text = text.replace("@shared_task", "@shared_task(bind=True)")
    text = text.replace("x = 'é'\n", "x = 'é'\nx = 'ä'\n").replace("y = 2\n", "")
    read["cells"][1]["source"][2] = "@shared_task(bind=True)\n"
    read["cells"][5]["source"][1] = "x = 'ä'\n"
    assert with_text(content, text) == form(read).encode()


def test_all_other_values_keep_their_form() -> None:
    content = b"""{"a": 1e5, "a": "\\u0041", "cells" :[
      {"cell_type":"code","source":["x"],"source": [ "y" ], "outputs": [1.10, "\\/"]} ] }"""
    text = notebook(content).text
    changed = with_text(content, text.replace("y", "y = 1\nz"))
    assert changed == content.replace(b'[ "y" ]', b'[ "y = 1\\n", "z" ]')


def test_each_line_goes_to_the_cell_that_it_was_put_into() -> None:
    content = written("import a", "@b\ndef c(): ...", "%%time\nd()", "e")
    text = notebook(content).text
    assert sources(with_text(content, text.replace("import a", "import a\nimport b"))) == [
        "import a\nimport b",
        "@b\ndef c(): ...",
        "%%time\nd()",
        "e",
    ]
    assert sources(with_text(content, text.replace("@b", "@a\n@b")))[:2] == [
        "import a",
        "@a\n@b\ndef c(): ...",
    ]
    # Behind the last mark there is no other cell.
    assert sources(with_text(content, text + "f\n"))[3] == "e\nf"
    # A comment at the end of a cell can go, too.
    commented = with_text(content, text.replace("import a", "import a  # b"))
    text = notebook(commented).text
    assert with_text(commented, text.replace("  # b", "")) == content


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace("\f\n", "\n", 1),
        lambda text: text.replace("\f\n", "\n"),
        lambda text: text.replace("\f\n", "import a\f\n", 1),
        lambda text: text + text,
        lambda text: "",
        lambda text: text.replace("files = get_ipython()", "others = get_ipython()"),
        lambda text: text.replace("    pass  # IPython", "    pass  # Python"),
        lambda text: text.replace("\f\n", "\f\nimport a\n", 1),
    ],
)
def test_a_text_that_has_lost_its_cells_or_commands_is_refused(
    edit: Callable[[str], str],
) -> None:
    content = written(TASK, SEND, "if x:\n    !ls")
    text = notebook(content).text
    assert edit(text) != text
    with pytest.raises(ValueError, match=r"cell|command"):
        with_text(content, edit(text))


def test_what_looks_like_a_mark_is_none() -> None:
    """Neither does a cell full of them take for ever."""
    looks = "pass  # IPython- 1\n# IPython" + "-" * 50_000 + "\n\f\n" + "\f" * 50_000 + "\nx"
    content = written(f"%time\n{looks}", looks)
    text = notebook(content).text
    assert with_text(content, text) == content
    assert sources(with_text(content, text.replace("\nx\n", "\ny\n"))) == [
        f"%time\n{looks[:-1]}y",
        f"{looks[:-1]}y",
    ]


_line = st.sampled_from(
    ["x = 1", "", "%time f()", "!ls \\", "a = !ls", "\f", "pass  # IPython- 1", "# é \u2028", "b?"]
)
_source = st.lists(_line, max_size=5).flatmap(
    lambda lines: st.sampled_from(["\n".join(lines), "\r\n".join(lines), "\n".join((*lines, ""))])
)


@given(st.lists(_source, max_size=4))
def test_a_text_that_is_not_changed_gives_the_same_bytes(cells: list[str]) -> None:
    content = written(*cells)
    read = notebook(content)
    assert with_text(content, read.text) == content
    assert len(read.lines) == sum(cell.lines for cell in read.cells)
    assert len(read.lines) == len(read.text.replace("\r\n", "\n").split("\n")) - 1
    # Another line at the top of the first cell leaves all others as they are.
    if read.cells and not read.lines[0].startswith("%%"):
        before = sources(content)
        after = sources(with_text(content, f"import a\n{read.text}"))
        first = next(i for i, source in enumerate(before) if source != after[i])
        assert after == [*before[:first], f"import a\n{before[first]}", *before[first + 1 :]]

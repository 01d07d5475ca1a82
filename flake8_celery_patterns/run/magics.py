"""IPython's commands in a cell (`%time`, `!ls`, `name?`), which Python cannot parse.

What they look like: `IPython/core/inputtransformer2.py`. IPython is not needed to read them.
"""

from __future__ import annotations

import re

# Cell magics whose cell is Python still; what others take is unknown. (ruff has the same list.)
_PYTHON = frozenset(
    {"capture", "debug", "ipytest", "prun", "pypy", "python", "python3", "time", "timeit"}
)
_CELL_MAGIC = re.compile(r"\s*%%(\w+)")
# An indentation and prompts: IPython takes them away, and all columns move.
_MOVED = re.compile(r"(?:[ \t\f]*[\r\n])*(?:[ \t]+\S|>>>|In \[\d+\]:)")

# At the start of a statement.
_COMMAND = re.compile(
    r"""
    (?P<indent>[ \t]*)(?![ \t])
    (?: [%!?,;/]
      # `files = !ls`
      | (?P<target>(?:[^=!%\#'"\r\n]|"[^"\r\n]*"|'[^'\r\n]*')+=[ \t]*) (?:!|%(?=[^\W\d]))
      # `name?`, `%magic??`
      | %{0,2}(?!\d)[\w*]+ (?:\.[\w*]+|\[-?\d+\])* \?{1,2}[ \t]*(?=[\r\n]|\Z)
    )
    """,
    re.VERBOSE,
)
# What matters of a statement that is Python, up to its end.
_PIECE = re.compile(
    r"""
      \#[^\r\n]*
    | \\(?:\r\n|.)
    | \"\"\"(?:\\.|[^\\])*?(?:\"\"\"|\Z) | '''(?:\\.|[^\\])*?(?:'''|\Z)
    | "(?:\\(?:\r\n|.)|[^"\\\r\n])*"? | '(?:\\(?:\r\n|.)|[^'\\\r\n])*'?
    | (?P<open>[(\[{]) | (?P<close>[)\]}]) | (?P<end>\r\n|\r|\n)
    """,
    re.VERBOSE | re.DOTALL,
)
# A command, with the lines that it is continued on.
_REST = re.compile(r"[^\r\n]*?(?:\\(?:\r\n|\r|\n)[^\r\n]*?)*(?=[\r\n]|\Z)")


def cell_magic(source: str) -> str | None:
    """Give the name of the cell magic that a cell with `source` begins with, if one does."""
    magic = _CELL_MAGIC.match(source)
    return magic[1] if magic is not None else None


def is_python(source: str) -> bool:
    """Whether a code cell with `source` is Python, at the columns that Python sees."""
    magic = cell_magic(source)
    return magic in _PYTHON if magic is not None else _MOVED.match(source) is None


def commands(source: str) -> list[tuple[int, int, str]]:
    """Give where each command stands in `source`, the text of a cell, and Python for its place.

    Start and end count code points; a command ends before the end of its last line.
    """
    found = []
    position = 0
    while position < len(source):
        command = _COMMAND.match(source, position)
        if command is None:
            position = _statement_end(source, position)
            continue
        rest = _REST.match(source, command.end())
        end = rest.end() if rest is not None else command.end()
        found.append((position, end, _instead(command)))
        position = _statement_end(source, end)
    return found


def _instead(command: re.Match[str]) -> str:
    if command["target"]:
        # A call of which nothing is known.
        return f"{command['indent']}{command['target']}get_ipython()"
    return f"{command['indent']}pass"


def _statement_end(source: str, position: int) -> int:
    """Give where the statement ends that begins at `position`, its line end included."""
    depth = 0
    while piece := _PIECE.search(source, position):
        position = piece.end()
        if piece.lastgroup == "open":
            depth += 1
        elif piece.lastgroup == "close":
            depth = max(depth - 1, 0)
        elif piece.lastgroup == "end" and not depth:
            return position
    return len(source)

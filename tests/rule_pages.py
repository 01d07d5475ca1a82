"""The page of a rule, taken apart: its sections and the projects that its examples make."""

from __future__ import annotations

import inspect
import re
from typing import Any

_HEADING = re.compile(r"^## (.+)\n", re.MULTILINE)
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE_NAME = re.compile(r"# ([\w./-]+\.(?:py|toml|cfg|ini))\n")

# An unnamed block stands for a module of tasks.
UNNAMED = "shop/tasks.py"


def headings(tier: str) -> list[str]:
    """The headings that every page of that tier has, in their order."""
    why = "Why it is a bug" if tier == "bug" else "Why it is a risk"
    return [
        "What it reports",
        why,
        "Example",
        "Use instead",
        "Fix",
        "When it stays silent",
        "References",
    ]


def sections(rule: Any) -> dict[str, str]:
    """The text below each `## heading` of a rule's docstring, in the order they stand there."""
    _, *parts = _HEADING.split(inspect.cleandoc(rule.__doc__))
    return dict(zip(parts[::2], parts[1::2], strict=True))


def projects(section: str) -> list[dict[str, str]]:
    """The projects in a section, each as text by path.

    The blocks that begin with a comment such as `# orders/tasks.py` make one project together.
    Every other block is a project of one file.
    """
    named: dict[str, str] = {}
    alone = []
    for block in _BLOCK.findall(section):
        name = _FILE_NAME.match(block)
        if name is None:
            alone.append({UNNAMED: block})
        else:
            named[name[1]] = block
    return [named, *alone] if named else alone

"""docs/speed.md: the page that what was measured makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from benchmarks.bench import Part, Sections
from benchmarks.results import Section
from benchmarks.sections import command, editor, growth, plugin
from benchmarks.table import goals_table

PAGE = Path(__file__).resolve().parent.parent / "docs" / "speed.md"

# In the order of the page; by what `--only` calls them.
PARTS: Mapping[str, Part] = {
    plugin.NAME: plugin.PART,
    command.NAME: command.PART,
    editor.NAME: editor.PART,
    growth.NAME: growth.PART,
}

_HEAD = """\
# Speed

Made by `make benchmark`, which measures all of it anew; not by hand. The applications are the
wheels that `benchmarks/corpus.txt` marks `bench`, their Python files alone; the linters are those
of `benchmarks/peers.txt`. Times are what the system counts for a process and its children: medians,
where there are several rounds.
"""


def page(sections: Sections) -> str:
    """The text of the page, with the sections that were measured so far."""
    goals = [goal for part in PARTS.values() for goal in part.goals(sections)]
    parts = [_HEAD, f"## Goals\n\n{goals_table(goals)}\n"]
    for name, part in PARTS.items():
        if name in sections:
            text = f"{part.text(sections)}\n\n{_measured(sections[name])}"
        else:
            text = "Not measured yet."
        parts.append(f"## {part.title}\n\n{text}\n")
    return "\n".join(parts)


def _measured(section: Section) -> str:
    setting = "; ".join(_setting(section.setting))
    minutes = max(round(section.seconds / 60), 1)
    rounds = f"{section.rounds} round{'s' if section.rounds > 1 else ''}"
    return f"Measured: {setting}; {rounds} where a row says nothing else; {minutes} min in all."


def _setting(setting: Mapping[str, str]) -> Iterator[str]:
    for what, words in setting.items():
        yield f"{what} {words}"

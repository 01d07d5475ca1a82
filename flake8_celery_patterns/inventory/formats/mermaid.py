"""A Mermaid flowchart (https://mermaid.js.org/syntax/flowchart.html); GitHub and GitLab draw it."""

from __future__ import annotations

from typing import TextIO

from flake8_celery_patterns.inventory.entries import Inventory
from flake8_celery_patterns.inventory.graph import EdgeForm, NodeForm, graph

_SHAPES: dict[NodeForm, tuple[str, str]] = {
    "task": ("[", "]"),
    "idle": ("[", "]"),
    "caller": ("(", ")"),
    "schedule": ("([", "])"),
}
_ARROWS: dict[EdgeForm, str] = {"sends": "-->", "follows": "==>", "schedules": "-.->"}
# Anything else could be Mermaid's own syntax, Markdown or HTML.
_PLAIN = frozenset(" ._-+/()*")


def write(inventory: Inventory, out: TextIO) -> None:
    """Write the flowchart: tasks are boxes (dashed: nothing in view sends them), callers round."""
    drawn = graph(inventory)
    out.write("flowchart LR\n")
    for node in drawn.nodes:
        left, right = _SHAPES[node.form]
        idle = ":::idle" if node.form == "idle" else ""
        out.write(f'    {node.id}{left}"{escaped(node.label)}"{right}{idle}\n')
    for edge in drawn.edges:
        label = f'|"{escaped(edge.label)}"|' if edge.label else ""
        out.write(f"    {edge.start.id} {_ARROWS[edge.form]}{label} {edge.end.id}\n")
    if any(node.form == "idle" for node in drawn.nodes):
        out.write("    classDef idle stroke-dasharray: 5 5\n")


def escaped(label: str) -> str:
    """Give a label for between double quotes, as Mermaid's entity codes: `#34;` is a quote."""
    return "".join(
        character if character.isalnum() or character in _PLAIN else f"#{ord(character)};"
        for character in label
    )

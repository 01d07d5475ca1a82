"""A graph for Graphviz (https://graphviz.org/doc/info/lang.html): `… | dot -Tsvg -o tasks.svg`."""

from __future__ import annotations

from typing import TextIO

from flake8_celery_patterns.inventory.entries import Inventory
from flake8_celery_patterns.inventory.graph import EdgeForm, NodeForm, graph
from flake8_celery_patterns.reports.valid import valid

_NODES: dict[NodeForm, str] = {
    "task": "shape=box",
    "idle": 'shape=box, style="dashed"',
    "caller": 'shape=box, style="rounded"',
    "schedule": "shape=ellipse",
}
_EDGES: dict[EdgeForm, str] = {
    "sends": "",
    "follows": ', style="bold"',
    "schedules": ', style="dotted"',
}


def write(inventory: Inventory, out: TextIO) -> None:
    """Write the graph: tasks are boxes (dashed: nothing in view sends them), callers round."""
    drawn = graph(inventory)
    out.write('digraph tasks {\n    graph [rankdir="LR"];\n')
    for node in drawn.nodes:
        out.write(f"    {node.id} [label={quoted(node.label)}, {_NODES[node.form]}];\n")
    for edge in drawn.edges:
        ends = f"{edge.start.id} -> {edge.end.id}"
        out.write(f"    {ends} [label={quoted(edge.label)}{_EDGES[edge.form]}];\n")
    out.write("}\n")


def quoted(label: str) -> str:
    """Give a label as a double-quoted string, in which a backslash would begin an escape."""
    printable = "".join(c if c.isprintable() else " " for c in valid(label))
    text = printable.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'

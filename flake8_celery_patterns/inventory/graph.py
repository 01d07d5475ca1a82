"""An inventory as a graph: who sends whom, what follows what, what runs by the clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from flake8_celery_patterns.inventory.entries import Entry, Inventory, Key, Schedule, Sent

NodeForm = Literal["task", "idle", "caller", "schedule"]
EdgeForm = Literal["sends", "follows", "schedules"]


@dataclass(frozen=True, slots=True)
class Node:
    """`id`: letters and digits, its own in this graph. "idle" is a task that nothing sends."""

    id: str
    form: NodeForm
    label: str


@dataclass(frozen=True, slots=True)
class Edge:
    """`label` says how: a method's name, the canvas, or when."""

    start: Node
    end: Node
    form: EdgeForm
    label: str


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes in the order of the inventory, edges behind them, each once."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def graph(inventory: Inventory) -> Graph:
    """Give the graph of all listed tasks, those that they are followed by, and who sends them."""
    return _Graph(inventory).build()


class _Graph:
    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._entries = {entry.task.key: entry for entry in inventory.entries}
        self._nodes: dict[tuple[str, str], Node] = {}

    def build(self) -> Graph:
        for entry in self._inventory.entries:
            self._task(entry.task.key)
        edges = [edge for entry in self._inventory.entries for edge in self._edges(entry)]
        return Graph(tuple(self._nodes.values()), tuple(dict.fromkeys(edges)))

    def _edges(self, entry: Entry) -> Iterator[Edge]:
        task = self._task(entry.task.key)
        for schedule in entry.schedules:
            yield Edge(self._schedule(schedule), task, "schedules", schedule.text)
        for sent in entry.sent:
            form = f"{sent.form} in {sent.within}" if sent.within else sent.form
            yield Edge(self._sender(sent), task, "sends", form)
        for after, pair in entry.followers:
            yield Edge(task, self._task(after.key), "follows", pair.form)

    def _task(self, key: Key) -> Node:
        entry = self._entries.get(key)
        idle = entry is not None and entry.never_dispatched
        label = self._inventory.tasks[key].shown
        return self._node(key, "idle" if idle else "task", label)

    def _sender(self, sent: Sent) -> Node:
        if sent.caller is not None and sent.caller in self._inventory.tasks:
            return self._task(sent.caller)
        return self._node(("caller", sent.function), "caller", sent.function)

    def _schedule(self, schedule: Schedule) -> Node:
        label = schedule.entry or schedule.name or str(schedule.spot)
        return self._node(("schedule", label), "schedule", label)

    def _node(self, key: tuple[str, str], form: NodeForm, label: str) -> Node:
        if key not in self._nodes:
            self._nodes[key] = Node(f"n{len(self._nodes)}", form, label)
        return self._nodes[key]

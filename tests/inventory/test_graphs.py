"""Graphs of tasks for Mermaid and Graphviz: what they hold, and that their labels are harmless."""

from __future__ import annotations

import io
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flake8_celery_patterns.inventory.entries import Inventory
from flake8_celery_patterns.inventory.formats import named
from flake8_celery_patterns.inventory.formats.dot import quoted
from flake8_celery_patterns.inventory.formats.mermaid import escaped
from tests.inventory.projects import of
from tests.npm import installed

# Everything that a label could break with, in either language, in Markdown or in HTML.
NASTY = 'a"b]) --> n1|x|; %%{init}%% `c` <script> \\" \\ # & end {d} 🐍 \u202e'

PROGRAM = (
    "@shared_task\ndef a(): ...\n\n\n@shared_task\ndef b(): ...\n\n\n"
    f"@shared_task(name={NASTY!r})\ndef idle(): ...\n\n\n"
    "def pay():\n    chain(a.s(), b.si()).delay()\n\n\n"
    f'BEAT_SCHEDULE = {{{NASTY!r}: {{"task": "shop.tasks.a", "schedule": 3.0}}}}\n'
)


@pytest.fixture
def inventory(tmp_path: Path) -> Inventory:
    return of(PROGRAM, tmp_path)


def drawn(name: str, inventory: Inventory) -> str:
    out = io.StringIO()
    named(name).write(inventory, out)
    return out.getvalue()


def test_a_mermaid_flowchart(inventory: Inventory) -> None:
    nasty = escaped(NASTY)
    assert drawn("mermaid", inventory).splitlines() == [
        "flowchart LR",
        '    n0["shop.tasks.a"]',
        '    n1["shop.tasks.b"]',
        f'    n2["{nasty}"]:::idle',
        f'    n3(["{nasty}"])',
        '    n4("shop.tasks.pay")',
        '    n3 -.->|"3.0"| n0',
        '    n4 -->|"s in chain"| n0',
        '    n0 ==>|"chain"| n1',
        '    n4 -->|"si in chain"| n1',
        "    classDef idle stroke-dasharray: 5 5",
    ]


def test_a_graphviz_graph(inventory: Inventory) -> None:
    lines = drawn("dot", inventory).splitlines()
    assert lines[:4] == [
        "digraph tasks {",
        '    graph [rankdir="LR"];',
        '    n0 [label="shop.tasks.a", shape=box];',
        '    n1 [label="shop.tasks.b", shape=box];',
    ]
    assert '    n0 -> n1 [label="chain", style="bold"];' in lines
    assert '    n4 -> n0 [label="s in chain"];' in lines
    assert '    n3 -> n0 [label="3.0", style="dotted"];' in lines
    assert lines[-1] == "}"


def test_graphs_without_tasks(tmp_path: Path) -> None:
    nothing = of("", tmp_path)
    assert drawn("mermaid", nothing) == "flowchart LR\n"
    assert drawn("dot", nothing) == 'digraph tasks {\n    graph [rankdir="LR"];\n}\n'


@given(st.text())
def test_a_mermaid_label_ends_where_it_should(label: str) -> None:
    code = escaped(label)
    assert re.fullmatch(r"(?:[\w ._+/()*-]|#\d+;)*", code)
    assert re.sub(r"#(\d+);", lambda found: chr(int(found[1])), code) == label


@given(st.text())
def test_a_graphviz_label_ends_where_it_should(label: str) -> None:
    code = quoted(label)
    assert re.fullmatch(r'"(?:[^"\\]|\\["\\])*"', code)
    assert "\n" not in code


@pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")
def test_graphviz_draws_it(inventory: Inventory) -> None:
    ran = subprocess.run(
        ["dot", "-Tplain"],
        input=drawn("dot", inventory),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    assert ran.stderr == ""
    kinds = [line.split(" ")[0] for line in ran.stdout.splitlines()]
    assert (kinds.count("node"), kinds.count("edge")) == (5, 4)


READ = """
import { JSDOM } from "jsdom";
import { readFileSync } from "node:fs";
const page = new JSDOM("<!DOCTYPE html><body></body>");
globalThis.window = page.window;
globalThis.document = page.window.document;
const mermaid = (await import("mermaid")).default;
const text = readFileSync(0, "utf8");
await mermaid.parse(text);
const drawn = await mermaid.mermaidAPI.getDiagramFromText(text);
const nodes = [...drawn.db.getVertices().values()].map((node) => node.text);
console.log(JSON.stringify({ type: drawn.type, nodes, edges: drawn.db.getEdges().length }));
"""


@pytest.mark.slow
def test_mermaid_reads_it(inventory: Inventory, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = installed("mermaid-11", ("mermaid@11", "jsdom@26"), tmp_path_factory)
    ran = subprocess.run(
        ["node", "--input-type=module", "--eval", READ],
        cwd=folder,
        input=drawn("mermaid", inventory),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    read = json.loads(ran.stdout)
    assert read["type"].startswith("flowchart")
    assert read["edges"] == 4
    # Until it draws them, Mermaid keeps its entity codes in a spelling of its own.
    shown = [re.sub(r"ﬂ°°(\d+)¶ß", lambda code: chr(int(code[1])), text) for text in read["nodes"]]
    assert shown == ["shop.tasks.a", "shop.tasks.b", NASTY, NASTY, "shop.tasks.pay"]

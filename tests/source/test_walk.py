"""The walk: every node with a meaning once, in the order of the source."""

from __future__ import annotations

from typing import Any

import libcst as cst
import pytest

from flake8_celery_patterns.facts.file import collect
from flake8_celery_patterns.source.walk import children, walk
from tests.source.python_files import ROOT, own_files, sample, standard_library
from tests.source.worlds import readable

PATHS = [*sample(own_files(), 20), *sample(standard_library(), 15)]
TEXTS = [text for path in PATHS if (text := readable(path))]


class Everything:
    """Notes each node as it is entered and left, whatever its type."""

    def __init__(self) -> None:
        self.entered: list[cst.CSTNode] = []
        self.left: list[cst.CSTNode] = []

    def __getattr__(self, name: str) -> Any:
        if name.startswith("visit_"):
            return self.entered.append
        if name.startswith("leave_"):
            return self.left.append
        raise AttributeError(name)


class Names(cst.CSTVisitor):
    """libcst's own visitor, for what must not be missed."""

    def __init__(self) -> None:
        self.found: list[cst.CSTNode] = []

    def visit_Name(self, node: cst.Name) -> None:
        self.found.append(node)

    def visit_Call(self, node: cst.Call) -> None:
        self.found.append(node)

    def visit_Arg(self, node: cst.Arg) -> None:
        self.found.append(node)

    def visit_ExceptHandler(self, node: cst.ExceptHandler) -> None:
        self.found.append(node)


@pytest.mark.parametrize("text", TEXTS)
def test_what_has_a_meaning_is_met_once_as_libcst_meets_it(text: str) -> None:
    module = cst.parse_module(text)
    all_nodes, wanted = Everything(), Names()
    walk(module, [all_nodes])
    module.visit(wanted)
    entered = [id(node) for node in all_nodes.entered]
    assert len(entered) == len(set(entered))
    kinds = (cst.Name, cst.Call, cst.Arg, cst.ExceptHandler)
    met = [node for node in all_nodes.entered if isinstance(node, kinds)]
    assert [id(node) for node in met] == [id(node) for node in wanted.found]
    assert {id(node) for node in all_nodes.left} == set(entered)


def test_collectors_are_called_in_order_and_leave_in_reverse() -> None:
    said: list[str] = []

    class One:
        def visit_Name(self, node: cst.Name) -> None:
            said.append(f"one enters {node.value}")

        def leave_Name(self, node: cst.Name) -> None:
            said.append(f"one leaves {node.value}")

    class Two:
        def visit_Name(self, node: cst.Name) -> None:
            said.append(f"two enters {node.value}")

        def leave_Name(self, node: cst.Name) -> None:
            said.append(f"two leaves {node.value}")

    walk(cst.parse_expression("a + b"), [One(), Two()])
    assert said == [
        f"{who} {what} {name}"
        for name in "ab"
        for who, what in (
            ("one", "enters"),
            ("two", "enters"),
            ("two", "leaves"),
            ("one", "leaves"),
        )
    ]


def test_false_keeps_out_and_none_does_not() -> None:
    seen: list[str] = []

    class Shy:
        def visit_Call(self, node: cst.Call) -> bool:
            return False

        def leave_Call(self, node: cst.Call) -> None:
            seen.append("left")

        def visit_Name(self, node: cst.Name) -> None:
            seen.append(node.value)

    walk(cst.parse_expression("a + f(b)"), [Shy()])
    assert seen == ["a", "left"]


def test_a_deep_tree_needs_no_deep_stack() -> None:
    node: cst.BaseExpression = cst.Name("a")
    for _ in range(5000):
        node = cst.UnaryOperation(cst.Minus(), node)
    names = Everything()
    walk(node, [names])
    assert len(names.entered) == 2 * 5000 + 1


def visits(text: str) -> int:
    everything = Everything()
    walk(cst.parse_module(text), [everything])
    return len(everything.entered)


@pytest.mark.parametrize("text", TEXTS)
def test_twice_the_text_is_twice_the_work(text: str) -> None:
    """The work of a walk is counted, so that no timed test is needed."""
    once = visits(f"{text}\n") - visits("")
    assert visits(f"{text}\n{text}\n") - visits("") == 2 * once


def test_the_collectors_of_facts_read_each_expression_a_bounded_number_of_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    counted = 0

    def counting(node: cst.CSTNode) -> list[cst.CSTNode]:
        nonlocal counted
        counted += 1
        return children(node)

    for module in ("source.walk", "facts.read", "facts.handlers"):
        monkeypatch.setattr(f"flake8_celery_patterns.{module}.children", counting)
    fixtures = (ROOT / "fixtures" / "rules" / "CEL101").glob("*.py")
    text = max((path.read_text() for path in fixtures), key=len)
    amounts = []
    for times in (1, 2, 4):
        counted = 0
        collect(cst.parse_module(f"{text}\n" * times))
        amounts.append(counted)
    assert amounts[1] - amounts[0] <= amounts[0]
    assert amounts[2] - amounts[1] <= 2 * amounts[0]

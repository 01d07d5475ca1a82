"""The one walk over a module: our own loop, any number of collectors.

A collector has libcst's method names (`visit_Call`, `leave_With` …) and no base class.
libcst's own `visit` costs 45 µs a line for an empty visitor; this loop costs 3 (DESIGN.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any, Optional

import libcst as cst

Handler = Callable[[Any], Any]

_TEXT_FIELDS = frozenset(
    {
        "first_colon",
        "asname_whitespace",
        "colon",
        "comma",
        "dot",
        "encoding",
        "equal",
        "footer",
        "header",
        "lbrace",
        "lbracket",
        "leading_lines",
        "lines_after_decorators",
        "lpar",
        "rbrace",
        "rbracket",
        "rpar",
        "second_colon",
        "semicolon",
        "trailing_whitespace",
    }
)
# Where libcst declares the fields in another order than they are written in.
_AS_WRITTEN = {
    "Arg": "keyword value",
    "ClassDef": "decorators name type_parameters bases keywords body",
    "ExceptHandler": "type name body",
    "ExceptStarHandler": "type name body",
    "FunctionDef": "decorators asynchronous name type_parameters params returns body",
    "IfExp": "body test orelse",
    "ImportFrom": "relative module names",
    "MatchCase": "pattern guard body",
    "Parameters": "posonly_params posonly_ind params star_arg kwonly_params star_kwarg",
    "TypeAlias": "name type_parameters value",
}


# What holds no node.
_PLAIN_TYPES = (bool, str, Optional[str])  # noqa: UP045 -- as libcst spells it


class _IsNode(dict[type, bool]):
    """Whether a type is one of nodes: to ask `isinstance` for an ABC costs ten times as much."""

    def __missing__(self, kind: type) -> bool:
        is_node = self[kind] = issubclass(kind, cst.CSTNode)
        return is_node


_IS_NODE = _IsNode()


@cache
def child_fields(node_type: type[cst.CSTNode]) -> tuple[str, ...]:
    """The fields of a node type that can hold nodes with a meaning, in source order."""
    found = [
        field.name
        for field in fields(node_type)
        if field.name not in _TEXT_FIELDS
        and "whitespace" not in field.name
        and field.type not in _PLAIN_TYPES
    ]
    # What libcst adds one day comes last until it is listed.
    written = _AS_WRITTEN.get(node_type.__name__, "").split()
    return (*(name for name in written if name in found), *(n for n in found if n not in written))


@cache
def _values(node_type: type[cst.CSTNode]) -> Callable[[cst.CSTNode], tuple[Any, ...]]:
    """What gives the values of a node's child fields: called for every node there is."""
    names = child_fields(node_type)
    if len(names) > 1:
        return attrgetter(*names)
    return (lambda node: (getattr(node, names[0]),)) if names else (lambda _: ())


def children(node: cst.CSTNode) -> list[cst.CSTNode]:
    """The nodes directly below `node`, white space and punctuation left out."""
    found: list[cst.CSTNode] = []
    for value in _values(type(node))(node):
        kind = type(value)
        if kind is tuple or kind is list:
            # Such a field holds nodes, and nothing else.
            found += value
        elif _IS_NODE[kind]:
            found.append(value)
    return found


def walk(root: cst.CSTNode, collectors: Sequence[object]) -> None:
    """Visit `root` and all below it once, calling each collector's methods in the order given.

    Leave methods run in the reverse order. A `visit_…` that returns False keeps every collector
    out of what lies below.
    """
    enter: dict[type, tuple[Handler, ...]] = {}
    leave: dict[type, tuple[Handler, ...]] = {}

    def handlers(prefix: str, node_type: type) -> tuple[Handler, ...]:
        name = prefix + node_type.__name__
        return tuple(method for c in collectors if (method := getattr(c, name, None)) is not None)

    # None on the stack says: the node below it is to be left.
    stack: list[cst.CSTNode | None] = [root]
    while stack:
        node = stack.pop()
        if node is None:
            left = stack.pop()
            for handler in leave[type(left)]:
                handler(left)
            continue
        kind = type(node)
        entering = enter.get(kind)
        if entering is None:
            entering = enter[kind] = handlers("visit_", kind)
            leave[kind] = handlers("leave_", kind)[::-1]
        descend = True
        for handler in entering:
            if handler(node) is False:
                descend = False
        if leave[kind]:
            stack.append(node)
            stack.append(None)
        if descend:
            below = children(node)
            below.reverse()
            stack.extend(below)

"""Making nodes of libcst with only some of their fields."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import libcst as cst

# A node, from the values of its fields in the order in which they were named.
Maker = Callable[..., Any]


class Unsupported(Exception):
    """The tree holds what has no light form: syntax newer than this module, or an unclear text."""


def maker(kind: type[cst.CSTNode], *names: str) -> Maker:
    """Give a function that makes nodes of `kind` with the fields `names`, and no others.

    Not by calling `kind`: that checks and fills in the white space as well, ten times slower.
    """
    new = object.__new__
    setters = tuple(getattr(kind, name).__set__ for name in names)
    if len(setters) == 1:
        (only,) = setters

        def with_one(value: object) -> cst.CSTNode:
            node = new(kind)
            only(node, value)
            return node

        return with_one
    if len(setters) == 2:
        first, second = setters

        def with_two(one: object, two: object) -> cst.CSTNode:
            node = new(kind)
            first(node, one)
            second(node, two)
            return node

        return with_two

    def with_all(*values: object) -> cst.CSTNode:
        node = new(kind)
        for setter, value in zip(setters, values, strict=True):
            setter(node, value)
        return node

    return with_all

"""From libcst's nodes to expressions."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import libcst as cst

from flake8_celery_patterns.facts.expressions import (
    Argument,
    Attribute,
    Await,
    Binary,
    Call,
    Choice,
    Clause,
    Comprehension,
    ComprehensionKind,
    Constant,
    Entry,
    Expression,
    Lambda,
    Mapping,
    Name,
    Named,
    Opaque,
    Sequence,
    Star,
    Subscript,
)
from flake8_celery_patterns.source.walk import children

_OPERATORS: dict[type[cst.BaseBinaryOp], str] = {
    cst.Add: "+",
    cst.Subtract: "-",
    cst.Multiply: "*",
    cst.Divide: "/",
    cst.FloorDivide: "//",
    cst.Modulo: "%",
    cst.Power: "**",
    cst.BitOr: "|",
    cst.BitAnd: "&",
}
_CONSTANT_NAMES: dict[str, bool | None] = {"None": None, "True": True, "False": False}
# Longer literals are data tables: nothing in them is ever asked for one by one.
_MAX_DIGITS = 30


def read(node: cst.CSTNode) -> Expression:
    """The expression that a libcst expression node stands for.

    Raises RecursionError for an expression nested deeper than Python's own stack.
    """
    reader = _READERS.get(type(node))
    if reader is not None:
        return reader(node)
    return Opaque(
        tuple(read(child) for child in children(node) if isinstance(child, _READABLE)), node=node
    )


def _name(node: cst.Name) -> Expression:
    if node.value in _CONSTANT_NAMES:
        return Constant(_CONSTANT_NAMES[node.value], node=node)
    return Name(node.value, node=node)


def _attribute(node: cst.Attribute) -> Expression:
    return Attribute(read(node.value), node.attr.value, node=node)


def read_argument(node: cst.Arg) -> Argument:
    """An argument of a call or a class header."""
    keyword = node.keyword.value if node.keyword is not None else None
    return Argument(read(node.value), keyword, node.star, node=node)


def _call(node: cst.Call) -> Expression:
    return Call(read(node.func), tuple(read_argument(arg) for arg in node.args), node=node)


def _subscript(node: cst.Subscript) -> Expression:
    elements = [element.slice for element in node.slice]
    is_slice = any(isinstance(element, cst.Slice) for element in elements)
    values = tuple(_slice_part(element, part) for element in elements for part in _bounds(element))
    if len(elements) == 1 and not is_slice:
        return Subscript(read(node.value), values[0], node=node)
    if is_slice:
        return Subscript(read(node.value), Opaque(values), True, node=node)
    return Subscript(read(node.value), Sequence("tuple", values), node=node)


def _bounds(element: cst.BaseSlice) -> list[cst.BaseExpression]:
    if isinstance(element, cst.Index):
        return [element.value]
    if isinstance(element, cst.Slice):
        return [bound for bound in (element.lower, element.upper, element.step) if bound]
    return []


def _slice_part(element: cst.BaseSlice, part: cst.BaseExpression) -> Expression:
    value = read(part)
    if isinstance(element, cst.Index) and element.star:
        return Star(value, node=part)
    return value


def _integer(node: cst.Integer) -> Expression:
    if len(node.value) > _MAX_DIGITS:
        return Opaque(node=node)
    return Constant(int(node.value, 0), node=node)


def _float(node: cst.Float) -> Expression:
    return Constant(float(node.value), node=node)


def text_of(node: cst.SimpleString | cst.ConcatenatedString) -> str | None:
    """The text of a string literal; None for bytes, fields to fill, or an escape that is none."""
    if isinstance(node, cst.SimpleString) and "\\" not in node.value and "b" not in node.prefix:
        return node.raw_value
    try:
        with warnings.catch_warnings():
            # An invalid escape sequence in somebody's string is not ours to report.
            warnings.simplefilter("ignore")
            value = node.evaluated_value
    except (SyntaxError, ValueError):
        return None
    return value if isinstance(value, str) else None


def _string(node: cst.SimpleString | cst.ConcatenatedString) -> Expression:
    value = text_of(node)
    return Constant(value, node=node) if value is not None else Opaque(node=node)


def _unary(node: cst.UnaryOperation) -> Expression:
    value = read(node.expression)
    if (
        isinstance(node.operator, cst.Minus)
        and isinstance(value, Constant)
        and isinstance(value.value, (int, float))
    ):
        return Constant(-value.value, node=node)
    return Opaque((value,), node=node)


def _element(node: cst.BaseElement) -> Expression:
    value = read(node.value)
    return Star(value, node=node) if isinstance(node, cst.StarredElement) else value


def _list(node: cst.List) -> Expression:
    return Sequence("list", tuple(map(_element, node.elements)), node=node)


def _tuple(node: cst.Tuple) -> Expression:
    return Sequence("tuple", tuple(map(_element, node.elements)), node=node)


def _set(node: cst.Set) -> Expression:
    return Sequence("set", tuple(map(_element, node.elements)), node=node)


def _dict(node: cst.Dict) -> Expression:
    entries = tuple(
        Entry(read(e.key) if isinstance(e, cst.DictElement) else None, read(e.value), node=e)
        for e in node.elements
    )
    return Mapping(entries, node=node)


def _clauses(node: cst.CompFor | None) -> tuple[Clause, ...]:
    clauses = []
    while node is not None:
        conditions = tuple(read(condition.test) for condition in node.ifs)
        clauses.append(
            Clause(
                read(node.target),
                read(node.iter),
                conditions,
                node.asynchronous is not None,
                node=node,
            )
        )
        node = node.inner_for_in
    return tuple(clauses)


def _comprehension(
    kind: ComprehensionKind,
) -> Callable[[cst.ListComp | cst.SetComp | cst.GeneratorExp], Expression]:
    def reader(node: cst.ListComp | cst.SetComp | cst.GeneratorExp) -> Expression:
        return Comprehension(kind, read(node.elt), _clauses(node.for_in), node=node)

    return reader


def _dict_comprehension(node: cst.DictComp) -> Expression:
    return Comprehension("dict", read(node.value), _clauses(node.for_in), read(node.key), node=node)


def _await(node: cst.Await) -> Expression:
    return Await(read(node.expression), node=node)


def _boolean(node: cst.BooleanOperation) -> Expression:
    operator = "or" if isinstance(node.operator, cst.Or) else "and"
    return Choice(operator, read(node.left), read(node.right), node=node)  # type: ignore[arg-type]


def _conditional(node: cst.IfExp) -> Expression:
    return Choice("if", read(node.body), read(node.orelse), read(node.test), node=node)


def _named(node: cst.NamedExpr) -> Expression:
    assert isinstance(node.target, cst.Name)
    return Named(node.target.value, read(node.value), node=node)


def _lambda(node: cst.Lambda) -> Expression:
    own = node.params
    every = [*own.posonly_params, *own.params, *own.kwonly_params]
    every += [p for p in (own.star_arg, own.star_kwarg) if isinstance(p, cst.Param)]
    defaulted = [(p.name.value, read(p.default)) for p in every if p.default is not None]
    return Lambda(
        tuple(p.name.value for p in every),
        read(node.body),
        tuple(value for _, value in defaulted),
        tuple(name for name, _ in defaulted),
        node=node,
    )


def _binary(node: cst.BinaryOperation) -> Expression:
    operator = _OPERATORS.get(type(node.operator), "?")
    return Binary(operator, read(node.left), read(node.right), node=node)


_READABLE = (
    cst.BaseExpression,
    cst.ComparisonTarget,
    cst.BaseFormattedStringContent,
    cst.BaseSlice,
    cst.SubscriptElement,
)
_READERS: dict[type[cst.CSTNode], Callable[[Any], Expression]] = {
    cst.Name: _name,
    cst.Attribute: _attribute,
    cst.Call: _call,
    cst.Subscript: _subscript,
    cst.Integer: _integer,
    cst.Float: _float,
    cst.SimpleString: _string,
    cst.ConcatenatedString: _string,
    cst.UnaryOperation: _unary,
    cst.List: _list,
    cst.Tuple: _tuple,
    cst.Set: _set,
    cst.Dict: _dict,
    cst.ListComp: _comprehension("list"),
    cst.SetComp: _comprehension("set"),
    cst.GeneratorExp: _comprehension("generator"),
    cst.DictComp: _dict_comprehension,
    cst.Await: _await,
    cst.BooleanOperation: _boolean,
    cst.IfExp: _conditional,
    cst.NamedExpr: _named,
    cst.Lambda: _lambda,
    cst.BinaryOperation: _binary,
}

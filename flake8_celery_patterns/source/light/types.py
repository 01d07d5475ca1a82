"""Light nodes of type parameters and type aliases, which Python has since 3.12."""

from __future__ import annotations

import ast
from typing import Any

import libcst as cst

from flake8_celery_patterns.source.light.expressions import Expressions
from flake8_celery_patterns.source.light.nodes import maker

_name = maker(cst.Name, "value")
_alias = maker(cst.TypeAlias, "name", "value", "type_parameters")
_parameters = maker(cst.TypeParameters, "params")
# libcst 1.1 knows no defaults yet.
_FIELDS = tuple(name for name in ("param", "default", "star") if hasattr(cst.TypeParam, name))
_parameter = maker(cst.TypeParam, *_FIELDS)
_variable = maker(cst.TypeVar, "name", "bound")
_several, _signature = maker(cst.TypeVarTuple, "name"), maker(cst.ParamSpec, "name")

TYPE_ALIASES: tuple[type[ast.stmt], ...] = (ast.TypeAlias,) if hasattr(ast, "TypeAlias") else ()


def type_alias(node: Any, expressions: Expressions) -> Any:
    """The node of `type name = value`."""
    parameters = type_parameters(node, expressions)
    return _alias(_name(node.name.id), expressions.make(node.value), parameters)


def type_parameters(node: Any, expressions: Expressions) -> Any:
    """The type parameters of a function, a class or an alias; None where it has none."""
    parameters = getattr(node, "type_params", None)
    if not parameters:
        return None
    return _parameters(tuple(_one(parameter, expressions) for parameter in parameters))


def _one(node: Any, expressions: Expressions) -> Any:
    # Defaults came with Python 3.13.
    default = getattr(node, "default_value", None)
    star = ""
    if isinstance(node, ast.TypeVar):  # type: ignore[attr-defined,unused-ignore]
        made = _variable(_name(node.name), expressions.optional(node.bound))
    elif isinstance(node, ast.ParamSpec):  # type: ignore[attr-defined,unused-ignore]
        made = _signature(_name(node.name))
    else:
        made = _several(_name(node.name))
        star = "*" if isinstance(default, ast.Starred) else ""
    if isinstance(default, ast.Starred):
        default = default.value
    fields = made, expressions.optional(default), star
    return _parameter(*fields[: len(_FIELDS)])

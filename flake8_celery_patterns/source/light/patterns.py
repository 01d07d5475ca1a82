"""Light nodes of what stands behind `case`."""

from __future__ import annotations

import ast
from typing import Any

import libcst as cst

from flake8_celery_patterns.source.light.expressions import Expressions
from flake8_celery_patterns.source.light.nodes import Unsupported, maker

_name = maker(cst.Name, "value")
_value, _singleton = maker(cst.MatchValue, "value"), maker(cst.MatchSingleton, "value")
_sequence, _item = maker(cst.MatchList, "patterns"), maker(cst.MatchSequenceElement, "value")
_star, _as = maker(cst.MatchStar, "name"), maker(cst.MatchAs, "pattern", "name")
_or, _choice = maker(cst.MatchOr, "patterns"), maker(cst.MatchOrElement, "pattern", "separator")
_mapping = maker(cst.MatchMapping, "elements", "rest", "trailing_comma")
_entry = maker(cst.MatchMappingElement, "key", "pattern")
_class = maker(cst.MatchClass, "cls", "patterns", "kwds")
_keyword = maker(cst.MatchKeywordElement, "key", "pattern")


def pattern(node: ast.pattern, expressions: Expressions) -> Any:
    """The node of a pattern. Raises `Unsupported`."""

    def make(inner: ast.pattern) -> Any:
        return pattern(inner, expressions)

    def item(inner: ast.pattern) -> Any:
        return make(inner) if isinstance(inner, ast.MatchStar) else _item(make(inner))

    if isinstance(node, ast.MatchValue):
        return _value(expressions.make(node.value))
    if isinstance(node, ast.MatchSingleton):
        return _singleton(_name(str(node.value)))
    if isinstance(node, ast.MatchSequence):
        return _sequence(tuple(map(item, node.patterns)))
    if isinstance(node, ast.MatchStar):
        return _star(_optional(node.name))
    if isinstance(node, ast.MatchAs):
        inner = make(node.pattern) if node.pattern is not None else None
        return _as(inner, _optional(node.name))
    if isinstance(node, ast.MatchOr):
        choices = (_choice(make(inner), cst.MaybeSentinel.DEFAULT) for inner in node.patterns)
        return _or(tuple(choices))
    if isinstance(node, ast.MatchMapping):
        entries = zip(map(expressions.make, node.keys), map(make, node.patterns), strict=True)
        return _mapping(tuple(_entry(*entry) for entry in entries), _optional(node.rest), None)
    if isinstance(node, ast.MatchClass):
        names = zip(map(_name, node.kwd_attrs), map(make, node.kwd_patterns), strict=True)
        positional = tuple(_item(make(inner)) for inner in node.patterns)
        keywords = tuple(_keyword(*name) for name in names)
        return _class(expressions.make(node.cls), positional, keywords)
    raise Unsupported(type(node).__name__)


def _optional(name: str | None) -> Any:
    return _name(name) if name is not None else None

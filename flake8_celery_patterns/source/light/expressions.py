"""Light nodes of expressions."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

import libcst as cst

from flake8_celery_patterns.source.depth import MAX_CHAIN
from flake8_celery_patterns.source.light.literals import Literals
from flake8_celery_patterns.source.light.nodes import Unsupported, maker

_name, _attribute = maker(cst.Name, "value"), maker(cst.Attribute, "value", "attr")
_call, _arg = maker(cst.Call, "func", "args"), maker(cst.Arg, "value", "keyword", "star")
_binary = maker(cst.BinaryOperation, "left", "operator", "right")
_boolean = maker(cst.BooleanOperation, "left", "operator", "right")
_unary = maker(cst.UnaryOperation, "operator", "expression")
_comparison = maker(cst.Comparison, "left", "comparisons")
_compared = maker(cst.ComparisonTarget, "operator", "comparator")
_element, _starred = maker(cst.Element, "value"), maker(cst.StarredElement, "value")
_tuple, _list, _set = (maker(kind, "elements") for kind in (cst.Tuple, cst.List, cst.Set))
_dict, _pair = maker(cst.Dict, "elements"), maker(cst.DictElement, "key", "value")
_unpacked = maker(cst.StarredDictElement, "value")
_subscript, _index = maker(cst.Subscript, "value", "slice"), maker(cst.Index, "value", "star")
_slot = maker(cst.SubscriptElement, "slice")
_slice = maker(cst.Slice, "lower", "upper", "step", "first_colon", "second_colon")
_conditional = maker(cst.IfExp, "test", "body", "orelse")
_lambda, _await = maker(cst.Lambda, "params", "body"), maker(cst.Await, "expression")
_yield, _from = maker(cst.Yield, "value"), maker(cst.From, "item")
_walrus = maker(cst.NamedExpr, "target", "value")
_clause = maker(cst.CompFor, "target", "iter", "ifs", "inner_for_in", "asynchronous")
_condition = maker(cst.CompIf, "test")
_list_comp, _set_comp = maker(cst.ListComp, "elt", "for_in"), maker(cst.SetComp, "elt", "for_in")
_generator = maker(cst.GeneratorExp, "elt", "for_in")
_dict_comp = maker(cst.DictComp, "key", "value", "for_in")
_template = maker(cst.FormattedString, "parts", "start", "end")
_field = maker(cst.FormattedStringExpression, "expression", "conversion", "format_spec")
_text = maker(cst.FormattedStringText, "value")
_joined = maker(cst.ConcatenatedString, "left", "right")
_empty = maker(cst.SimpleString, "value")("''")
_parameters = maker(
    cst.Parameters,
    "params",
    "star_arg",
    "kwonly_params",
    "star_kwarg",
    "posonly_params",
    "posonly_ind",
)
_parameter = maker(cst.Param, "name", "annotation", "default", "star")
_annotation = maker(cst.Annotation, "annotation")

_NONE = cst.MaybeSentinel.DEFAULT
ASYNCHRONOUS = cst.Asynchronous()
_BARE_STAR, _SLASH, _COLON = cst.ParamStar(), cst.ParamSlash(), cst.Colon()
_AND, _OR = cst.And(), cst.Or()
_OPERATORS: dict[type[ast.operator], cst.BaseBinaryOp] = {
    ast.Add: cst.Add(),
    ast.BitAnd: cst.BitAnd(),
    ast.BitOr: cst.BitOr(),
    ast.BitXor: cst.BitXor(),
    ast.Div: cst.Divide(),
    ast.FloorDiv: cst.FloorDivide(),
    ast.LShift: cst.LeftShift(),
    ast.MatMult: cst.MatrixMultiply(),
    ast.Mod: cst.Modulo(),
    ast.Mult: cst.Multiply(),
    ast.Pow: cst.Power(),
    ast.RShift: cst.RightShift(),
    ast.Sub: cst.Subtract(),
}
_SIGNS: dict[type[ast.unaryop], cst.BaseUnaryOp] = {
    ast.Invert: cst.BitInvert(),
    ast.Not: cst.Not(),
    ast.UAdd: cst.Plus(),
    ast.USub: cst.Minus(),
}
_COMPARING: dict[type[ast.cmpop], cst.BaseCompOp] = {
    ast.Eq: cst.Equal(),
    ast.Gt: cst.GreaterThan(),
    ast.GtE: cst.GreaterThanEqual(),
    ast.In: cst.In(),
    ast.Is: cst.Is(),
    ast.IsNot: cst.IsNot(),
    ast.Lt: cst.LessThan(),
    ast.LtE: cst.LessThanEqual(),
    ast.NotEq: cst.NotEqual(),
    ast.NotIn: cst.NotIn(),
}


class Expressions:
    """Makes the nodes of a text's expressions, from the standard library's."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._literals = Literals(lines)
        # By the id of a light node: the standard library's, which knows where it stands.
        self.sources: dict[int, ast.expr] = {}
        self._makers: dict[type[ast.expr], Callable[[Any], Any]] = {
            ast.Attribute: self._attribute,
            ast.Await: lambda node: _await(self.make(node.value)),
            ast.BinOp: self._binary,
            ast.BoolOp: self._boolean,
            ast.Call: self._call,
            ast.Compare: self._comparison,
            ast.Constant: self._literals.constant,
            ast.Dict: self._dict,
            ast.DictComp: self._dict_comprehension,
            ast.GeneratorExp: self._generator,
            ast.IfExp: self._conditional,
            ast.JoinedStr: self._template,
            ast.Lambda: lambda node: _lambda(self.parameters(node.args), self.make(node.body)),
            ast.List: lambda node: _list(self._elements(node.elts)),
            ast.ListComp: lambda n: _list_comp(self.make(n.elt), self._clauses(n.generators)),
            ast.Name: lambda node: _name(node.id),
            ast.NamedExpr: lambda n: _walrus(self.make(n.target), self.make(n.value)),
            ast.Set: lambda node: _set(self._elements(node.elts)),
            ast.SetComp: lambda n: _set_comp(self.make(n.elt), self._clauses(n.generators)),
            ast.Subscript: self._subscript,
            ast.Tuple: lambda node: _tuple(self._elements(node.elts)),
            ast.UnaryOp: lambda n: _unary(_SIGNS[type(n.op)], self.make(n.operand)),
            ast.Yield: self._yield,
            ast.YieldFrom: lambda node: _yield(_from(self.make(node.value))),
        }

    def make(self, node: ast.expr) -> Any:
        """The node of an expression. Raises `Unsupported`, and RecursionError."""
        try:
            make = self._makers[type(node)]
        except KeyError:
            raise Unsupported(type(node).__name__) from None
        made = make(node)
        if self._literals.is_placed:
            self.sources[id(made)] = node
        return made

    def optional(self, node: ast.expr | None) -> Any:
        """The node of an expression that may be left out."""
        return self.make(node) if node is not None else None

    def _attribute(self, node: ast.Attribute) -> Any:
        return _attribute(self.make(node.value), _name(node.attr))

    def _call(self, node: ast.Call) -> Any:
        return _call(self.make(node.func), self.arguments(node.args, node.keywords))

    def arguments(self, positional: list[ast.expr], keywords: list[ast.keyword]) -> tuple[Any, ...]:
        """The arguments of a call, in the order in which they are written."""
        if not keywords:
            return tuple(map(self._positional, positional))
        named = [self.keyword(keyword) for keyword in keywords]
        if not positional:
            return tuple(named)
        made = [self._positional(argument) for argument in positional]
        if _place(positional[-1]) < _place(keywords[0]):
            return (*made, *named)
        places = [*map(_place, positional), *map(_place, keywords)]
        order = sorted(range(len(places)), key=places.__getitem__)
        return tuple(((*made, *named))[index] for index in order)

    def _positional(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Starred):
            return _arg(self.make(node.value), None, "*")
        return _arg(self.make(node), None, "")

    def keyword(self, node: ast.keyword) -> Any:
        """An argument given by name, or `**` of several."""
        if node.arg is None:
            return _arg(self.make(node.value), None, "**")
        return _arg(self.make(node.value), _name(node.arg), "")

    def _binary(self, node: ast.BinOp) -> Any:
        return _binary(self.make(node.left), _OPERATORS[type(node.op)], self.make(node.right))

    def _boolean(self, node: ast.BoolOp) -> Any:
        if len(node.values) > MAX_CHAIN:
            raise Unsupported("a chain that libcst would not survive")
        operator = _AND if isinstance(node.op, ast.And) else _OR
        made = self.make(node.values[0])
        for value in node.values[1:]:
            made = _boolean(made, operator, self.make(value))
        return made

    def _comparison(self, node: ast.Compare) -> Any:
        targets = (
            _compared(_COMPARING[type(operator)], self.make(value))
            for operator, value in zip(node.ops, node.comparators, strict=True)
        )
        return _comparison(self.make(node.left), tuple(targets))

    def _elements(self, nodes: list[ast.expr]) -> tuple[Any, ...]:
        return tuple(
            _starred(self.make(node.value))
            if isinstance(node, ast.Starred)
            else _element(self.make(node))
            for node in nodes
        )

    def tuple_of(self, nodes: list[ast.expr]) -> Any:
        """A tuple of several expressions."""
        return _tuple(self._elements(nodes))

    def _dict(self, node: ast.Dict) -> Any:
        elements = (
            _unpacked(self.make(value)) if key is None else _pair(self.make(key), self.make(value))
            for key, value in zip(node.keys, node.values, strict=True)
        )
        return _dict(tuple(elements))

    def _subscript(self, node: ast.Subscript) -> Any:
        index, value = node.slice, self.make(node.value)
        if not isinstance(index, ast.Tuple) or self._literals.is_in_parentheses(index):
            return _subscript(value, (_slot(self._index(index)),))
        return _subscript(value, tuple(_slot(self._index(part)) for part in index.elts))

    def _index(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Slice):
            bounds = (self.optional(bound) for bound in (node.lower, node.upper, node.step))
            return _slice(*bounds, _COLON, _NONE)
        if isinstance(node, ast.Starred):
            return _index(self.make(node.value), "*")
        return _index(self.make(node), None)

    def _conditional(self, node: ast.IfExp) -> Any:
        return _conditional(self.make(node.test), self.make(node.body), self.make(node.orelse))

    def _yield(self, node: ast.Yield) -> Any:
        return _yield(self.optional(node.value))

    def _clauses(self, generators: list[ast.comprehension]) -> Any:
        inner = None
        for part in reversed(generators):
            conditions = tuple(_condition(self.make(test)) for test in part.ifs)
            asynchronous = ASYNCHRONOUS if part.is_async else None
            inner = _clause(
                self.make(part.target), self.make(part.iter), conditions, inner, asynchronous
            )
        return inner

    def _generator(self, node: ast.GeneratorExp) -> Any:
        return _generator(self.make(node.elt), self._clauses(node.generators))

    def _dict_comprehension(self, node: ast.DictComp) -> Any:
        for_in = self._clauses(node.generators)
        return _dict_comp(self.make(node.key), self.make(node.value), for_in)

    def _template(self, node: ast.JoinedStr) -> Any:
        joined = self._literals.is_joined(node)
        made = _template(self._parts(node), 'f"', '"')
        return _joined(made, _empty) if joined else made

    def _parts(self, node: ast.JoinedStr) -> tuple[Any, ...]:
        self._literals.fields += 1
        try:
            return tuple(map(self._part, node.values))
        finally:
            self._literals.fields -= 1

    def _part(self, node: ast.expr) -> Any:
        if isinstance(node, ast.Constant):
            return _text(node.value)
        if not isinstance(node, ast.FormattedValue):
            raise Unsupported(type(node).__name__)
        conversion = None if node.conversion == -1 else chr(node.conversion)
        form = node.format_spec
        parts = self._parts(form) if isinstance(form, ast.JoinedStr) else None
        return _field(self.make(node.value), conversion, parts)

    def parameters(self, node: ast.arguments) -> Any:
        """The parameters of a function or a lambda."""
        plain = [*node.posonlyargs, *node.args]
        missing = len(plain) - len(node.defaults)
        defaults: list[ast.expr | None] = [*[None] * missing, *node.defaults]
        made = tuple(map(self._parameter, plain, defaults))
        first = len(node.posonlyargs)
        star: Any = _NONE
        if node.vararg is not None:
            star = self._parameter(node.vararg, None, "*")
        elif node.kwonlyargs:
            star = _BARE_STAR
        rest = self._parameter(node.kwarg, None, "**") if node.kwarg is not None else None
        named = tuple(map(self._parameter, node.kwonlyargs, node.kw_defaults))
        slash = _SLASH if first else _NONE
        return _parameters(made[first:], star, named, rest, made[:first], slash)

    def _parameter(self, node: ast.arg, default: ast.expr | None, star: str = "") -> Any:
        annotation = self.annotation(node.annotation)
        return _parameter(_name(node.arg), annotation, self.optional(default), star)

    def annotation(self, node: ast.expr | None) -> Any:
        """What stands behind a colon or an arrow."""
        if node is None:
            return None
        if isinstance(node, ast.Starred):
            return _annotation(_starred(self.make(node.value)))
        return _annotation(self.make(node))


def _place(node: ast.expr | ast.keyword) -> tuple[int, int]:
    return node.lineno, node.col_offset

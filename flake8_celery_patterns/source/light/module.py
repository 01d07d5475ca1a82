"""The light tree of a module."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

import libcst as cst

from flake8_celery_patterns.source.light.expressions import ASYNCHRONOUS, Expressions
from flake8_celery_patterns.source.light.nodes import Unsupported, maker
from flake8_celery_patterns.source.light.patterns import pattern
from flake8_celery_patterns.source.light.types import TYPE_ALIASES, type_alias, type_parameters

_name = maker(cst.Name, "value")
_attribute = maker(cst.Attribute, "value", "attr")
_line, _suite = maker(cst.SimpleStatementLine, "body"), maker(cst.SimpleStatementSuite, "body")
_block = maker(cst.IndentedBlock, "body", "indent")
_module = maker(cst.Module, "body", "default_indent", "default_newline", "has_trailing_newline")
_function = maker(
    cst.FunctionDef,
    "decorators",
    "asynchronous",
    "name",
    "params",
    "returns",
    "body",
    "type_parameters",
)
_class = maker(cst.ClassDef, "decorators", "name", "bases", "keywords", "body", "type_parameters")
_decorator, _expression = maker(cst.Decorator, "decorator"), maker(cst.Expr, "value")
_assign, _target = maker(cst.Assign, "targets", "value"), maker(cst.AssignTarget, "target")
_annotated = maker(cst.AnnAssign, "target", "annotation", "value")
_augmented = maker(cst.AugAssign, "target", "operator", "value")
_del, _return = maker(cst.Del, "target"), maker(cst.Return, "value")
_raise, _from = maker(cst.Raise, "exc", "cause"), maker(cst.From, "item")
_assert = maker(cst.Assert, "test", "msg")
_global, _nonlocal = maker(cst.Global, "names"), maker(cst.Nonlocal, "names")
_item = maker(cst.NameItem, "name")
_import, _alias = maker(cst.Import, "names"), maker(cst.ImportAlias, "name", "asname")
_import_from = maker(cst.ImportFrom, "module", "names", "relative")
_as = maker(cst.AsName, "name")
_if, _else = maker(cst.If, "test", "body", "orelse"), maker(cst.Else, "body")
_while = maker(cst.While, "test", "body", "orelse")
_for = maker(cst.For, "target", "iter", "body", "orelse", "asynchronous")
_with, _managed = (
    maker(cst.With, "items", "body", "asynchronous"),
    maker(cst.WithItem, "item", "asname"),
)
_TRYING = "body", "handlers", "orelse", "finalbody"
_try, _try_star = maker(cst.Try, *_TRYING), maker(cst.TryStar, *_TRYING)
_handler = maker(cst.ExceptHandler, "type", "name", "body")
_handler_star = maker(cst.ExceptStarHandler, "type", "name", "body")
_finally = maker(cst.Finally, "body")
_match, _case = (
    maker(cst.Match, "subject", "cases", "indent"),
    maker(cst.MatchCase, "pattern", "guard", "body"),
)

_DOT, _STAR = cst.Dot(), cst.ImportStar()
_PASS, _BREAK, _CONTINUE = maker(cst.Pass), maker(cst.Break), maker(cst.Continue)
_AUGMENTING: dict[type[ast.operator], cst.BaseAugOp] = {
    ast.Add: cst.AddAssign(),
    ast.BitAnd: cst.BitAndAssign(),
    ast.BitOr: cst.BitOrAssign(),
    ast.BitXor: cst.BitXorAssign(),
    ast.Div: cst.DivideAssign(),
    ast.FloorDiv: cst.FloorDivideAssign(),
    ast.LShift: cst.LeftShiftAssign(),
    ast.MatMult: cst.MatrixMultiplyAssign(),
    ast.Mod: cst.ModuloAssign(),
    ast.Mult: cst.MultiplyAssign(),
    ast.Pow: cst.PowerAssign(),
    ast.RShift: cst.RightShiftAssign(),
    ast.Sub: cst.SubtractAssign(),
}
_TRIES = (ast.Try, ast.TryStar) if hasattr(ast, "TryStar") else (ast.Try,)
_Loop = ast.For | ast.AsyncFor
_Function = ast.FunctionDef | ast.AsyncFunctionDef


class Light(NamedTuple):
    """A light tree. `sources`: by the ids of its expressions, the standard library's nodes."""

    module: cst.Module
    sources: dict[int, ast.expr]


def light(tree: ast.Module, lines: Sequence[str], left_out: Collection[ast.stmt]) -> Light:
    """Make the light tree of a text.

    `tree` is the standard library's, `lines` the text in physical lines with their ends. The bodies
    of the functions in `left_out` become `pass`, as `focus` leaves them out of a text.
    Raises `Unsupported`, and RecursionError for what nests deeper than Python's own stack.
    """
    statements = _Statements(lines, left_out)
    return Light(statements.module(tree), statements.sources)


class _Statements:
    def __init__(self, lines: Sequence[str], left_out: Collection[ast.stmt]) -> None:
        self._lines = lines
        self._left_out = left_out
        self._expressions = Expressions(lines)
        self.sources = self._expressions.sources
        self._make = self._expressions.make
        self._optional = self._expressions.optional
        self._compound: dict[type[ast.stmt], Callable[[Any], Any]] = {
            ast.AsyncFor: self._for,
            ast.AsyncFunctionDef: self._function,
            ast.AsyncWith: self._with,
            ast.ClassDef: self._class,
            ast.For: self._for,
            ast.FunctionDef: self._function,
            ast.If: self._if,
            ast.Match: self._match,
            ast.While: self._while,
            ast.With: self._with,
            **dict.fromkeys(_TRIES, self._try),
        }
        self._simple: dict[type[ast.stmt], Callable[[Any], Any]] = {
            ast.AnnAssign: self._annotated,
            ast.Assert: lambda node: _assert(self._make(node.test), self._optional(node.msg)),
            ast.Assign: self._assign,
            ast.AugAssign: self._augmented,
            ast.Break: lambda _: _BREAK(),
            ast.Continue: lambda _: _CONTINUE(),
            ast.Delete: self._delete,
            ast.Expr: lambda node: _expression(self._make(node.value)),
            ast.Global: lambda node: _global(_names(node.names)),
            ast.Import: lambda node: _import(tuple(map(self._alias, node.names))),
            ast.ImportFrom: self._import_from,
            ast.Nonlocal: lambda node: _nonlocal(_names(node.names)),
            ast.Pass: lambda _: _PASS(),
            ast.Raise: self._raise,
            ast.Return: lambda node: _return(self._optional(node.value)),
            **dict.fromkeys(TYPE_ALIASES, self._type_alias),
        }

    def module(self, tree: ast.Module) -> cst.Module:
        return _module(self._statements(tree.body), "    ", "\n", True)  # type: ignore[no-any-return]

    def _statements(self, body: list[ast.stmt]) -> tuple[Any, ...]:
        made: list[Any] = []
        # The line that the simple statement before ends in, and the statements in it.
        end, line = 0, []
        for node in body:
            compound = self._compound.get(type(node))
            if compound is not None:
                made.append(compound(node))
                end = 0
                continue
            simple = self._one(node)
            if node.lineno == end:
                line.append(simple)
                made[-1] = _line(tuple(line))
            else:
                line = [simple]
                made.append(_line((simple,)))
            end = node.end_lineno or node.lineno
        return tuple(made)

    def _one(self, node: ast.stmt) -> Any:
        simple = self._simple.get(type(node))
        if simple is None:
            raise Unsupported(type(node).__name__)
        return simple(node)

    def _body(self, body: list[ast.stmt]) -> Any:
        first = body[0]
        if type(first) in self._simple:
            before = self._lines[first.lineno - 1][: first.col_offset].strip()
            # The line before may be one with it, joined by a backslash.
            if before or self._lines[first.lineno - 2].rstrip("\r\n").endswith("\\"):
                return _suite(tuple(map(self._one, body)))
        return _block(self._statements(body), None)

    def _function(self, node: _Function) -> Any:
        if node in self._left_out:
            body = _block((_line((_PASS(),)),), None)
        else:
            body = self._body(node.body)
        return _function(
            self._decorators(node),
            ASYNCHRONOUS if isinstance(node, ast.AsyncFunctionDef) else None,
            _name(node.name),
            self._expressions.parameters(node.args),
            self._expressions.annotation(node.returns),
            body,
            type_parameters(node, self._expressions),
        )

    def _class(self, node: ast.ClassDef) -> Any:
        return _class(
            self._decorators(node),
            _name(node.name),
            self._expressions.arguments(node.bases, []),
            self._expressions.arguments([], node.keywords),
            self._body(node.body),
            type_parameters(node, self._expressions),
        )

    def _decorators(self, node: _Function | ast.ClassDef) -> tuple[Any, ...]:
        return tuple(_decorator(self._make(decorator)) for decorator in node.decorator_list)

    def _if(self, node: ast.If) -> Any:
        # A chain of `elif` may be longer than Python's stack.
        chain = [node]
        while self._is_elif(chain[-1]):
            chain.append(chain[-1].orelse[0])  # type: ignore[arg-type]
        made = self._else(chain[-1].orelse)
        for part in reversed(chain):
            made = _if(self._make(part.test), self._body(part.body), made)
        return made

    def _is_elif(self, node: ast.If) -> bool:
        """Whether an `if` goes on with `elif`, which stands right below it, and not with `else`."""
        after = node.orelse
        return (
            len(after) == 1
            and isinstance(after[0], ast.If)
            and after[0].col_offset == node.col_offset
        )

    def _else(self, body: list[ast.stmt]) -> Any:
        return _else(self._body(body)) if body else None

    def _while(self, node: ast.While) -> Any:
        return _while(self._make(node.test), self._body(node.body), self._else(node.orelse))

    def _for(self, node: _Loop) -> Any:
        target, iterated = self._make(node.target), self._make(node.iter)
        asynchronous = ASYNCHRONOUS if isinstance(node, ast.AsyncFor) else None
        return _for(target, iterated, self._body(node.body), self._else(node.orelse), asynchronous)

    def _with(self, node: ast.With | ast.AsyncWith) -> Any:
        items = tuple(
            _managed(self._make(item.context_expr), self._as(item.optional_vars))
            for item in node.items
        )
        asynchronous = ASYNCHRONOUS if isinstance(node, ast.AsyncWith) else None
        return _with(items, self._body(node.body), asynchronous)

    def _as(self, node: ast.expr | None) -> Any:
        return _as(self._make(node)) if node is not None else None

    def _try(self, node: ast.Try) -> Any:
        is_plain = isinstance(node, ast.Try)
        handler = _handler if is_plain else _handler_star
        handlers = tuple(
            handler(
                self._optional(part.type),
                _as(_name(part.name)) if part.name is not None else None,
                self._body(part.body),
            )
            for part in node.handlers
        )
        ending = _finally(self._body(node.finalbody)) if node.finalbody else None
        make = _try if is_plain else _try_star
        return make(self._body(node.body), handlers, self._else(node.orelse), ending)

    def _match(self, node: ast.Match) -> Any:
        cases = tuple(
            _case(
                pattern(case.pattern, self._expressions),
                self._optional(case.guard),
                self._body(case.body),
            )
            for case in node.cases
        )
        return _match(self._make(node.subject), cases, None)

    def _assign(self, node: ast.Assign) -> Any:
        targets = tuple(_target(self._make(target)) for target in node.targets)
        return _assign(targets, self._make(node.value))

    def _annotated(self, node: ast.AnnAssign) -> Any:
        annotation = self._expressions.annotation(node.annotation)
        return _annotated(self._make(node.target), annotation, self._optional(node.value))

    def _augmented(self, node: ast.AugAssign) -> Any:
        operator = _AUGMENTING[type(node.op)]
        return _augmented(self._make(node.target), operator, self._make(node.value))

    def _delete(self, node: ast.Delete) -> Any:
        if len(node.targets) == 1:
            return _del(self._make(node.targets[0]))
        return _del(self._expressions.tuple_of(node.targets))

    def _raise(self, node: ast.Raise) -> Any:
        cause = _from(self._make(node.cause)) if node.cause is not None else None
        return _raise(self._optional(node.exc), cause)

    def _type_alias(self, node: Any) -> Any:
        return type_alias(node, self._expressions)

    def _alias(self, node: ast.alias) -> Any:
        return _alias(
            _dotted(node.name), _as(_name(node.asname)) if node.asname is not None else None
        )

    def _import_from(self, node: ast.ImportFrom) -> Any:
        module = _dotted(node.module) if node.module else None
        names: Any = tuple(map(self._alias, node.names))
        if node.names[0].name == "*":
            names = _STAR
        return _import_from(module, names, (_DOT,) * node.level)


def _names(names: list[str]) -> tuple[Any, ...]:
    return tuple(_item(_name(name)) for name in names)


def _dotted(text: str) -> Any:
    first, *rest = text.split(".")
    made = _name(first)
    for part in rest:
        made = _attribute(made, _name(part))
    return made

"""The collector of definitions and bindings; it keeps the current scope for the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import libcst as cst

from flake8_celery_patterns.facts.expressions import Binary, Call, Expression, Name
from flake8_celery_patterns.facts.read import read, read_argument
from flake8_celery_patterns.facts.scopes import (
    Assignment,
    Class,
    Function,
    Import,
    Module,
    Parameter,
    ParameterKind,
    Scope,
)
from flake8_celery_patterns.source.walk import children

_UNSEEN = Assignment()
# Methods that change a dict in place: a wrapper's options, mostly.
_CHANGING = frozenset({"pop", "setdefault", "update"})


def module_name(node: cst.BaseExpression | None) -> str:
    """`a.b.c` of an import statement; "" where there is none (`from . import x`)."""
    names: list[str] = []
    while isinstance(node, cst.Attribute):
        names.append(node.attr.value)
        node = node.value
    if isinstance(node, cst.Name):
        names.append(node.value)
    return ".".join(reversed(names))


def target_names(node: cst.BaseExpression) -> Iterator[str]:
    """The names that an assignment target binds."""
    stack: list[cst.BaseExpression] = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, cst.Name):
            yield current.value
        elif isinstance(current, (cst.Tuple, cst.List)):
            stack.extend(element.value for element in current.elements)


def imported(node: cst.Import | cst.ImportFrom) -> Iterator[tuple[str, Import]]:
    """The names an import statement binds, and to what. A star import binds `*`."""
    if isinstance(node, cst.Import):
        for alias in node.names:
            full = module_name(alias.name)
            if alias.asname is not None:
                yield module_name(alias.asname.name), Import(full)
            else:
                top = full.partition(".")[0]
                yield top, Import(top)
        return
    module, level = module_name(node.module), len(node.relative)
    if isinstance(node.names, cst.ImportStar):
        yield "*", Import(module, "*", level)
        return
    for alias in node.names:
        name = module_name(alias.name)
        bound = module_name(alias.asname.name) if alias.asname else name
        yield bound, Import(module, name, level)


def is_main_guard(test: cst.BaseExpression) -> bool:
    """Whether a condition asks for `__name__`: what it guards runs where the file is started."""
    return isinstance(test, cst.Comparison) and any(
        isinstance(side, cst.Name) and side.value == "__name__"
        for side in (test.left, test.comparisons[0].comparator)
    )


def _parameters(node: cst.Parameters) -> tuple[Parameter, ...]:
    found: list[Parameter] = []

    def add(params: Iterable[cst.Param], kind: ParameterKind) -> None:
        for param in params:
            found.append(
                Parameter(
                    param.name.value,
                    kind,
                    read(param.annotation.annotation) if param.annotation else None,
                    read(param.default) if param.default is not None else None,
                    param,
                )
            )

    add(node.posonly_params, "positional_only")
    add(node.params, "positional")
    if isinstance(node.star_arg, cst.Param):
        add((node.star_arg,), "args")
    add(node.kwonly_params, "keyword_only")
    if node.star_kwarg is not None:
        add((node.star_kwarg,), "kwargs")
    return tuple(found)


def _initialising(node: cst.FunctionDef) -> Call | None:
    """The one call of a base's `__init__` in a constructor, if its body always makes it."""
    always = {
        id(small.value)
        for line in node.body.body
        if isinstance(line, cst.SimpleStatementLine)
        for small in line.body
        if isinstance(small, cst.Expr)
    }
    found: list[cst.Call] = []
    stack: list[cst.CSTNode] = [node.body]
    while stack:
        current = stack.pop()
        if isinstance(current, cst.Call) and isinstance(current.func, cst.Attribute):
            if current.func.attr.value == "__init__":
                found.append(current)
        stack.extend(children(current))
    call = read(found[0]) if len(found) == 1 and id(found[0]) in always else None
    return call if isinstance(call, Call) else None


class Definitions:
    """Builds the scopes of a file while it is walked."""

    def __init__(self) -> None:
        self.module = Module("")
        self.scope: Scope = self.module
        self._returned: list[list[Expression]] = []
        self._stars: list[Import] = []

    @property
    def function(self) -> Function | None:
        """The function whose body is being walked, if any."""
        for scope in self.scope.enclosing():
            if isinstance(scope, Function):
                return scope
        return None

    def visit_FunctionDef(self, node: cst.FunctionDef) -> None:
        function = Function(
            node.name.value,
            parent=self.scope,
            parameters=_parameters(node.params),
            decorators=tuple(read(d.decorator) for d in node.decorators),
            returns=read(node.returns.annotation) if node.returns else None,
            is_async=node.asynchronous is not None,
            node=node,
        )
        self.scope.bind(function.name, function)
        self.scope = function
        self._returned.append([])

    def leave_FunctionDef(self, node: cst.FunctionDef) -> None:
        assert isinstance(self.scope, Function)
        assert self.scope.parent is not None
        self.scope.returned = tuple(self._returned.pop())
        if isinstance(self.scope.parent, Class) and node.name.value == "__init__":
            if self.scope.parent.bases:
                self.scope.initialises = _initialising(node)
        self.scope = self.scope.parent

    def visit_ClassDef(self, node: cst.ClassDef) -> None:
        arguments = tuple(read_argument(a) for a in (*node.bases, *node.keywords))
        decorators = tuple(read(d.decorator) for d in node.decorators)
        inner = Class(
            node.name.value,
            parent=self.scope,
            arguments=arguments,
            decorators=decorators,
            node=node,
        )
        self.scope.bind(inner.name, inner)
        self.scope = inner

    def leave_ClassDef(self, node: cst.ClassDef) -> None:
        assert self.scope.parent is not None
        self.scope = self.scope.parent

    def visit_Return(self, node: cst.Return) -> None:
        if isinstance(self.scope, Function) and node.value is not None:
            self._returned[-1].append(read(node.value))

    def visit_Yield(self, node: cst.Yield) -> None:
        if isinstance(self.scope, Function):
            self.scope.is_generator = True

    def visit_Call(self, node: cst.Call) -> None:
        function = node.func
        if (
            isinstance(function, cst.Attribute)
            and function.attr.value in _CHANGING
            and isinstance(function.value, cst.Name)
        ):
            self._touch(function.value.value)

    def _touch(self, name: str) -> None:
        if isinstance(self.scope, Function) and name not in self.scope.touched:
            self.scope.touched = (*self.scope.touched, name)

    def visit_If(self, node: cst.If) -> None:
        if self.scope is self.module and is_main_guard(node.test):
            self.module.is_script = True

    def visit_Import(self, node: cst.Import) -> None:
        for name, binding in imported(node):
            self.scope.bind(name, binding)

    def visit_ImportFrom(self, node: cst.ImportFrom) -> None:
        for name, binding in imported(node):
            if name == "*":
                self._stars.append(binding)
            else:
                self.scope.bind(name, binding)

    def leave_Module(self, node: cst.Module) -> None:
        self.module.stars = tuple(self._stars)

    def visit_Assign(self, node: cst.Assign) -> None:
        value = read(node.value)
        for target in node.targets:
            self._assign(target.target, Assignment(value))

    def visit_AnnAssign(self, node: cst.AnnAssign) -> None:
        value = read(node.value) if node.value is not None else None
        self._assign(node.target, Assignment(value, read(node.annotation.annotation)))

    def visit_AugAssign(self, node: cst.AugAssign) -> None:
        value: Expression | None = None
        if isinstance(node.target, cst.Name) and isinstance(node.operator, cst.AddAssign):
            value = Binary("+", Name(node.target.value), read(node.value))
        self._assign(node.target, Assignment(value))

    def _assign(self, target: cst.BaseExpression, binding: Assignment) -> None:
        if isinstance(target, cst.Name):
            self.scope.bind(target.value, binding)
            return
        if isinstance(target, cst.Subscript) and isinstance(target.value, cst.Name):
            self._touch(target.value.value)
        if isinstance(target, cst.Attribute) and isinstance(target.value, cst.Name):
            self._set_on(target.value.value, target.attr.value)
        self._hide(target)

    def _set_on(self, owner: str, name: str) -> None:
        """`self.name = …` in a method."""
        function = self.function
        if function is None or not isinstance(function.parent, Class):
            return
        first = function.first_parameter
        if first is not None and first.name == owner and name not in function.parent.assigned:
            function.parent.assigned = (*function.parent.assigned, name)

    def _hide(self, target: cst.BaseExpression) -> None:
        for name in target_names(target):
            self.scope.bind(name, _UNSEEN)

    def visit_NamedExpr(self, node: cst.NamedExpr) -> None:
        self._hide(node.target)

    def visit_For(self, node: cst.For) -> None:
        self._hide(node.target)

    def visit_AsName(self, node: cst.AsName) -> None:
        self._hide(node.name)

    def visit_Del(self, node: cst.Del) -> None:
        self._hide(node.target)

    def visit_MatchAs(self, node: cst.MatchAs) -> None:
        if node.name is not None:
            self._hide(node.name)

    def visit_MatchStar(self, node: cst.MatchStar) -> None:
        if node.name is not None:
            self._hide(node.name)

    def visit_MatchMapping(self, node: cst.MatchMapping) -> None:
        if node.rest is not None:
            self._hide(node.rest)

    def visit_Global(self, node: cst.Global) -> None:
        # What a function assigns to a global may happen at any time.
        for item in node.names:
            self.module.bind(item.name.value, _UNSEEN)

    def visit_Nonlocal(self, node: cst.Nonlocal) -> None:
        names = tuple(item.name.value for item in node.names)
        outer = self.scope.parent
        while outer is not None:
            if isinstance(outer, Function):
                outer.rebound = (*outer.rebound, *names)
            outer = outer.parent

    def visit_ImportAlias(self, node: cst.ImportAlias) -> bool:
        return False

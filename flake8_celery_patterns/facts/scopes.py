"""What a file defines: modules, classes and functions, and what their names are bound to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from flake8_celery_patterns.facts.expressions import Argument, Call, Expression

if TYPE_CHECKING:
    import libcst as cst

ParameterKind = Literal["positional_only", "positional", "args", "keyword_only", "kwargs"]


@dataclass(frozen=True, slots=True)
class Import:
    """`import module` (name None) or `from module import name`; `level` counts the leading dots."""

    module: str
    name: str | None = None
    level: int = 0


@dataclass(frozen=True, slots=True)
class Assignment:
    """A name bound by an assignment. `value` is None where the text does not show one value."""

    value: Expression | None = None
    annotation: Expression | None = None


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    kind: ParameterKind
    annotation: Expression | None = None
    default: Expression | None = None
    node: cst.Param | None = field(default=None, compare=False, repr=False)


@dataclass(eq=False, slots=True)
class Scope:
    """Something that names live in. `bindings` holds every binding of a name, in source order."""

    name: str
    bindings: dict[str, Sequence[Binding]] = field(default_factory=dict, repr=False)
    parent: Scope | None = field(default=None, repr=False)

    def bind(self, name: str, binding: Binding) -> None:
        bound = self.bindings.setdefault(name, [])
        assert isinstance(bound, list), "what comes from the cache is whole"
        bound.append(binding)

    def enclosing(self) -> Iterator[Scope]:
        """This scope and those around it, innermost first."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent


@dataclass(eq=False, slots=True)
class Function(Scope):
    """A `def`. `returned` holds the values of its own `return` statements.

    `initialises` is the one call of a base's `__init__` that an `__init__` always makes.
    `touched` are the names whose value its body changes in place (`options.setdefault(…)`);
    `rebound` are those that functions inside it bind anew (`nonlocal`).
    `entered` are the context managers around all that it hands over to: its `yield`s, or its calls
    of what a decorator around it decorates.
    `uses` says what it does with the parameters of the functions around it (its own too, if it
    holds functions) and with functions defined in them: `f()`, `f.delay`, `f.name=`, `wraps(f)`,
    or `f` for anything else but returning it and asking whether it is there.
    `is_conditional`: it is defined in a branch or a loop of the scope around it.
    """

    parameters: tuple[Parameter, ...] = ()
    decorators: tuple[Expression, ...] = ()
    returns: Expression | None = None
    returned: tuple[Expression, ...] = ()
    touched: tuple[str, ...] = ()
    rebound: tuple[str, ...] = ()
    is_async: bool = False
    is_generator: bool = False
    entered: tuple[Expression, ...] = ()
    uses: tuple[str, ...] = ()
    is_conditional: bool = False
    initialises: Call | None = None
    node: cst.FunctionDef | None = field(default=None, repr=False)

    def parameter(self, name: str) -> Parameter | None:
        return next((p for p in self.parameters if p.name == name), None)

    @property
    def first_parameter(self) -> Parameter | None:
        """The first parameter that takes a positional argument."""
        first = self.parameters[0] if self.parameters else None
        return first if first and first.kind in ("positional", "positional_only") else None


@dataclass(eq=False, slots=True)
class Class(Scope):
    """A `class`.

    `arguments` are its bases and keywords; `assigned` are the attributes its methods set on `self`.
    """

    arguments: tuple[Argument, ...] = ()
    assigned: tuple[str, ...] = ()
    decorators: tuple[Expression, ...] = ()
    node: cst.ClassDef | None = field(default=None, repr=False)

    @property
    def bases(self) -> tuple[Expression, ...]:
        return tuple(a.value for a in self.arguments if a.keyword is None and not a.star)

    def keyword(self, name: str) -> Expression | None:
        return next((a.value for a in self.arguments if a.keyword == name), None)

    def method(self, name: str) -> Function | None:
        """The function last bound to `name` in the class body."""
        bound = self.bindings.get(name, ())
        last = bound[-1] if bound else None
        return last if isinstance(last, Function) else None


Binding = Import | Assignment | Function | Class


@dataclass(frozen=True, slots=True)
class Setting:
    """A place that gives a Celery setting a value: assignment, keyword, dict key …

    `name` is Celery's own, without any prefix; `scope` names the scopes around it, outermost first.
    `written` is the name as it stands there; `owner` is "conf" where it is certainly set on an app,
    "" for a plain variable.
    """

    name: str
    value: Expression | None
    scope: tuple[str, ...] = ()
    written: str = ""
    owner: str = "<unseen>"


@dataclass(frozen=True, slots=True)
class Configuring:
    """A call that makes or configures a Celery app, or may do so. `scope` as in `Setting`."""

    call: Call
    scope: tuple[str, ...] = ()


@dataclass(eq=False, slots=True)
class Module(Scope):
    """A file. `connections` are its `signal.connect(…)` calls.

    `is_script`: it has a part that runs only where it is started itself (`__main__`).
    `patched` are the attributes that it sets on tasks and classes from outside (`Order.__json__`).
    """

    stars: tuple[Import, ...] = ()
    is_script: bool = False
    connections: tuple[Call, ...] = ()
    patched: tuple[str, ...] = ()
    settings: tuple[Setting, ...] = ()
    configuring: tuple[Configuring, ...] = ()

    def inner(self, path: tuple[str, ...]) -> Scope:
        """The scope that `path` names, as far as it can be followed."""
        scope: Scope = self
        for name in path:
            bound = [b for b in scope.bindings.get(name, ()) if isinstance(b, Scope)]
            if not bound:
                break
            scope = bound[-1]
        return scope

    def all_scopes(self) -> Iterator[Scope]:
        """This module and every class and function in it, outer before inner."""
        stack: list[Scope] = [self]
        while stack:
            scope = stack.pop()
            yield scope
            inner = [
                binding
                for bindings in scope.bindings.values()
                for binding in bindings
                if isinstance(binding, Scope)
            ]
            stack.extend(reversed(inner))

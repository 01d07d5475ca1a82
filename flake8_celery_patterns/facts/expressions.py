"""Expressions, freed from the parser: small enough to be kept, compared and cached.

`node` is the libcst node an expression was read from (for its position); it takes no part in
comparison and is not kept in the cache.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import libcst as cst

ConstantValue = None | bool | int | float | str
SequenceKind = Literal["list", "tuple", "set"]
ComprehensionKind = Literal["list", "set", "dict", "generator"]
Operator = Literal["or", "and", "if"]


@dataclass(frozen=True, slots=True)
class Expression:
    """Any expression. One that has no class of its own is an `Opaque`."""

    node: cst.CSTNode | None = field(default=None, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Name(Expression):
    id: str


@dataclass(frozen=True, slots=True)
class Attribute(Expression):
    value: Expression
    name: str


@dataclass(frozen=True, slots=True)
class Argument(Expression):
    """An argument of a call or of a class header. `star` is "", "*" or "**"."""

    value: Expression
    keyword: str | None = None
    star: str = ""


@dataclass(frozen=True, slots=True)
class Call(Expression):
    function: Expression
    arguments: tuple[Argument, ...] = ()

    def keyword(self, name: str) -> Argument | None:
        """The argument given as `name=…`."""
        return next((a for a in self.arguments if a.keyword == name), None)

    def positional(self, index: int) -> Expression | None:
        """The value of the 0-based positional argument; None if absent or behind a `*`."""
        plain = [a for a in self.arguments if a.keyword is None and a.star != "**"]
        if index >= len(plain) or any(a.star for a in plain[: index + 1]):
            return None
        return plain[index].value

    @property
    def is_open(self) -> bool:
        """Whether a `*` or `**` may bring arguments that the text does not show."""
        return any(a.star for a in self.arguments)


@dataclass(frozen=True, slots=True)
class Subscript(Expression):
    value: Expression
    index: Expression
    is_slice: bool = False


@dataclass(frozen=True, slots=True)
class Constant(Expression):
    value: ConstantValue


@dataclass(frozen=True, slots=True)
class Sequence(Expression):
    kind: SequenceKind
    items: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Star(Expression):
    """`*value` inside a literal."""

    value: Expression


@dataclass(frozen=True, slots=True)
class Entry(Expression):
    """`key: value` of a dict literal; without a key, `**value`."""

    key: Expression | None
    value: Expression


@dataclass(frozen=True, slots=True)
class Mapping(Expression):
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Clause(Expression):
    """`for target in iterable if …` of a comprehension."""

    target: Expression
    iterable: Expression
    conditions: tuple[Expression, ...] = ()
    is_async: bool = False


@dataclass(frozen=True, slots=True)
class Comprehension(Expression):
    kind: ComprehensionKind
    element: Expression
    clauses: tuple[Clause, ...]
    key: Expression | None = None


@dataclass(frozen=True, slots=True)
class Await(Expression):
    value: Expression


@dataclass(frozen=True, slots=True)
class Choice(Expression):
    """`left or right`, `left and right`, `left if test else right`."""

    operator: Operator
    left: Expression
    right: Expression
    test: Expression | None = None


@dataclass(frozen=True, slots=True)
class Named(Expression):
    """`target := value`."""

    target: str
    value: Expression


@dataclass(frozen=True, slots=True)
class Lambda(Expression):
    """A lambda; `defaults` are evaluated where it stands, `body` where it is called."""

    parameters: tuple[str, ...]
    body: Expression
    defaults: tuple[Expression, ...] = ()
    defaulted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Binary(Expression):
    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Opaque(Expression):
    """Anything else (comparisons, f-strings, slices …); `parts` may hold calls worth seeing."""

    parts: tuple[Expression, ...] = ()


_PART_FIELDS: dict[type[Expression], tuple[str, ...]] = {}


def _part_fields(kind: type[Expression]) -> tuple[str, ...]:
    if kind not in _PART_FIELDS:
        _PART_FIELDS[kind] = tuple(f.name for f in fields(kind) if f.name != "node")
    return _PART_FIELDS[kind]


def parts(expression: Expression) -> Iterator[Expression]:
    """The expressions directly below one, in source order."""
    for name in _part_fields(type(expression)):
        value = getattr(expression, name)
        if isinstance(value, Expression):
            yield value
        elif isinstance(value, tuple):
            for item in value:
                if isinstance(item, Expression):
                    yield item


def everything(expression: Expression) -> Iterator[Expression]:
    """An expression and all below it."""
    stack = [expression]
    while stack:
        current = stack.pop()
        yield current
        stack.extend(parts(current))


def dotted(expression: Expression) -> str | None:
    """`a.b.c` for a chain of attributes on a name; None for anything else."""
    names: list[str] = []
    while isinstance(expression, Attribute):
        names.append(expression.name)
        expression = expression.value
    if not isinstance(expression, Name):
        return None
    names.append(expression.id)
    return ".".join(reversed(names))


_LONGEST_TEXT = 60


def shown(expression: Expression) -> str:
    """An expression in a few words: `Order.objects.get(...)`; "" for what has no name."""
    parts_of_text: list[str] = []
    current = expression
    while True:
        if isinstance(current, Await):
            current = current.value
        elif isinstance(current, Call):
            parts_of_text.append("(...)" if current.arguments else "()")
            current = current.function
        elif isinstance(current, Attribute):
            parts_of_text.append(f".{current.name}")
            current = current.value
        elif isinstance(current, Subscript):
            parts_of_text.append("[...]")
            current = current.value
        elif isinstance(current, Name):
            parts_of_text.append(current.id)
            break
        else:
            return ""
    text = "".join(reversed(parts_of_text))
    return text if len(text) <= _LONGEST_TEXT else ""

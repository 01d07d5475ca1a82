"""The course of one function: which statements come before and after another, block by block."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar, overload

import libcst as cst

from flake8_celery_patterns.facts.scopes import Function
from flake8_celery_patterns.source.walk import children

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

Statements = tuple[cst.CSTNode, ...]
Test = Callable[[cst.CSTNode], bool]
_Node = TypeVar("_Node", bound=cst.CSTNode)
_DEFINITIONS = (cst.FunctionDef, cst.ClassDef, cst.Lambda)


@dataclass(eq=False, frozen=True, slots=True)
class Block:
    """The statements of a block, each of which is looked at once, however often one is asked for.

    What they are asked must depend on nothing but the statement; `key` stands for the question.
    """

    statements: Statements
    _marks: dict[Hashable, list[int]] = field(default_factory=dict)
    _names: dict[Hashable, dict[str, list[int]]] = field(default_factory=dict)

    def marked(self, test: Test, key: Hashable = None) -> list[int]:
        """The positions of the statements for which `test` holds; `key` is the test itself."""
        key = test if key is None else key
        if key not in self._marks:
            self._marks[key] = [n for n, each in enumerate(self.statements) if test(each)]
        return self._marks[key]

    def named(self, names_of: Callable[[cst.CSTNode], Iterable[str]], name: str) -> list[int]:
        """The positions of the statements for which `names_of` gives, among others, `name`."""
        if names_of not in self._names:
            found: dict[str, list[int]] = {}
            for position, statement in enumerate(self.statements):
                for each in set(names_of(statement)):
                    found.setdefault(each, []).append(position)
            self._names[names_of] = found
        return self._names[names_of].get(name, [])


@dataclass(frozen=True, slots=True)
class Step:
    """A block of statements, and which of them (0-based) leads to the one that was asked for."""

    block: Block
    position: int

    @property
    def current(self) -> cst.CSTNode:
        return self.block.statements[self.position]

    @property
    def is_last(self) -> bool:
        """Whether nothing follows in the block."""
        return self.position + 1 == len(self.block.statements)

    def any_before(self, test: Test, key: Hashable = None) -> bool:
        """Whether `test` holds for a statement before it; `key` as in `Block.marked`."""
        return self.last_before(self.block.marked(test, key)) is not None

    def any_after(self, test: Test, key: Hashable = None) -> bool:
        """Whether `test` holds for a statement behind it; `key` as in `Block.marked`."""
        return self.first_after(self.block.marked(test, key)) is not None

    def last_before(self, *positions: list[int]) -> int | None:
        """The last of several lists' positions that is before it."""
        places = ((each, bisect_left(each, self.position)) for each in positions)
        return max((each[place - 1] for each, place in places if place), default=None)

    def first_after(self, *positions: list[int]) -> int | None:
        """The first of several lists' positions that is behind it."""
        places = ((each, bisect_right(each, self.position)) for each in positions)
        return min((each[place] for each, place in places if place < len(each)), default=None)


# By the identity of a statement: where it stands, and the statement around it.
_Index = dict[int, tuple[Step, "cst.CSTNode | None"]]


def steps_to(
    meaning: Meaning, root: Function | cst.BaseSuite, statement: cst.CSTNode | None
) -> tuple[Step, ...]:
    """The blocks from a body down to a statement in it, outermost first; none if it is not there.

    What nested functions and classes hold is not in it.
    """
    if isinstance(root, Function):
        if root.node is None:
            return ()
        root = root.node.body
    nothing: _Index = {}
    index = meaning.known(("course", root), nothing, _indexed, root)
    found: list[Step] = []
    while statement is not None and id(statement) in index:
        step, statement = index[id(statement)]
        found.append(step)
    return tuple(reversed(found))


def _indexed(root: cst.BaseSuite) -> _Index:
    index: _Index = {}
    stack: list[tuple[cst.BaseSuite, cst.CSTNode | None]] = [(root, None)]
    while stack:
        body, above = stack.pop()
        block = Block(statements_of(body))
        for position, statement in enumerate(block.statements):
            index[id(statement)] = Step(block, position), above
            stack.extend((inner, statement) for inner in _inner_blocks(statement))
    return index


def statements_of(body: cst.BaseSuite) -> Statements:
    """The statements of a block, those that share a line one by one."""
    found: list[cst.CSTNode] = []
    for line in body.body:
        if isinstance(line, cst.SimpleStatementLine):
            found.extend(line.body)
        else:
            found.append(line)
    return tuple(found)


def _inner_blocks(statement: cst.CSTNode) -> Iterator[cst.BaseSuite]:
    """The blocks of a compound statement, in source order."""
    if isinstance(statement, _DEFINITIONS):
        return
    body = getattr(statement, "body", None)
    if isinstance(body, cst.BaseSuite):
        yield body
    for part in (
        *getattr(statement, "handlers", ()),
        *getattr(statement, "cases", ()),
        getattr(statement, "orelse", None),
        getattr(statement, "finalbody", None),
    ):
        if isinstance(part, cst.If):
            # `elif` is a statement of its own in the place of an `else`.
            yield cst.IndentedBlock(body=[part])
        elif part is not None:
            yield part.body


def any_before(steps: Sequence[Step], test: Test, key: Hashable = None) -> bool:
    """Whether `test` holds for a statement that has run before the one that `steps` lead to.

    Only for what precedes it in its own block and in those around it; `key` as in `Block.marked`.
    """
    return any(step.any_before(test, key) for step in steps)


@overload
def parts_of(node: cst.CSTNode) -> Iterator[cst.CSTNode]: ...


@overload
def parts_of(node: cst.CSTNode, *types: type[_Node]) -> Iterator[_Node]: ...


def parts_of(node: cst.CSTNode, *types: type[cst.CSTNode]) -> Iterator[cst.CSTNode]:
    """A node and all below it that runs with it, in source order: no bodies of definitions.

    `types`: those of just these types alone. (To ask `isinstance` of each costs more than to find
    them: libcst's classes are abstract base classes.)
    """
    wanted = frozenset(types)
    stack: list[cst.CSTNode] = [node]
    while stack:
        current = stack.pop()
        if not wanted or type(current) in wanted:
            yield current
        if type(current) not in _DEFINITIONS:
            stack.extend(reversed(children(current)))


def names_in(node: cst.CSTNode) -> Iterator[str]:
    """The names that are read or bound anywhere in `node`, definitions included."""
    stack = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, cst.Name):
            yield current.value
        elif isinstance(current, (cst.Attribute, cst.Arg)):
            stack.append(current.value)
        else:
            stack.extend(children(current))


def mentions(node: cst.CSTNode, name: str) -> bool:
    """Whether `name` is read or bound anywhere in `node`, definitions included."""
    return name in names_in(node)


def may_leave(statement: cst.CSTNode) -> bool:
    """Whether a statement holds a way out of the block."""
    ends = (cst.Return, cst.Raise, cst.Break, cst.Continue)
    return any(isinstance(part, ends) for part in parts_of(statement))


def ends_block(statement: cst.CSTNode) -> bool:
    """Whether a statement itself leaves the block."""
    return isinstance(statement, (cst.Return, cst.Raise, cst.Break))

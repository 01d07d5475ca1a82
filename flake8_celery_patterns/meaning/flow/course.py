"""The course of one function: which statements come before and after another, block by block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from flake8_celery_patterns.facts.scopes import Function
from flake8_celery_patterns.source.walk import children

Statements = tuple[cst.CSTNode, ...]
_DEFINITIONS = (cst.FunctionDef, cst.ClassDef, cst.Lambda)


@dataclass(frozen=True, slots=True)
class Step:
    """A block of statements, and which of them (0-based) leads to the one that was asked for."""

    statements: Statements
    position: int

    @property
    def before(self) -> Statements:
        return self.statements[: self.position]

    @property
    def after(self) -> Statements:
        return self.statements[self.position + 1 :]


def steps_to(root: Function | cst.BaseSuite, statement: cst.CSTNode | None) -> tuple[Step, ...]:
    """The blocks from a body down to a statement in it, outermost first; none if it is not there.

    What nested functions and classes hold is not in it.
    """
    if isinstance(root, Function):
        if root.node is None:
            return ()
        root = root.node.body
    return tuple(_steps(root, statement)) if statement is not None else ()


def _steps(body: cst.BaseSuite, statement: cst.CSTNode) -> list[Step]:
    block = statements_of(body)
    for position, candidate in enumerate(block):
        if candidate is statement:
            return [Step(block, position)]
        for inner in _inner_blocks(candidate):
            below = _steps(inner, statement)
            if below:
                return [Step(block, position), *below]
    return []


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


def past(steps: Sequence[Step]) -> Statements:
    """What has run before the statement that `steps` lead to, oldest first.

    Only what precedes it in its own block and in those around it.
    """
    return tuple(statement for step in steps for statement in step.before)


def parts_of(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """A node and all below it that runs with it, in source order: no bodies of definitions."""
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        if not isinstance(current, _DEFINITIONS):
            stack.extend(reversed(children(current)))


def mentions(node: cst.CSTNode, name: str) -> bool:
    """Whether `name` is read or bound anywhere in `node`, definitions included."""
    stack = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, cst.Name) and current.value == name:
            return True
        if isinstance(current, (cst.Attribute, cst.Arg)):
            stack.append(current.value)
        else:
            stack.extend(children(current))
    return False


def may_leave(statements: Sequence[cst.CSTNode]) -> bool:
    """Whether any of these statements holds a way out of the block."""
    ends = (cst.Return, cst.Raise, cst.Break, cst.Continue)
    return any(isinstance(part, ends) for s in statements for part in parts_of(s))


def ends_block(statements: Sequence[cst.CSTNode]) -> bool:
    """Whether one of these statements itself leaves the block."""
    return any(isinstance(s, (cst.Return, cst.Raise, cst.Break)) for s in statements)

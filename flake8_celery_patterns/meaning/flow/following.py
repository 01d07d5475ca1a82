"""What comes after a statement, as far as the text shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from flake8_celery_patterns.meaning.flow.places import Place

_LOGGING = frozenset({"debug", "info", "warning", "error", "exception", "critical", "log", "print"})

# It returns (the class itself, as there need not be a `return`), raises, or that is not clear.
Following = type[cst.Return] | cst.Raise | None


def following(place: Place) -> Following:
    """What a function does right after a statement of it, logging left out."""
    function = place.function
    if function is None or function.node is None or place.statement is None:
        return None
    for rest, owner in _after(function.node.body.body, place.statement, None):
        for statement in _flat(rest):
            if isinstance(statement, cst.Return):
                return cst.Return
            if isinstance(statement, cst.Raise):
                return statement
            if not _only_logs(statement):
                return None
        if isinstance(owner, (cst.For, cst.While)):
            return None
        if isinstance(owner, (cst.Try, cst.TryStar)) and (owner.finalbody or owner.orelse):
            return None
    return cst.Return


def _after(
    statements: Sequence[cst.CSTNode], wanted: cst.CSTNode, owner: cst.CSTNode | None
) -> list[tuple[Sequence[cst.CSTNode], cst.CSTNode | None]]:
    """What follows `wanted` in each block around it, innermost first, and whose block that is."""
    every = _flat(statements)
    for position, statement in enumerate(every):
        rest = every[position + 1 :]
        if statement is wanted:
            return [(rest, owner)]
        for block in _blocks(statement):
            found = _after(block.body, wanted, statement)
            if found:
                return [*found, (rest, owner)]
    return []


def _flat(statements: Sequence[cst.CSTNode]) -> list[cst.CSTNode]:
    flat: list[cst.CSTNode] = []
    for line in statements:
        flat.extend(line.body if isinstance(line, cst.SimpleStatementLine) else (line,))
    return flat


def _blocks(statement: cst.CSTNode) -> Iterator[cst.BaseSuite]:
    if isinstance(statement, (cst.FunctionDef, cst.ClassDef)):
        return
    for name in ("body", "orelse", "finalbody"):
        part = getattr(statement, name, None)
        if isinstance(part, cst.BaseSuite):
            yield part
        elif isinstance(part, cst.If):
            yield from _blocks(part)
        elif isinstance(part, (cst.Else, cst.Finally)):
            yield part.body
    for handler in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield handler.body


def _only_logs(statement: cst.CSTNode) -> bool:
    if isinstance(statement, cst.Pass):
        return True
    if not isinstance(statement, cst.Expr):
        return False
    if isinstance(statement.value, (cst.SimpleString, cst.ConcatenatedString)):
        return True
    if not isinstance(statement.value, cst.Call):
        return False
    called = statement.value.func
    name = called.attr if isinstance(called, cst.Attribute) else called
    return isinstance(name, cst.Name) and name.value in _LOGGING

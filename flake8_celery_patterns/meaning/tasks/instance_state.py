"""What a task's body does to attributes of its `self`: what is set, and read before it is set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import libcst as cst

from flake8_celery_patterns.source.walk import children

# What every task has of its own for each message, or never changes.
_NOT_STATE = frozenset({"app", "backend", "name", "request"})
_GROWING = frozenset({"append", "extend", "insert"})
State = frozenset[str]


@dataclass(slots=True)
class InstanceState:
    """Attributes of `self` in one run of a body, by name.

    `written`: where each is set first; `early`: those that are read where this run may not have
    set them; `counted`: those that are changed from what they were (`self.n += 1`); `guarded`:
    those that are set only after a look at what there is; `unclear`: those set in functions
    within, or deleted; `grown`: where something is added to the list that one holds; `leading`:
    those that are set before anything can fail.
    """

    written: dict[str, cst.Attribute] = field(default_factory=dict)
    early: set[str] = field(default_factory=set)
    counted: set[str] = field(default_factory=set)
    guarded: set[str] = field(default_factory=set)
    unclear: set[str] = field(default_factory=set)
    grown: dict[str, cst.Attribute] = field(default_factory=dict)
    leading: set[str] = field(default_factory=set)


def instance_state(body: cst.BaseSuite, name: str) -> InstanceState:
    """What `body` does to the attributes of the variable `name`, which is its task."""
    walk = _Walk(name)
    walk.block(body.body, frozenset())
    walk.found.leading = _leading(body, name)
    return walk.found


def attributes_set(node: cst.CSTNode, name: str) -> set[str]:
    """The attributes of `name` that are set or deleted anywhere below a node."""
    found: set[str] = set()
    for current in _everything(node):
        targets: list[cst.CSTNode] = []
        if isinstance(current, (cst.AssignTarget, cst.AugAssign, cst.AnnAssign, cst.Del)):
            targets = [current.target]
        while targets:
            target = targets.pop()
            if isinstance(target, (cst.Tuple, cst.List)):
                targets.extend(element.value for element in target.elements)
            elif isinstance(target, cst.Subscript):
                targets.append(target.value)
            elif _is_of(target, name):
                assert isinstance(target, cst.Attribute)
                found.add(target.attr.value)
    return found


def attributes_read(node: cst.CSTNode, name: str) -> set[str]:
    """The attributes of `name` that are mentioned anywhere below a node, texts included."""
    found: set[str] = set()
    for current in _everything(node):
        if type(current) is cst.Attribute and _is_of(current, name):
            found.add(current.attr.value)
        elif type(current) is cst.SimpleString:
            found.add(current.value.strip("\"'"))
    return found


def _everything(node: cst.CSTNode) -> list[cst.CSTNode]:
    found: list[cst.CSTNode] = []
    stack = [node]
    while stack:
        current = stack.pop()
        found.append(current)
        stack.extend(children(current))
    return found


def _is_of(node: cst.CSTNode, name: str) -> bool:
    return (
        isinstance(node, cst.Attribute)
        and isinstance(node.value, cst.Name)
        and node.value.value == name
    )


def _leading(body: cst.BaseSuite, name: str) -> set[str]:
    """What the first statements set to a name or a constant: that cannot fail."""
    found: set[str] = set()
    for line in body.body:
        for small in line.body if isinstance(line, cst.SimpleStatementLine) else (line,):
            if isinstance(small, cst.Expr) and isinstance(small.value, cst.SimpleString):
                continue
            if not isinstance(small, cst.Assign):
                return found
            if not isinstance(small.value, (cst.Name, cst.SimpleString, cst.Integer, cst.List)):
                return found
            found |= attributes_set(small, name)
    return found


class _Walk:
    """Goes through a body in order; what is passed along is what this run has certainly set."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._tested: set[str] = set()
        # What is set where each of the loops around is left by `break`, innermost last.
        self._breaks: list[list[State | None]] = []
        self.found = InstanceState()

    def block(self, statements: Sequence[cst.CSTNode], state: State) -> State | None:
        """What is set after the statements; None if they do not end."""
        after: State | None = state
        for statement in statements:
            if after is None:
                break
            if isinstance(statement, cst.SimpleStatementLine):
                after = self.block(statement.body, after)
            else:
                after = self._statement(statement, after)
        return after

    def _statement(self, node: cst.CSTNode, state: State) -> State | None:
        if isinstance(node, cst.Assign):
            self._read(node.value, state)
            for target in node.targets:
                state = self._write(target.target, node.value, state)
            return state
        if isinstance(node, cst.AnnAssign):
            if node.value is None:
                return state
            self._read(node.value, state)
            return self._write(node.target, node.value, state)
        if isinstance(node, cst.AugAssign):
            self._read(node.value, state)
            if _is_of(node.target, self._name) and isinstance(node.target, cst.Attribute):
                if node.target.attr.value not in state:
                    self.found.counted.add(node.target.attr.value)
            self._read(node.target, state)
            return self._write(node.target, node.value, state)
        if isinstance(node, (cst.Return, cst.Raise, cst.Break, cst.Continue)):
            self._read(node, state)
            if isinstance(node, cst.Break) and self._breaks:
                self._breaks[-1].append(state)
            return None
        if isinstance(node, (cst.FunctionDef, cst.ClassDef, cst.Del)):
            self.found.unclear |= attributes_set(node, self._name)
            return state
        return self._compound(node, state)

    def _compound(self, node: cst.CSTNode, state: State) -> State | None:
        if isinstance(node, cst.If):
            self._read(node.test, state)
            before = set(self._tested)
            self._tested |= attributes_read(node.test, self._name) - _NOT_STATE
            ends = [self.block(node.body.body, state), self._else(node.orelse, state)]
            # `if self._client: return …`: all that follows has been looked at, too.
            self._tested = before if None not in ends else self._tested
            return _join(ends)
        if isinstance(node, (cst.For, cst.While)):
            self._read(node.iter if isinstance(node, cst.For) else node.test, state)
            inner = state
            if isinstance(node, cst.For):
                inner = self._write(node.target, node.iter, state)
            self._breaks.append([])
            self.block(node.body.body, inner)
            left = self._breaks.pop()
            if isinstance(node, cst.While) and _is_endless(node.test):
                return _join(left)
            return _join([state, self._else(node.orelse, state)])
        if isinstance(node, cst.With):
            for item in node.items:
                self._read(item.item, state)
            return self.block(node.body.body, state)
        if isinstance(node, (cst.Try, cst.TryStar)):
            return self._try(node, state)
        if isinstance(node, cst.Match):
            self._read(node.subject, state)
            ends = [self.block(case.body.body, state) for case in node.cases]
            return _join(ends if _takes_all(node.cases[-1]) else [state, *ends])
        self._read(node, state)
        return state

    def _else(self, node: cst.If | cst.Else | None, state: State) -> State | None:
        if isinstance(node, cst.If):
            return self._compound(node, state)
        return self.block(node.body.body, state) if isinstance(node, cst.Else) else state

    def _try(self, node: cst.Try | cst.TryStar, state: State) -> State | None:
        after = self.block(node.body.body, state)
        if after is not None:
            after = self._else(node.orelse, after)
        ends = [after]
        for handler in node.handlers:
            before = set(self._tested)
            # `except AttributeError: self._client = …` is a look at what there is.
            if handler.type is not None and _names_attribute_error(handler.type):
                self._tested.add("")
            ends.append(self.block(handler.body.body, state))
            self._tested = before
        joined = _join(ends)
        if node.finalbody is None:
            return joined
        final = self.block(node.finalbody.body.body, state)
        return None if joined is None or final is None else joined | final

    def _write(self, target: cst.CSTNode, value: cst.CSTNode, state: State) -> State:
        if isinstance(target, (cst.Tuple, cst.List)):
            for element in target.elements:
                state = self._write(element.value, value, state)
            return state
        if not isinstance(target, cst.Attribute) or not _is_of(target, self._name):
            self._read(target, state)
            return state
        name = target.attr.value
        self.found.written.setdefault(name, target)
        is_choice = isinstance(value, (cst.BooleanOperation, cst.IfExp))
        if self._tested or (is_choice and name in attributes_read(value, self._name)):
            self.found.guarded.add(name)
        return state | {name}

    def _read(self, node: cst.CSTNode, state: State) -> None:
        stack = [node]
        while stack:
            current = stack.pop()
            if type(current) in (cst.Lambda, cst.FunctionDef):
                continue
            if type(current) is cst.Call and isinstance(current.func, cst.Attribute):
                self._grow(current.func)
                if _is_of(current.func, self._name):
                    # A method of the task is not what a message leaves behind.
                    stack.extend(current.args)
                    continue
            if type(current) is cst.Call and isinstance(current.func, cst.Name):
                if current.func.value in ("getattr", "hasattr", "setattr", "vars"):
                    self.found.guarded |= attributes_read(current, self._name)
            if type(current) is cst.Attribute and _is_of(current, self._name):
                if current.attr.value not in state:
                    self.found.early.add(current.attr.value)
            stack.extend(children(current))

    def _grow(self, function: cst.Attribute) -> None:
        owner = function.value
        if isinstance(owner, cst.Attribute) and _is_of(owner, self._name):
            if function.attr.value in _GROWING:
                self.found.grown.setdefault(owner.attr.value, owner)


def _join(ends: list[State | None]) -> State | None:
    reached = [end for end in ends if end is not None]
    return frozenset.intersection(*reached) if reached else None


def _is_endless(test: cst.BaseExpression) -> bool:
    """`while True`, `while 1`."""
    return (isinstance(test, cst.Name) and test.value == "True") or (
        isinstance(test, cst.Integer) and test.evaluated_value != 0
    )


def _takes_all(case: cst.MatchCase) -> bool:
    """`case _:`, `case other:`."""
    pattern = case.pattern
    return case.guard is None and isinstance(pattern, cst.MatchAs) and pattern.pattern is None


def _names_attribute_error(node: cst.CSTNode) -> bool:
    return any(
        isinstance(found, cst.Name) and found.value in ("AttributeError", "Exception")
        for found in _everything(node)
    )

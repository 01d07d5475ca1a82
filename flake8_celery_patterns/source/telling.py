"""Names by which a file speaks of Celery without saying so: aliases, its own decorators, managers.

The limit of it: a decorator of the project that ends in one from another file, says nothing of
tasks itself, and is not used in its own file, is not seen to make tasks.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

_TELLING_VALUE = re.compile(r"celery|task", re.IGNORECASE)
# `shop.celery`, `shop.orders.tasks`; not a package of the project that is named after Celery.
_TELLING_MODULE = re.compile(
    r"(?:\A|\.)(?:celery(?:_?app|_?config)?|\w*tasks?)(?:\.|\Z)", re.IGNORECASE
)
_TELLING_BASE = re.compile(r"manager|query|task", re.IGNORECASE)
# What a function makes a global, and what is assigned to it.
_GLOBAL = re.compile(r"global[ \t]+([\w, \t]+)")
_ASSIGNED = r"{0}[ \t]*=[ \t]*([\w.]+)"
# Where a class is used as a manager.
_MANAGING = re.compile(
    r"\bobjects\s*=\s*(\w+)|\b(\w+)\.as_manager\b|\bfrom_queryset\s*\(\s*(\w+)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class TellingNames:
    """`values` finds a module-level name that stands for something of Celery (`app`, an alias).

    `classes` are the file's managers, querysets and task classes; `decorators` are the names that
    the file decorates functions with.
    """

    values: re.Pattern[str] | None
    classes: frozenset[str]
    decorators: frozenset[str]

    def tells(self, name: str) -> bool:
        """Whether a name says that it is of Celery, or stands for something that is."""
        known = self.values is not None and self.values.fullmatch(name) is not None
        return known or _TELLING_VALUE.search(name) is not None


def telling_names(text: str, tree: ast.Module) -> TellingNames:
    """The names of a file, whose standard library tree is `tree`."""
    names = _Names(text)
    names.block(tree.body)
    return names.found()


def last_name(node: ast.expr) -> str:
    """`c` of `a.b.c`, `c`, and of calls of them; "" for anything else."""
    target = node.func if isinstance(node, ast.Call) else node
    if isinstance(target, ast.Attribute):
        return target.attr
    return target.id if isinstance(target, ast.Name) else ""


class _Names:
    def __init__(self, text: str) -> None:
        self._text = text
        self._values: set[str] = set()
        self._decorators: set[str] = set()
        self._classes = {name for match in _MANAGING.findall(text) for name in match if name}

    def found(self) -> TellingNames:
        self._values.update(filter(self._is_given_by_a_function, self._globals()))
        # A name that says it itself is found without being known.
        values = sorted(name for name in self._values if not _TELLING_VALUE.search(name))
        pattern = re.compile(rf"\b(?:{'|'.join(values)})\b") if values else None
        return TellingNames(pattern, frozenset(self._classes), frozenset(self._decorators))

    def block(self, body: list[ast.stmt]) -> None:
        # A stack, since a chain of `elif` nests: one inside the other.
        stack = body[::-1]
        while stack:
            statement = stack.pop()
            if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._decorators.update(map(last_name, statement.decorator_list))
            elif isinstance(statement, ast.ClassDef):
                self._class(statement)
            elif isinstance(statement, ast.ImportFrom):
                self._import(statement)
            elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
                self._assignment(statement)
            else:
                for part in (*getattr(statement, "handlers", ()), statement):
                    for name in ("finalbody", "orelse", "body"):
                        stack += getattr(part, name, [])[::-1]

    def _globals(self) -> set[str]:
        return {name for names in _GLOBAL.findall(self._text) for name in re.findall(r"\w+", names)}

    def _is_given_by_a_function(self, name: str) -> bool:
        """Whether a global is somewhere made something of Celery: `app = Celery("shop")`."""
        values = re.findall(_ASSIGNED.format(name), self._text)
        words = [word for value in values for word in value.split(".")]
        return any(word in self._values or _TELLING_VALUE.search(word) for word in words)

    def _class(self, statement: ast.ClassDef) -> None:
        bases = {name for base in statement.bases for name in _names_in(base)}
        if bases & self._classes or any(map(_TELLING_BASE.search, bases)):
            self._classes.add(statement.name)
        for inner in statement.body:
            if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._decorators.update(map(last_name, inner.decorator_list))
            elif isinstance(inner, ast.ClassDef):
                self._class(inner)

    def _import(self, statement: ast.ImportFrom) -> None:
        module = statement.module or ""
        for alias in statement.names:
            bound = alias.asname or alias.name
            if bound == "*":
                continue
            if _TELLING_MODULE.search(module) or _TELLING_VALUE.search(alias.name):
                self._values.add(bound)
            if _TELLING_BASE.search(module) or _TELLING_BASE.search(alias.name):
                self._classes.add(bound)

    def _assignment(self, statement: ast.Assign | ast.AnnAssign) -> None:
        if statement.value is None or not self._speaks(statement.value):
            return
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        self._values.update(target.id for target in targets if isinstance(target, ast.Name))

    def _speaks(self, value: ast.expr) -> bool:
        """Whether a value is one of Celery: by the name of what is called, or of what it is."""
        return any(name in self._values or _TELLING_VALUE.search(name) for name in _names_in(value))


def _names_in(node: ast.expr) -> Iterator[str]:
    """The names in `a.b(c, d=e.f)[g]`; other literals are not looked into."""
    stack = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, ast.Name):
            yield current.id
        elif isinstance(current, ast.Attribute):
            yield current.attr
            stack.append(current.value)
        elif isinstance(current, ast.Call):
            stack.append(current.func)
            stack.extend(current.args)
        elif isinstance(current, ast.Subscript):
            stack.append(current.value)

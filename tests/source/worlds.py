"""A file's facts from its whole text and from its focused text, and what tells them apart."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

import libcst as cst

from flake8_celery_patterns.check import check
from flake8_celery_patterns.facts.expressions import Call, Name
from flake8_celery_patterns.facts.file import FileFacts, collect
from flake8_celery_patterns.facts.scopes import Binding, Class, Function, Import, Module, Scope
from flake8_celery_patterns.finding import Finding
from flake8_celery_patterns.meaning.flow.flow import followed
from flake8_celery_patterns.meaning.kinds import ClassKind
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.meaning.tasks.wrappers import OTHER_TASK_LIBRARIES, maker
from flake8_celery_patterns.project.project import Project, Source
from flake8_celery_patterns.reading import Opened
from flake8_celery_patterns.source.focus import focus
from flake8_celery_patterns.source.lines import split_lines
from flake8_celery_patterns.source.parse import Parsed, glimpsed, outline
from flake8_celery_patterns.source.parse import readable as making_readable
from flake8_celery_patterns.source.positions import Positions
from tests.source.light.shapes import shapes

_MODULE = ("settings", "configuring", "connections", "patched", "stars")
_HEADER = ("parameters", "decorators", "returns", "is_async")
_BODY = ("returned", "touched", "rebound", "is_generator")


@dataclass(frozen=True)
class World:
    """A file as one of the two readings shows it."""

    parsed: Parsed
    facts: FileFacts

    def findings(self, path: Path, project: Project) -> list[Finding]:
        with project.linting(path, self.facts.module) as source:
            opened = Opened(self.parsed, self.facts, source, Meaning(project, source))
            return list(check(opened)[0])

    def seen(self, path: Path, project: Project) -> list[Any]:
        """Tasks and dispatches by place: what rules are asked about, `except` clauses apart."""
        with project.linting(path, self.facts.module) as source:
            meaning = Meaning(project, source)
            return sorted([*self._tasks(source, meaning), *self._dispatches(source, meaning)])

    def _tasks(self, source: Source, meaning: Meaning) -> Iterator[tuple[Any, ...]]:
        for scope in self.facts.module.all_scopes():
            if isinstance(scope, (Function, Class)) and scope.node is not None:
                task = meaning.task(source, scope)
                if task is not None:
                    options = tuple(sorted(task.maker.options))
                    span = self.parsed.positions.span(scope.node.name)
                    yield span, "task", task.name, options, task.maker.is_open

    def _dispatches(self, source: Source, meaning: Meaning) -> Iterator[tuple[Any, ...]]:
        for place in self.facts.sending:
            for sent in followed(meaning, source, place, self.parsed.module):
                if not isinstance(sent, Dispatch):
                    continue
                kinds = tuple(type(value.kind).__name__ for value in sent.sent)
                assert sent.call.node is not None
                yield self.parsed.positions.span(sent.call.node), sent.form, sent.label, kinds


def whole(text: str) -> World:
    module = cst.parse_module(text)
    return World(Parsed(module, Positions(module, None)), collect(module))


def focused(text: str, *, outside: bool = False) -> World:
    kept = focus(text, split_lines(text), outline(text), outside=outside).text()
    module = cst.parse_module(kept.text)
    return World(Parsed(module, Positions(module, kept.line_map)), collect(module))


def light(text: str, *, outside: bool = False) -> World | None:
    """The reading without libcst's parser; None where there is none."""
    parsed = glimpsed(making_readable(text), outside=outside)
    return World(parsed, collect(parsed.module)) if parsed is not None else None


def unlike(before: World, after: World) -> Iterator[str]:
    """In what the light reading `after` differs from the same stretch of text read by libcst."""
    yield from differences(before, after)
    for field in fields(FileFacts):
        if _told(getattr(before.facts, field.name)) != _told(getattr(after.facts, field.name)):
            yield field.name
    yield from shapes(before.parsed.module, after.parsed.module)


def _told(value: Any) -> Any:
    """What facts say, for comparison: nodes by their type, scopes by their name."""
    if isinstance(value, cst.CSTNode):
        return type(value).__name__
    if isinstance(value, Scope):
        return type(value).__name__, value.name
    if isinstance(value, (tuple, list)):
        return [_told(item) for item in value]
    if is_dataclass(value):
        return type(value).__name__, [_told(getattr(value, f.name)) for f in fields(value)]
    return value


def differences(before: World, after: World) -> Iterator[str]:
    """What the focused reading `after` lost or changed of what anybody may ask."""
    for name in _MODULE:
        if getattr(before.facts.module, name) != getattr(after.facts.module, name):
            yield name
    if _libraries(before.facts.module) != _libraries(after.facts.module):
        yield "imported libraries"
    yield from _scopes(before.facts.module, after.facts.module, "")


def left_out(before: Scope, after: Scope) -> Iterator[Function]:
    """The functions of the whole reading whose bodies the focused one leaves out."""
    for name, bound in before.bindings.items():
        for one, other in zip(bound, after.bindings.get(name, ()), strict=False):
            if isinstance(one, Function) and isinstance(other, Function) and _is_stub(one, other):
                yield one
            elif isinstance(one, Scope) and isinstance(other, Scope):
                yield from left_out(one, other)


def matters(function: Function, world: World, path: Path, project: Project) -> str:
    """Why the body of a function should not have been left out; "" if it says nothing."""
    with project.linting(path, world.facts.module) as source:
        meaning = Meaning(project, source)
        if isinstance(function.parent, Module):
            where = meaning.lexical(source, function.parent)
            for used in (Name(function.name), Call(Name(function.name))):
                if maker(meaning, used, where) is not None:
                    return "makes tasks"
        if isinstance(function.parent, Class):
            family = meaning.ancestry(ClassKind(source, function.parent))
            bases = [base.rpartition(".")[2] for base in family.external]
            if function.returned and any("QuerySet" in b or "Manager" in b for b in bases):
                return "is a manager's method"
            if meaning.task(source, function.parent) is not None:
                return "is a task's method"
    return ""


def _libraries(module: Module) -> set[str]:
    tops = {
        binding.module.partition(".")[0]
        for scope in module.all_scopes()
        for bound in scope.bindings.values()
        for binding in bound
        if isinstance(binding, Import) and not binding.level
    }
    return tops & (OTHER_TASK_LIBRARIES | {"celery"})


def _scopes(before: Scope, after: Scope, path: str) -> Iterator[str]:
    if list(before.bindings) != list(after.bindings):
        yield f"names of {path or 'the module'}"
    for name, bound in before.bindings.items():
        others = after.bindings.get(name, ())
        if len(bound) != len(others):
            yield f"bindings of {path}.{name}"
        for one, other in zip(bound, others, strict=False):
            yield from _bindings(one, other, f"{path}.{name}")


def _bindings(one: Binding, other: Binding, path: str) -> Iterator[str]:
    if isinstance(one, Function) and isinstance(other, Function):
        names = _HEADER if _is_stub(one, other) else _HEADER + _BODY
        yield from (f"{n} of {path}" for n in names if getattr(one, n) != getattr(other, n))
        if not _is_stub(one, other):
            yield from _scopes(one, other, path)
    elif isinstance(one, Class) and isinstance(other, Class):
        if (one.arguments, one.decorators) != (other.arguments, other.decorators):
            yield f"header of {path}"
        yield from _scopes(one, other, path)
    elif one != other:
        yield f"{path}: {one} and not {other}"


def _is_stub(one: Function, other: Function) -> bool:
    assert one.node is not None
    assert other.node is not None
    return _is_pass(other.node) and not _is_pass(one.node)


def _is_pass(node: cst.FunctionDef) -> bool:
    body = node.body.body
    line = body[0] if len(body) == 1 else None
    return isinstance(line, cst.SimpleStatementLine) and isinstance(line.body[0], cst.Pass)


def readable(path: Path) -> str | None:
    """The text of a file that this Python and libcst can parse.

    libcst 1.9 knows no annotated name in parentheses: `(name): bool = True`.
    """
    text = path.read_bytes().decode("utf-8", "replace").removeprefix("\ufeff")
    try:
        ast.parse(text)
        cst.parse_module(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError, cst.ParserSyntaxError):
        return None
    return text

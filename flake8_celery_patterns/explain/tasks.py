"""Definitions: a task with its options and where they come from, or why something is none."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import libcst as cst

from flake8_celery_patterns.explain.told import Detail, Told
from flake8_celery_patterns.explain.view import View, is_whole, quoted, shortened, taken
from flake8_celery_patterns.facts.scopes import Class, Function
from flake8_celery_patterns.finding import Span
from flake8_celery_patterns.inventory.naming import registered_names
from flake8_celery_patterns.inventory.texts import written
from flake8_celery_patterns.meaning.kinds import ClassKind
from flake8_celery_patterns.meaning.names.classes import base_kinds
from flake8_celery_patterns.meaning.tasks.option_names import TASK_OPTIONS
from flake8_celery_patterns.meaning.tasks.tasks import Option, Task, is_bound, option, option_value

# Said of a task in lines of their own.
_TOLD = frozenset({"base", "bind", "name"})


def task(fact: Task, view: View) -> Told:
    """Tell of a task: its names, what it takes, and each option that anything gives it."""
    return Told("task", fact.name, heading(fact.definition, view), tuple(_task(fact, view)))


def _task(fact: Task, view: View) -> Iterator[Detail]:
    meaning = view.meaning
    names = registered_names(meaning, fact)
    yield Detail("name", " or ".join(names) or "not known: it is made when the program runs")
    bound = True if isinstance(fact.definition, Class) else is_bound(meaning, fact)
    if fact.run is not None:
        text = taken(fact.run, without_self=bool(bound))
        yield Detail(
            "takes", text if fact.keeps_signature else f"{text}, or what a decorator takes"
        )
    yield Detail("bound", {True: "yes", False: "no", None: "not known"}[bound])
    if fact.decorator is not None:
        yield Detail("made by", f"`@{written(fact.decorator)}`")
    if "base" in fact.maker.options:
        yield Detail("base", quoted(fact.maker.options["base"].expression))
    options = {name: option(meaning, fact, name) for name in sorted(TASK_OPTIONS - _TOLD)}
    for name, found in options.items():
        if found.given is not None:
            yield Detail(f"option {name}", _option(found, view))
    hidden = [name for name, found in options.items() if found.given is None and found.is_open]
    if hidden:
        which = "all others" if len(hidden) > 3 else ", ".join(hidden)
        yield Detail("not known", f"{which}: {_why_open(fact)}")


def _option(found: Option, view: View) -> str:
    """A value, and where it is written."""
    assert found.given is not None
    expression, source = found.given.expression, found.given.environment.source
    seen = option_value(view.meaning, found)
    text = written(expression)
    if not is_whole(seen):
        text = f"{text or 'a value'}, not seen in full"
    elif not _says(text, seen):
        text = f"{text}, which is {shortened(seen)}" if text else shortened(seen)
    if expression.node is not None:
        return f"{text} {view.line(expression.node)}"
    return f"{text} (from {view.shown(source.path)})"


def _says(text: str, seen: object) -> bool:
    """Whether a value is written out, with whatever quotes."""
    try:
        return bool(ast.literal_eval(text) == seen)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return False


def _why_open(fact: Task) -> str:
    if fact.maker.is_named:
        return "what a decorator of task-decorators gives its tasks is not followed"
    if fact.maker.is_open:
        return "its decorator may give more than the text shows"
    return "a class that it is made from could not be resolved, or gives a value that is not seen"


def function(fact: Function, view: View) -> Told | None:
    """Tell of a function that is no task, and what its decorators are."""
    source = view.opened.source
    if fact.node is None or view.meaning.task(source, fact) is not None:
        return None
    where = view.meaning.lexical(source, fact.parent or source.facts)
    details = [
        Detail(
            f"@{written(decorator)}",
            view.found(decorator, view.meaning.evaluate(decorator, where), fact.parent, where),
        )
        for decorator in fact.decorators
    ]
    why = "none of its decorators makes a task" if details else "it has no decorator"
    return Told("function", f"{fact.name} is no task: {why}", heading(fact, view), tuple(details))


def class_(fact: Class, view: View) -> Told | None:
    """Tell of a class that is no task: whether it is a model, and what its bases are."""
    source = view.opened.source
    if fact.node is None or view.meaning.task(source, fact) is not None:
        return None
    kind = ClassKind(source, fact)
    model = view.meaning.model(kind)
    what = f"a {model.orm} model" if model is not None else "neither a task nor a model"
    where = view.meaning.lexical(source, fact.parent or source.facts)
    bases = zip(fact.bases, base_kinds(view.meaning, kind), strict=False)
    details = tuple(
        Detail(f"base {written(base)}", view.found(base, found, fact.parent, where))
        for base, found in bases
    )
    return Told("class", f"{fact.name} is {what}", heading(fact, view), details)


def heading(scope: Function | Class, view: View) -> Span:
    """Give the lines of a definition without its body: decorators, name, parameters or bases."""
    node = scope.node
    assert node is not None
    name = view.span(node.name)
    parts: list[cst.CSTNode | None] = [decorator.decorator for decorator in node.decorators]
    if isinstance(scope, Class):
        parts += [argument.value.node for argument in scope.arguments]
    else:
        parts += [parameter.node for parameter in scope.parameters]
    spans = [name, *(view.span(part) for part in parts if part is not None)]
    last = max(spans, key=lambda span: span.end_line)
    return Span(min(span.line for span in spans), name.column, last.end_line, last.end_column)

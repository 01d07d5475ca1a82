"""Where tasks are named that nothing sends: whoever removes one should look there first."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from flake8_celery_patterns.inventory.entries import Key, Spot, Task
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.project.root import find_root
from flake8_celery_patterns.run.documents import document
from flake8_celery_patterns.run.result import Target
from flake8_celery_patterns.source.parse import outline

# Named so often, a name says nothing.
MOST = 20


def mentions(targets: Sequence[Target], tasks: Iterable[Task]) -> dict[Key, list[Spot]]:
    """Give the lines that name a task other than by defining or importing it, by task.

    Any variable or attribute counts that is called as the task's function is, and any string that
    is its function's name or the one that it is registered as. At most 20 a task; test code and
    notebooks are left out.
    """
    wanted: dict[str, list[Task]] = defaultdict(list)
    for task in tasks:
        for name in {task.function.rpartition(".")[2], *task.names}:
            wanted[name].append(task)
    found: dict[Key, list[Spot]] = defaultdict(list)
    for target, name, line in _named(targets, wanted.keys()) if wanted else ():
        for task in wanted[name]:
            spot = Spot(target.shown, line)
            if len(found[task.key]) < MOST and spot not in found[task.key]:
                found[task.key].append(spot)
    return dict(found)


def _named(targets: Sequence[Target], names: Iterable[str]) -> Iterator[tuple[Target, str, int]]:
    last_parts = {name.rpartition(".")[2] for name in names}
    words = re.compile(rb"\b(?:%s)\b" % b"|".join(re.escape(n.encode()) for n in last_parts))
    wanted = frozenset(names)
    for target in targets:
        if target.is_notebook or is_test_code(target.path, find_root(target.path)):
            continue
        try:
            content = target.read()
        except OSError:
            continue
        if words.search(content) is None:
            continue
        tree = outline(document(content, target.path).text)
        for name, line in _in_tree(tree) if tree is not None else ():
            if name in wanted:
                yield target, name, line


def _in_tree(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """The variables, attributes and strings of a module, but for those that only give a name."""
    naming = {id(part) for node in ast.walk(tree) for part in _naming(node)}
    for node in ast.walk(tree):
        if id(node) in naming:
            continue
        if isinstance(node, ast.Name):
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute):
            yield node.attr, node.lineno
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value, node.lineno


def _naming(node: ast.AST) -> Iterator[ast.AST]:
    """What stands in `__all__ = …`, in `@task(name=…)` and in `name = …` of a class."""
    if isinstance(node, ast.keyword) and node.arg == "name":
        yield node.value
    elif isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        if {"__all__", "name"} & {getattr(target, "id", "") for target in targets}:
            yield from ast.walk(node)

"""Whether anybody in the project can want the result of a task, by the text of all its files."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.source.parse import Unreadable, decode, outline

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

# Results that are asked for by id, looked through as a whole, or shown to somebody.
_ASKING = re.compile(
    rb"AsyncResult|GroupResult|ResultSet|TaskResult|django_celery_results|result_from_tuple"
    rb"|allow_join_result|\btask_success\b|\bdef on_success\b|\bget_task_meta\b|celery-task-meta"
    rb"|\bget_many\b|\.backend\.get|\bflower\b"
)
_SENDING = frozenset(
    {"apply_async", "apply_async_on_commit", "delay", "delay_on_commit", "send_task"}
)


def is_whole(meaning: Meaning) -> bool:
    """Whether all files of the project are in view, and none of them asks for results by id."""
    project = meaning.project
    if not project.tree.whole or meaning.source.path not in project.tree.python_files:
        return False
    asking = project.tree.matching(_ASKING, "asks for results")
    return not project.tree.unread and all(is_test_code(path, project.root) for path in asking)


def is_only_sent(meaning: Meaning, name: str) -> bool:
    """Whether every mention of a task's name is its definition, an import, or sends it for good."""
    tree = meaning.project.tree
    mentioning = tree.matching(re.compile(rf"\b{re.escape(name)}\b".encode()), f"mentions {name}")
    return not tree.unread and not any(
        name in _used(meaning, path)
        for path in mentioning
        if not is_test_code(path, meaning.project.root)
    )


def _used(meaning: Meaning, path: Path) -> frozenset[str]:
    """The names that a file uses for more than sending, each by its last part; "" for all."""
    project = meaning.project
    return project.remember(("used names", path), lambda: _read(project.content(path)))


class _Everything(frozenset[str]):
    def __contains__(self, name: object) -> bool:
        return True


def _read(content: bytes | None) -> frozenset[str]:
    try:
        tree = outline(decode(content)) if content is not None else None
    except Unreadable:
        tree = None
    if tree is None:
        return _Everything()
    return frozenset(_Uses(tree).names)


class _Uses(ast.NodeVisitor):
    """Collects names; what is allowed is left out before it is visited."""

    def __init__(self, tree: ast.Module) -> None:
        self.names: set[str] = set()
        self.visit(tree)

    def visit_Expr(self, node: ast.Expr) -> None:
        value = node.value.value if isinstance(node.value, ast.Await) else node.value
        if not (isinstance(value, ast.Call) and (self._sends(value) or self._defers(value))):
            self.visit(node.value)

    def _sends(self, call: ast.Call) -> bool:
        """`task.delay(…)`, `app.send_task("task", …)`: its arguments are visited."""
        function = call.func
        if not isinstance(function, ast.Attribute) or function.attr not in _SENDING:
            return False
        arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
        if function.attr == "send_task":
            arguments = arguments[1:]
        elif isinstance(function.value, ast.Attribute):
            self.visit(function.value.value)
        elif not isinstance(function.value, ast.Name):
            self.visit(function.value)
        for argument in arguments:
            self.visit(argument)
        return True

    def _defers(self, call: ast.Call) -> bool:
        """`on_commit(lambda: task.delay(…))`, `on_commit(partial(task.delay, …))`."""
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        name = call.func.id if isinstance(call.func, ast.Name) else name
        given = call.args[0] if call.args else None
        if name != "on_commit" or given is None:
            return False
        if isinstance(given, ast.Lambda):
            return isinstance(given.body, ast.Call) and self._sends(given.body)
        if isinstance(given, ast.Call) and given.args:
            later = ast.Call(given.args[0], given.args[1:], given.keywords)
            return self._sends(later)
        return self._sends(ast.Call(given, [], []))

    def visit_Name(self, node: ast.Name) -> None:
        self.names.add(node.id)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.names.add(node.attr)
        self.visit(node.value)

    def visit_alias(self, node: ast.alias) -> None:
        if node.asname is not None:
            self.names.add(node.name.rpartition(".")[2])

    def visit_keyword(self, node: ast.keyword) -> None:
        # `@app.task(name="…")` and `PeriodicTask(task="…")`.
        if node.arg not in ("name", "task") or not isinstance(node.value, ast.Constant):
            self.visit(node.value)

    def visit_Dict(self, node: ast.Dict) -> None:
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "task":
                # A schedule's entry: nobody gets the result of what beat sends.
                continue
            for part in (key, value):
                if part is not None:
                    self.visit(part)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and node.value.replace(".", "").isidentifier():
            self.names.add(node.value.rpartition(".")[2])

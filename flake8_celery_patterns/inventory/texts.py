"""How things are written, in one line: signatures, values of options, times of schedules."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.expressions import Expression, shown
from flake8_celery_patterns.source.parse import outline

if TYPE_CHECKING:
    import libcst as cst

    from flake8_celery_patterns.facts.scopes import Function

_LONGEST = 200


def written(expression: Expression) -> str:
    """Give an expression as it is written; "" for one of another file that is not a plain name.

    Longer than 200 characters, it is cut.
    """
    return _one_line(expression.node) if expression.node is not None else shown(expression)


def signature_text(function: Function) -> str:
    """Give the parameters of a function as they are written: `(self, order_id: int, *, x=1)`."""
    if function.node is None:
        return ""
    code = _code(function.node.params)
    if "\n" not in code:
        return f"({code})"
    # What is parsed and written anew has neither line ends nor comments.
    found = _parsed(f"def f({code}\n): ...")
    shown = ast.unparse(found.args) if isinstance(found, ast.FunctionDef) else _joined(code)
    return f"({shown})"


def _one_line(node: cst.CSTNode) -> str:
    code = _code(node)
    if "\n" in code:
        found = _parsed(f"({code}\n)")
        code = ast.unparse(found) if found is not None else _joined(code)
    return code if len(code) <= _LONGEST else f"{code[: _LONGEST - 3]}..."


def _parsed(text: str) -> ast.stmt | None:
    """The one statement of a text; None where this Python cannot read it."""
    tree = outline(text)
    return tree.body[0] if tree is not None else None


def _joined(code: str) -> str:
    return " ".join(code.split())


def _code(node: cst.CSTNode) -> str:
    import libcst as cst

    return cst.Module([]).code_for_node(node)

"""The same program in other clothes: what a text changes to, and where its places go."""

from __future__ import annotations

import ast

import libcst as cst

Place = tuple[int, int]


def with_comments(text: str) -> tuple[str, dict[int, int]]:
    """A blank line and a comment before each statement; old line numbers to new ones."""
    starts = _statement_lines(text)
    lines = text.split("\n")
    made: list[str] = []
    moved: dict[int, int] = {}
    for number, line in enumerate(lines, start=1):
        if number in starts:
            indent = line[: len(line) - len(line.lstrip())]
            made += ["", f"{indent}# celery: delay() shared_task"]
        made.append(line)
        moved[number] = len(made)
    return "\n".join(made), moved


def _statement_lines(text: str) -> set[int]:
    """The 1-based first lines of all statements, decorators included, `elif` left out."""
    lines = text.split("\n")
    found: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.stmt):
            decorators = getattr(node, "decorator_list", [])
            first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
            before = lines[first - 1][: node.col_offset]
            if not before.strip() and not lines[first - 1].lstrip().startswith("elif"):
                found.add(first)
    future = [n.lineno for n in ast.walk(ast.parse(text)) if isinstance(n, ast.ImportFrom)]
    return found - {line for line in future if "__future__" in lines[line - 1]}


EMOJI = '"😀 ß"; '


def with_wide_text(text: str) -> tuple[str, set[int]]:
    """A string of wide characters before each dispatch on its line; the lines that were changed."""
    lines = text.split("\n")
    changed: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            line = lines[node.lineno - 1]
            if not line[: node.col_offset].strip() and node.lineno not in changed:
                indent = line[: node.col_offset]
                lines[node.lineno - 1] = f"{indent}{EMOJI}{line[node.col_offset :]}"
                changed.add(node.lineno)
    return "\n".join(lines), changed


class _Imports(cst.CSTVisitor):
    """Collects what `from celery import …` brings under its own name."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def visit_ImportFrom(self, node: cst.ImportFrom) -> None:
        is_celery = isinstance(node.module, cst.Name) and node.module.value == "celery"
        if is_celery and not isinstance(node.names, cst.ImportStar):
            for alias in node.names:
                if alias.asname is None and isinstance(alias.name, cst.Name):
                    self.names.add(alias.name.value)


class _Renamer(cst.CSTTransformer):
    """Gives names imported from celery an alias, wherever they stand for what was imported."""

    def __init__(self, names: set[str]) -> None:
        self._names = names

    def leave_Name(self, original: cst.Name, updated: cst.Name) -> cst.Name:
        if updated.value in self._names:
            return updated.with_changes(value=f"{updated.value}_alias")
        return updated

    def leave_Attribute(self, original: cst.Attribute, updated: cst.Attribute) -> cst.Attribute:
        return updated.with_changes(attr=original.attr)

    def leave_Arg(self, original: cst.Arg, updated: cst.Arg) -> cst.Arg:
        return updated.with_changes(keyword=original.keyword)

    def leave_ImportFrom(self, original: cst.ImportFrom, updated: cst.ImportFrom) -> cst.ImportFrom:
        is_celery = isinstance(original.module, cst.Name) and original.module.value == "celery"
        if not is_celery or isinstance(original.names, cst.ImportStar):
            return original
        return original.with_changes(names=[self._alias(alias) for alias in original.names])

    def _alias(self, alias: cst.ImportAlias) -> cst.ImportAlias:
        if alias.asname is not None or not isinstance(alias.name, cst.Name):
            return alias
        one = cst.SimpleWhitespace(" ")
        name = cst.AsName(cst.Name(f"{alias.name.value}_alias"), one, one)
        return alias.with_changes(asname=name)

    def leave_Import(self, original: cst.Import, updated: cst.Import) -> cst.Import:
        return original


def with_aliases(text: str) -> str:
    """Every name imported from celery under another one; lines stay where they are."""
    module = cst.parse_module(text)
    imports = _Imports()
    module.visit(imports)
    tree = ast.parse(text)
    taken = {
        n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }
    defined = (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)
    taken |= {n.name for n in ast.walk(tree) if isinstance(n, defined)}
    # A string annotation or `__all__` speaks of the name itself.
    taken |= {str(n.value) for n in ast.walk(tree) if isinstance(n, ast.Constant)}
    if imports.names & taken:
        return text
    return module.visit(_Renamer(imports.names)).code

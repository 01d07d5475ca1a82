"""The collector of imports, one by one, for rules that judge what is imported."""

from __future__ import annotations

from dataclasses import dataclass

import libcst as cst

from flake8_celery_patterns.facts.definitions import module_name


@dataclass(frozen=True, slots=True)
class Importing:
    """`import module` (name None) or `from module import name`; `level` counts the leading dots.

    `bound` is the name it has in this file; `guarded`: it stands under an `if` or a `try`, so the
    program may go on without it. `node` is what names it: the module's name, or the one imported.
    `statement` is the whole `from … import …`.
    """

    module: str
    name: str | None
    level: int
    bound: str
    guarded: bool
    node: cst.BaseExpression
    statement: cst.ImportFrom | None = None


class Imports:
    """Collects every name that the file imports; star imports are left out."""

    def __init__(self) -> None:
        self.found: list[Importing] = []
        self._guards = 0

    def visit_Try(self, node: cst.Try) -> None:
        self._guards += 1

    def leave_Try(self, node: cst.Try) -> None:
        self._guards -= 1

    visit_If = visit_Try
    leave_If = leave_Try

    def visit_Import(self, node: cst.Import) -> None:
        for alias in node.names:
            full = module_name(alias.name)
            bound = module_name(alias.asname.name) if alias.asname else full.partition(".")[0]
            self.found.append(Importing(full, None, 0, bound, self._guards > 0, alias.name))

    def visit_ImportFrom(self, node: cst.ImportFrom) -> None:
        if isinstance(node.names, cst.ImportStar):
            return
        module, level = module_name(node.module), len(node.relative)
        for alias in node.names:
            name = module_name(alias.name)
            bound = module_name(alias.asname.name) if alias.asname else name
            guarded = self._guards > 0
            self.found.append(Importing(module, name, level, bound, guarded, alias.name, node))

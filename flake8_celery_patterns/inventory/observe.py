"""What one file says for the inventory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from flake8_celery_patterns import engine
from flake8_celery_patterns.facts.scopes import Import, Module
from flake8_celery_patterns.inventory.entries import Observed, Spot
from flake8_celery_patterns.inventory.followers import followers_in
from flake8_celery_patterns.inventory.schedules import schedules_in
from flake8_celery_patterns.inventory.senders import sent_in
from flake8_celery_patterns.inventory.tasks import tasks_of
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.flow.flow import followed
from flake8_celery_patterns.project.projects import project_for
from flake8_celery_patterns.project.root import find_root
from flake8_celery_patterns.reading import Opened, reading
from flake8_celery_patterns.run.documents import Document, document
from flake8_celery_patterns.settings import Values, settings_for
from flake8_celery_patterns.source import gate

if TYPE_CHECKING:
    import libcst as cst

    from flake8_celery_patterns.run.result import Target


def observed(target: Target, given: Values) -> Observed | None:
    """Give what a file says; None if it does not concern Celery, or is test code.

    `given`: the options of the command line. A file that cannot be read gives an error.
    Raises `SettingsError` for a wrong `[tool.celery-patterns]` of the file's project.
    """
    root = find_root(target.path)
    project = project_for(target.path, settings_for(root, given))
    if is_test_code(target.path, root):
        return None
    try:
        content = target.read()
    except OSError as error:
        return Observed(error=(Spot(target.shown, 1), f"cannot be read ({error.strerror})"))
    # Of a notebook, the code cells alone are looked at, as one text.
    shown = document(content, target.path) if target.is_notebook else None
    text = content if shown is None else shown.text
    if not engine.concerns_celery(text, target.path, project.settings):
        return None
    try:
        with reading(text, target.path, project) as opened:
            return _observed(opened, target, shown)
    except Exception as error:
        # One file must not end the user's whole run.
        if not gate.names_celery(text):
            return None
        fault = engine.unreadable(error)
        return Observed(error=(_spot(target, shown, fault.span.line), fault.message))


def _observed(opened: Opened, target: Target, shown: Document | None) -> Observed:
    def locate(node: cst.CSTNode) -> Spot:
        return _spot(target, shown, opened.parsed.positions.span(node).line)

    facts = list(_flow(opened))
    return Observed(
        tasks=tuple(tasks_of(opened, locate)),
        sent=tuple(sent_in(opened, facts, locate)),
        schedules=tuple(schedules_in(opened, locate)),
        followers=tuple(dict.fromkeys(followers_in(opened, facts, locate))),
        imported=frozenset(_imported(opened.source.facts)),
    )


def _spot(target: Target, shown: Document | None, line: int) -> Spot:
    cell, line = shown.place(line) if shown is not None else (None, line)
    return Spot(target.shown, line, cell)


def _flow(opened: Opened) -> Iterator[object]:
    """What the functions of a file do that send, and the module itself."""
    for place in opened.facts.sending:
        yield from followed(opened.meaning, opened.source, place, opened.parsed.module)


def _imported(module: Module) -> Iterator[str]:
    """The absolute names that a file imports, wherever the import stands."""
    for scope in module.all_scopes():
        for bindings in scope.bindings.values():
            for binding in bindings:
                if isinstance(binding, Import) and not binding.level:
                    yield binding.module
                    if binding.name is not None:
                        yield f"{binding.module}.{binding.name}"

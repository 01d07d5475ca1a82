"""One file of a run: read, linted, and what is not to be shown taken out."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import partial

from flake8_celery_patterns import engine, settings
from flake8_celery_patterns.engine import Examined
from flake8_celery_patterns.project import projects, root
from flake8_celery_patterns.project.project import Project
from flake8_celery_patterns.project.projects import project_for
from flake8_celery_patterns.project.root import find_root
from flake8_celery_patterns.project.stamps import settled
from flake8_celery_patterns.run.documents import document
from flake8_celery_patterns.run.kept import kept_of
from flake8_celery_patterns.run.notebooks import notebook
from flake8_celery_patterns.run.result import FileResult, Target
from flake8_celery_patterns.settings import Values, settings_for
from flake8_celery_patterns.source.gate import names_celery
from flake8_celery_patterns.source.parse import Unreadable
from flake8_celery_patterns.suppress.hiding import hide
from flake8_celery_patterns.suppress.noqa import Noqa
from flake8_celery_patterns.suppress.select import UNUSED_NOQA, Selector, selector_for
from flake8_celery_patterns.suppress.unused import may_have_unused, unused_noqa


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that concerns Celery and must be linted; `size` (bytes): about how long it takes."""

    target: Target
    size: int


def look(target: Target, given: Values) -> FileResult | Waiting | None:
    """Find out what there is to do for a file, without parsing it.

    None: nothing, it does not concern Celery. A result: it was linted earlier, and nothing that
    its findings rest on has changed; or it cannot be read. Raises `SettingsError`.
    """
    project = project_of(target, given)
    kept = kept_of(project)
    if target.content is not None:
        return Waiting(target, len(target.content))
    known = kept.contents.known(target.path)
    if known is None:
        try:
            before = settled(target.path)
            content = target.read()
        except (OSError, ValueError) as error:
            return _unreadable(target, error)
        concerned = _concerns_celery(target, content, project)
        known = kept.contents.note(target.path, content, before, concerned=concerned), concerned
    digest, concerned = known
    try:
        if not concerned:
            return _without_celery(target, project)
        examined = kept.find(target.path, digest)
        if examined is not None:
            return _finished(target, project, examined)
    except OSError as error:
        return _unreadable(target, error)
    return Waiting(target, _size(target))


def lint_target(target: Target, given: Values) -> FileResult | None:
    """Read and lint one file; None if it does not concern Celery.

    `given`: the options of the command line.
    Raises `SettingsError` for a wrong `[tool.celery-patterns]` of the file's project.
    """
    try:
        content = target.read()
    except OSError as error:
        return _unreadable(target, error)
    return lint_content(target, given, content)


def lint_content(target: Target, given: Values, content: bytes) -> FileResult | None:
    """Lint `content` as that of `target`, which is not opened; else as `lint_target`."""
    project = project_of(target, given)
    if not _concerns_celery(target, content, project):
        return _without_celery(target, project, content)
    examine = partial(_examined, target, content, project)
    examined = kept_of(project).content(target.path, content, examine)
    return _finished(target, project, examined, content)


def project_of(target: Target, given: Values) -> Project:
    """Give the project that a file belongs to. Raises `SettingsError`."""
    return project_for(target.path, settings_for(find_root(target.path), given))


def forget() -> None:
    """Drop all that this process remembers: what is asked next is read from disk again."""
    for forgotten in (projects.forget, root.forget, settings.forget, kept_of.cache_clear):
        forgotten()


def _source(target: Target, content: bytes) -> bytes | str:
    """Give what the engine takes. Raises `Unreadable` for a notebook that cannot be read."""
    return notebook(content).text if target.is_notebook else content


def _concerns_celery(target: Target, content: bytes, project: Project) -> bool:
    try:
        return engine.concerns_celery(_source(target, content), target.path, project.settings)
    except Unreadable:
        return names_celery(content)


def _examined(target: Target, content: bytes, project: Project) -> Examined:
    try:
        return engine.examine(_source(target, content), target.path, project)
    except Unreadable as error:
        return Examined((engine.unreadable(error),))


def _finished(
    target: Target, project: Project, examined: Examined, content: bytes | None = None
) -> FileResult:
    """Take out what is not selected, what a comment silences, and what is known already."""
    wants = partial(_selector(project).wants, path=target.path)
    found = [finding for finding in examined.findings if wants(finding.code)]
    if not found and not wants(UNUSED_NOQA):
        return FileResult(target, counts=examined.counts)
    if content is None:
        content = target.read()
    noqa = Noqa(document(content, target.path).text)
    found += [f for f in unused_noqa(noqa, found, wants) if not noqa.hides(f)]
    return replace(hide(target, found, noqa, project.settings), counts=examined.counts)


def _without_celery(
    target: Target, project: Project, content: bytes | None = None
) -> FileResult | None:
    """What there is to say of a file that does not concern Celery: a comment that hides nothing."""
    if not _selector(project).wants(UNUSED_NOQA, target.path):
        return None
    if content is None:
        content = target.read()
    if not may_have_unused(content):
        return None
    result = _finished(target, project, Examined(), content)
    return result if result.findings or result.known else None


def _unreadable(target: Target, error: Exception) -> FileResult:
    why = getattr(error, "strerror", None) or error
    reason = f"cannot be read ({why}): mend that, or exclude it"
    return FileResult(target, (engine.unreadable(Unreadable(reason)),))


def _size(target: Target) -> int:
    try:
        return os.stat(target.path).st_size
    except OSError:
        return 0


def _selector(project: Project) -> Selector:
    return selector_for(project.settings, project.root)

"""What has changed for messages between a project as it was and as it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from flake8_celery_patterns import engine
from flake8_celery_patterns.check import finding_of
from flake8_celery_patterns.finding import Finding, Span
from flake8_celery_patterns.history.changes import ParameterAdded, ParameterGone, TaskGone
from flake8_celery_patterns.history.differences import Added, Cause, causes
from flake8_celery_patterns.history.gone import Lost, lost, task_gone
from flake8_celery_patterns.history.known import KnownTask
from flake8_celery_patterns.history.past import Past
from flake8_celery_patterns.inventory.naming import registered_names
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.defined import dotted_name
from flake8_celery_patterns.meaning.tasks.signatures import Signature, signature_of
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.project.project import Project, Source
from flake8_celery_patterns.reading import Opened, reading
from flake8_celery_patterns.rules.registry import all_rules
from flake8_celery_patterns.source.parse import Unreadable

Fact = ParameterAdded | ParameterGone | TaskGone
_FIRST_LINE = Span(1, 0, 1, 0)


def compare(
    old: Project,
    new: Project,
    files: Mapping[Path, bytes | None],
    belongs: Callable[[Path], bool] = lambda path: True,
) -> dict[Path, list[Finding]]:
    """Give the findings of those of `files` that have some, in the order of their places.

    `old`: the project as it was, below a root of its own. `files`: files of `new`, absolute, each
    with its content where that is not what the disk has. What would stand in another file is left
    out. `belongs`: whether a file below the root of `new` is one of `new`, gone or not.
    """
    comparison = _Comparison(Past(old), new, belongs)
    found = {path: comparison.findings(path, content) for path, content in files.items()}
    return {path: findings for path, findings in found.items() if findings}


class _Comparison:
    def __init__(self, past: Past, new: Project, belongs: Callable[[Path], bool]) -> None:
        self._past = past
        self._new = new
        self._lost: dict[Path, list[Lost]] = defaultdict(list)
        for gone in lost(past, new, belongs):
            self._lost[gone.path].append(gone)

    def findings(self, path: Path, content: bytes | None) -> list[Finding]:
        """Give the findings of one file; none where it cannot be read, which linting says."""
        gone = self._lost.get(path, [])
        try:
            if not gone and not self._may_differ(path, content):
                return []
            text = path.read_bytes() if content is None else content
            with reading(text, path, self._new) as opened:
                found = {f for fact in self._facts(opened, gone) for f in _asked(fact, opened)}
        except (OSError, Unreadable):
            return []
        except Exception as error:
            # One file must not end the user's whole run.
            return [engine.unreadable(error)]
        return sorted(found, key=lambda finding: finding.sort_key)

    def _may_differ(self, path: Path, content: bytes | None) -> bool:
        """Whether a task of a file may take other arguments than it did; nothing is parsed anew."""
        if is_test_code(path, self._new.root) or path.suffix == ".ipynb":
            return False
        if content is not None:
            return engine.concerns_celery(content, path, self._new.settings)
        concerned = engine.concerns_celery(path.read_bytes(), path, self._new.settings)
        source = self._new.source(path) if concerned else None
        return source is not None and any(self._changed(Meaning(self._new, source), source))

    def _changed(
        self, meaning: Meaning, source: Source
    ) -> Iterator[tuple[Task, Signature, Signature, KnownTask]]:
        """The tasks of a file that take other arguments than they did, and what they took."""
        path = source.path.relative_to(self._new.root).as_posix()
        for task in meaning.task_names.tasks_of(source):
            names = registered_names(meaning, task)
            then = self._past.same(names, path, dotted_name(task.definition))
            before = then.signature if then is not None else None
            now = signature_of(meaning, task) if before is not None else None
            if then is not None and before is not None and now is not None:
                if _shape(before) != _shape(now):
                    yield task, before, now, then

    def _facts(self, opened: Opened, gone: list[Lost]) -> Iterator[Fact]:
        for task, before, now, then in self._changed(opened.meaning, opened.source):
            for cause, at in causes(before, now, self._past.sendings(then)).items():
                yield _fact(task, now, cause, at)
        for each in gone:
            yield task_gone(each, opened)


def _shape(signature: Signature) -> tuple[object, ...]:
    """What of a signature decides which arguments fit it."""
    every = (*signature.positional, *signature.keyword_only)
    taken = tuple((p.name, p.kind, p.default is None) for p in every)
    return taken, signature.takes_more, signature.takes_any


def _fact(task: Task, now: Signature, cause: Cause, at: str) -> Fact:
    named = {p.name: p for p in (*now.positional, *now.keyword_only)}
    if isinstance(cause, Added):
        parameter = named[cause.name]
        return ParameterAdded(task, parameter, cause.form, cause.displaced, at)
    return ParameterGone(task, cause.name, cause.form, named.get(cause.now), at)


def _asked(fact: Fact, opened: Opened) -> Iterator[Finding]:
    """What the rules say that listen to changes."""
    for rule in all_rules():
        if rule.listens_to is type(fact):
            for report in rule().check(fact, opened.meaning):
                found = finding_of(rule(), fact, report, opened)
                is_about_all = report.node is opened.parsed.module
                yield replace(found, span=_FIRST_LINE) if is_about_all else found

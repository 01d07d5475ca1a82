"""One line of a file: what was seen there, what was found, and what was not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flake8_celery_patterns import engine
from flake8_celery_patterns.check import facts_in, finding_of
from flake8_celery_patterns.explain.facts import told
from flake8_celery_patterns.explain.told import Told
from flake8_celery_patterns.explain.verdicts import verdict
from flake8_celery_patterns.explain.view import View
from flake8_celery_patterns.finding import Finding, Span
from flake8_celery_patterns.project.projects import project_for
from flake8_celery_patterns.project.root import find_root
from flake8_celery_patterns.reading import reading
from flake8_celery_patterns.reports.definitions import Definitions
from flake8_celery_patterns.rules.registry import all_rules
from flake8_celery_patterns.rules.rule import Rule
from flake8_celery_patterns.run.documents import Document, document
from flake8_celery_patterns.run.files import targets
from flake8_celery_patterns.run.lint import lint_content
from flake8_celery_patterns.run.result import Target
from flake8_celery_patterns.settings import Settings, Values, settings_for
from flake8_celery_patterns.suppress.select import Selector, selector_for

# A call inside a dispatch is told with it.
_LAST = "call"


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding, and what became of it (see `verdicts.verdict`)."""

    finding: Finding
    verdict: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What is known of one line.

    `line`: 1-based, of the linted text. `telling`: the first line that alone says that the file
    concerns Celery, None where none does; `concerned`: whether it is linted at all; `excluded`:
    whether a run over its folder leaves it out. `facts` are those that the line is a part of,
    `findings` those that begin or end there or span it, and those about these facts in other lines.
    `quiet` are the codes of the rules that were asked about these facts, are on, and found nothing.
    """

    target: Target
    line: int
    text: str
    root: Path
    concerned: bool
    excluded: bool
    telling: int | None = None
    facts: tuple[Told, ...] = ()
    findings: tuple[Judged, ...] = ()
    quiet: tuple[str, ...] = ()


def explain(target: Target, line: int, given: Values, folder: Path) -> Explanation:
    """Explain a line of a file, by the facts of the engine itself.

    `line`: 1-based, of the text that is linted. `given`: the options of the command line.
    `folder`: absolute, what paths are shown relative to.
    Raises OSError for a file that cannot be read, IndexError for a line that it does not have,
    `SettingsError` for a wrong `[tool.celery-patterns]` of its project.
    """
    content = target.read()
    root = find_root(target.path)
    settings = settings_for(root, given)
    shown = document(content, target.path)
    lines = shown.lines
    if not 1 <= line <= len(lines):
        raise IndexError(len(lines))
    text = lines[line - 1].rstrip("\r\n")
    result = lint_content(target, given, content)
    excluded = not targets((str(target.path),), given, folder=folder, force_exclude=True)
    if result is None:
        return Explanation(target, line, text, root, concerned=False, excluded=excluded)
    seen = _Seen(target, line, settings, folder)
    if not any(finding.code == engine.UNREADABLE for finding in result.every):
        seen.look(shown)
    for finding in result.every:
        seen.add(finding)
    judged = (Judged(f, verdict(f, result, settings)) for f in seen.findings)
    return Explanation(
        target,
        line,
        text,
        root,
        concerned=True,
        excluded=excluded,
        telling=_telling(lines, settings),
        facts=tuple(sorted(seen.told, key=_order)),
        findings=tuple(sorted(judged, key=lambda each: each.finding.sort_key)),
        quiet=seen.quiet(selector_for(settings, root)),
    )


def _telling(lines: Sequence[str], settings: Settings) -> int | None:
    """The first line that is enough for the gate, in a file whose name says nothing."""
    nameless = Path("module.py")
    for number, line in enumerate(lines, start=1):
        if engine.concerns_celery(line, nameless, settings):
            return number
    return None


def _order(fact: Told) -> tuple[bool, int, int]:
    return fact.what == _LAST, fact.span.line, fact.span.column


class _Seen:
    """What concerns one line of a file, collected."""

    def __init__(self, target: Target, line: int, settings: Settings, folder: Path) -> None:
        self._target = target
        self._line = line
        self._settings = settings
        self._definitions = Definitions(folder)
        self._asked: set[str] = set()
        self.told: list[Told] = []
        self.findings: set[Finding] = set()

    def look(self, shown: Document) -> None:
        """Ask every rule about every fact, as `check` does, and keep what concerns the line."""
        project = project_for(self._target.path, self._settings)
        rules: list[Rule[Any]] = [rule() for rule in all_rules()]
        with reading(shown.text, self._target.path, project) as opened:
            view = View(opened, self._definitions, shown)
            for fact in facts_in(opened):
                listening = [r for r in rules if issubclass(type(fact), r.listens_to)]
                findings = [
                    finding_of(rule, fact, report, opened)
                    for rule in listening
                    for report in rule.check(fact, opened.meaning)
                ]
                found = told(fact, view)
                if found is not None and self._is_here(found.span):
                    self.told.append(found)
                    self._asked |= {rule.code for rule in listening}
                    self.findings.update(findings)
                for finding in findings:
                    self.add(finding)
        self.told = list(_without_doubles(self.told))

    def add(self, finding: Finding) -> None:
        """Keep a finding if it stands in the line, or says that no line could be read."""
        if self._is_here(finding.span) or finding.code == engine.UNREADABLE:
            self.findings.add(finding)

    def quiet(self, selector: Selector) -> tuple[str, ...]:
        """The codes that would have been shown and were not found."""
        codes = self._asked - {finding.code for finding in self.findings}
        return tuple(c for c in sorted(codes) if selector.wants(c, self._target.path))

    def _is_here(self, span: Span) -> bool:
        return span.line <= self._line <= span.end_line


def _without_doubles(facts: list[Told]) -> Iterator[Told]:
    """A dispatch is a call too: it is told once."""
    dispatched = {fact.span for fact in facts if fact.what in ("dispatch", "signature")}
    for fact in facts:
        if fact.what != _LAST or fact.span not in dispatched:
            yield fact

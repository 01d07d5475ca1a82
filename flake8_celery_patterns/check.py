"""Asking every rule about every fact of a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flake8_celery_patterns.facts.file import FileFacts
from flake8_celery_patterns.facts.scopes import Class, Function
from flake8_celery_patterns.finding import Finding
from flake8_celery_patterns.meaning.flow import dispatches
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks import Task
from flake8_celery_patterns.project.project import Project, Source
from flake8_celery_patterns.rules.registry import all_rules
from flake8_celery_patterns.rules.rule import Report
from flake8_celery_patterns.source.parse import Parsed


def check(parsed: Parsed, facts: FileFacts, source: Source, project: Project) -> list[Finding]:
    """The findings of a parsed file, in the order of their places."""
    meaning = Meaning(project, source)
    rules = [rule() for rule in all_rules()]
    findings: set[Finding] = set()
    for fact in _facts(parsed, facts, source, meaning):
        for rule in rules:
            if isinstance(fact, rule.listens_to):
                for report in rule.check(fact, meaning):
                    findings.add(_finding(rule.code, report, parsed))
    return sorted(findings, key=lambda finding: finding.sort_key)


def _facts(parsed: Parsed, facts: FileFacts, source: Source, meaning: Meaning) -> Iterator[Any]:
    """What rules can listen to: tasks, dispatches, `except` clauses."""
    yield from _tasks(source, meaning)
    for place in facts.sending:
        yield from dispatches(meaning, source, place, parsed.module)
    yield from facts.handlers


def _tasks(source: Source, meaning: Meaning) -> Iterator[Task]:
    for scope in source.facts.all_scopes():
        if isinstance(scope, (Function, Class)):
            task = meaning.task(source, scope)
            if task is not None:
                yield task


def _finding(code: str, report: Report, parsed: Parsed) -> Finding:
    fix = report.fix.fix(parsed.positions) if report.fix is not None else None
    return Finding(parsed.positions.span(report.node), code, report.message, fix)

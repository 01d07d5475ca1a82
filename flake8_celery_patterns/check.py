"""Asking every rule about every fact of a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flake8_celery_patterns.facts.file import FileFacts
from flake8_celery_patterns.facts.scopes import Class, Function
from flake8_celery_patterns.finding import Finding
from flake8_celery_patterns.meaning.flow.flow import followed
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.schedules.entries import scheduled
from flake8_celery_patterns.meaning.settings.written import idle, written
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.project.project import Project, Source
from flake8_celery_patterns.rules.registry import all_rules
from flake8_celery_patterns.rules.rule import Report, Rule
from flake8_celery_patterns.source.parse import Parsed
from flake8_celery_patterns.suppress.select import opinion_allowed


def check(parsed: Parsed, facts: FileFacts, source: Source, project: Project) -> list[Finding]:
    """The findings of a parsed file, in the order of their places.

    An opinion that the user did not name is not even asked: it costs nothing.
    """
    meaning = Meaning(project, source)
    named = project.settings.select, project.settings.extend_select
    rules = [rule() for rule in all_rules() if opinion_allowed(rule.code, *named)]
    listening: dict[type, list[Rule[Any]]] = {}
    findings: set[Finding] = set()
    for fact in _facts(parsed, facts, source, meaning):
        kind = type(fact)
        if kind not in listening:
            listening[kind] = [rule for rule in rules if issubclass(kind, rule.listens_to)]
        for rule in listening[kind]:
            for report in rule.check(fact, meaning):
                findings.add(_finding(rule.code, report, parsed))
    return sorted(findings, key=lambda finding: finding.sort_key)


def _facts(parsed: Parsed, facts: FileFacts, source: Source, meaning: Meaning) -> Iterator[Any]:
    """What rules can listen to: definitions, tasks, what functions do, handlers, imports."""
    tasks = list(_tasks(source, meaning))
    yield from source.facts.all_scopes()
    yield from tasks
    for place in dict.fromkeys((*facts.sending, *map(_outermost, _functions(tasks)))):
        yield from followed(meaning, source, place, parsed.module)
    yield from facts.handlers
    yield from facts.imports
    yield from facts.configuring
    yield from written(meaning, facts)
    yield from idle(meaning, facts)
    changed = facts.changes_schedule
    yield from scheduled(meaning, facts.planned, facts.making, changed=changed)


def _tasks(source: Source, meaning: Meaning) -> Iterator[Task]:
    for scope in source.facts.all_scopes():
        if isinstance(scope, (Function, Class)):
            task = meaning.task(source, scope)
            if task is not None:
                yield task


def _functions(tasks: list[Task]) -> Iterator[Function]:
    return (task.run for task in tasks if task.run is not None)


def _outermost(function: Function) -> Function:
    return [scope for scope in function.enclosing() if isinstance(scope, Function)][-1]


def _finding(code: str, report: Report, parsed: Parsed) -> Finding:
    fix = report.fix.fix(parsed.positions) if report.fix is not None else None
    return Finding(parsed.positions.span(report.node), code, report.message, fix)

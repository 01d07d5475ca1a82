"""Asking every rule about every fact of a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flake8_celery_patterns.facts.scopes import Class, Function
from flake8_celery_patterns.finding import Counts, Definition, Finding, one_line
from flake8_celery_patterns.meaning.flow.flow import followed
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.defined import defined
from flake8_celery_patterns.meaning.schedules.entries import scheduled
from flake8_celery_patterns.meaning.settings.written import idle, written
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.project.project import Project, Source
from flake8_celery_patterns.reading import Opened, opening
from flake8_celery_patterns.rules.registry import all_rules
from flake8_celery_patterns.rules.rule import Report, Rule
from flake8_celery_patterns.source.parse import Readable, glimpsed
from flake8_celery_patterns.suppress.select import selected


def glance(
    text: Readable, path: Path, project: Project
) -> tuple[tuple[Finding, ...], Counts] | None:
    """As `check`, from the light tree of a text: that spares the parse by libcst.

    None where there is no such tree, or somebody looks at what it lacks and cannot be given.
    """
    try:
        parsed = glimpsed(text)
        if parsed is None:
            return None
        with opening(parsed, path, project) as opened:
            return check(opened)
    except Exception:
        # Whatever it is, it comes again where the tree is libcst's own, and is reported there.
        return None


def check(opened: Opened) -> tuple[tuple[Finding, ...], Counts]:
    """The findings of a file that is open, in the order of their places, and what was looked at.

    A rule that the user's selectors leave out is not even asked: it costs nothing.
    """
    settings = opened.meaning.project.settings
    rules = [rule() for rule in all_rules() if selected(rule.code, settings)]
    listening: dict[type, list[Rule[Any]]] = {}
    findings: set[Finding] = set()
    counts = Counts()
    for fact in facts_in(opened):
        kind = type(fact)
        counts += _counted(fact)
        if kind not in listening:
            listening[kind] = [rule for rule in rules if issubclass(kind, rule.listens_to)]
        for rule in listening[kind]:
            try:
                for report in rule.check(fact, opened.meaning):
                    findings.add(finding_of(rule, fact, report, opened))
            except AttributeError as error:
                findings.update(_found_later(rule, fact, opened, error))
    return tuple(sorted(findings, key=lambda finding: finding.sort_key)), counts


def _found_later(
    rule: Rule[Any], fact: object, opened: Opened, error: AttributeError
) -> list[Finding]:
    """What a rule reports about a fact once the nodes of a light tree have what it looks at."""
    while opened.parsed.positions.complete(error.obj):
        try:
            reports = rule.check(fact, opened.meaning)
            return [finding_of(rule, fact, report, opened) for report in reports]
        except AttributeError as another:
            error = another
    raise error


def finding_of(rule: Rule[Any], fact: object, report: Report, opened: Opened) -> Finding:
    """The finding that a rule's report about a fact of a file is."""
    positions = opened.parsed.positions
    fix = report.fix.fix(positions) if report.fix is not None else None
    message, related = one_line(report.message), _related(fact, report, opened.source)
    return Finding(positions.span(report.node), rule.code, message, fix, related)


def _counted(fact: object) -> Counts:
    if isinstance(fact, Task):
        return Counts(tasks=1)
    if isinstance(fact, Dispatch):
        return Counts(dispatches=1, resolved=int(fact.task is not None))
    return Counts()


def _related(fact: object, report: Report, source: Source) -> tuple[Definition, ...]:
    """The task that was sent work, and what else the rule speaks of, where other files hold it."""
    about = list(report.about)
    if isinstance(fact, Dispatch) and fact.task is not None:
        about.insert(0, defined(fact.task.source, fact.task.definition, "task"))
    return tuple(dict.fromkeys(other for other in about if other.path != source.path))


def facts_in(opened: Opened) -> Iterator[Any]:
    """What rules can listen to: definitions, tasks, what functions do, handlers, imports."""
    facts, source, meaning = opened.facts, opened.source, opened.meaning
    tasks = list(_tasks(source, meaning))
    yield from source.facts.all_scopes()
    yield from tasks
    for place in dict.fromkeys((*facts.sending, *map(_outermost, _functions(tasks)))):
        yield from followed(meaning, source, place, opened.parsed.module)
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

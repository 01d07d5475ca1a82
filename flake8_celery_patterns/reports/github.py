"""Annotations of GitHub Actions: workflow commands, which a step's output is searched for.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands; what is
escaped is in `ActionCommand.cs` of github.com/actions/runner.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TextIO

from flake8_celery_patterns.finding import Finding
from flake8_celery_patterns.reports.concise import place
from flake8_celery_patterns.reports.places import checkout, region
from flake8_celery_patterns.reports.rating import severity_of
from flake8_celery_patterns.reports.valid import valid
from flake8_celery_patterns.rules.listed import names
from flake8_celery_patterns.run.result import FileResult, Run, path_from

# In the order in which they are written: GitHub shows the first of each that a step gives.
_LEVELS = {"error": "error", "warning": "warning", "info": "notice"}
_SHOWN = 10
_IN_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTY = str.maketrans(
    {"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"},
)


def write(run: Run, out: TextIO) -> None:
    """Write a command for each finding, the worst first, and say if GitHub will not show all.

    Paths are relative to the folder with `.git`, as GitHub names files.
    """
    top = checkout(run.folder)
    commands: dict[str, list[str]] = {level: [] for level in _LEVELS.values()}
    for result in run.results:
        path = path_from(top, result.target.path)
        for finding in result.findings:
            level = _LEVELS[severity_of(finding.code)]
            commands[level].append(_command(level, path, result, finding))
    for lines in commands.values():
        out.writelines(f"{line}\n" for line in lines)
    counts = {level: len(lines) for level, lines in commands.items()}
    if any(count > _SHOWN for count in counts.values()):
        out.write(_cut_short(counts))


def _command(level: str, path: str, result: FileResult, finding: Finding) -> str:
    properties = {"title": f"{finding.code} {names()[finding.code]}", "file": path}
    where = place(result, finding.span.line, finding.span.column)
    if not result.target.is_notebook:
        properties |= _lines(result, finding)
    listed = ",".join(
        f"{key}={valid(value).translate(_IN_PROPERTY)}" for key, value in properties.items()
    )
    # GitHub's log shows nothing but the message.
    message = valid(f"{where}: {finding.code} {finding.message}").translate(_IN_DATA)
    return f"::{level} {listed}::{message}"


def _lines(result: FileResult, finding: Finding) -> Mapping[str, str]:
    where = region(result.document, finding.span)
    found = {"line": str(where.line), "endLine": str(where.end_line)}
    # The runner refuses columns where there is more than one line (`IssueCommandExtension`).
    if where.line == where.end_line:
        found |= {"col": str(where.column), "endColumn": str(where.end_column)}
    return found


def _cut_short(counts: Mapping[str, int]) -> str:
    named = ", ".join(f"{count} {level}s" for level, count in counts.items() if count)
    return f"GitHub shows {_SHOWN} annotations of each kind for a step; here are {named}.\n"

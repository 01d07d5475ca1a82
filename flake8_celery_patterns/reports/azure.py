"""Issues of Azure Pipelines: logging commands, which a step's output is searched for.

https://learn.microsoft.com/en-us/azure/devops/pipelines/scripts/logging-commands#logissue-log-an-error-or-warning
"""

from __future__ import annotations

import os
from typing import TextIO

from flake8_celery_patterns.finding import Finding
from flake8_celery_patterns.reports.places import file_region, told
from flake8_celery_patterns.reports.rating import severity_of
from flake8_celery_patterns.reports.valid import valid
from flake8_celery_patterns.run.result import FileResult, Run

# `escapedata` and `escape` in taskcommand.ts of github.com/microsoft/azure-pipelines-task-lib.
_IN_DATA = str.maketrans({"%": "%AZP25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTY = str.maketrans(
    {"%": "%AZP25", "\r": "%0D", "\n": "%0A", "]": "%5D", ";": "%3B"},
)


def write(run: Run, out: TextIO) -> None:
    """Write a command for each finding. Paths are absolute: the agent makes them relative."""
    for result in run.results:
        for finding in result.findings:
            out.write(f"{_command(result, finding)}\n")


def _command(result: FileResult, finding: Finding) -> str:
    where = file_region(result, finding.span)
    properties = {
        # It knows these two kinds.
        "type": "error" if severity_of(finding.code) == "error" else "warning",
        "sourcepath": os.fspath(result.target.path),
        "linenumber": str(where.line),
        "columnnumber": str(where.column),
        "code": finding.code,
    }
    listed = "".join(
        f"{key}={valid(value).translate(_IN_PROPERTY)};" for key, value in properties.items()
    )
    return f"##vso[task.logissue {listed}]{valid(told(result, finding)).translate(_IN_DATA)}"

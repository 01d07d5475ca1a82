"""What became of a finding: shown, or hidden, and by what."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from flake8_celery_patterns.finding import Finding
from flake8_celery_patterns.run.result import FileResult
from flake8_celery_patterns.settings import Settings
from flake8_celery_patterns.suppress.select import opinion_allowed, selected

SHOWN = "shown"


def verdict(finding: Finding, result: FileResult, settings: Settings) -> str:
    """Give "shown", or by what a finding of the file is hidden."""
    if finding in result.findings:
        return SHOWN
    if finding in result.silenced:
        return "hidden by a noqa comment"
    if finding in result.known:
        return f"hidden by the baseline {_name(settings.baseline)}"
    return _unselected(finding.code, settings)


def _name(baseline: Path | None) -> str:
    return baseline.name if baseline is not None else "file"


def _unselected(code: str, settings: Settings) -> str:
    if not opinion_allowed(code, settings.select, settings.extend_select):
        return f"off unless it is named: extend-select {code}"
    if selected(code, settings):
        return "hidden by per-file-ignores"
    if selected(code, replace(settings, ignore=(), extend_ignore=())):
        return "hidden by ignore"
    return "hidden: not in select"

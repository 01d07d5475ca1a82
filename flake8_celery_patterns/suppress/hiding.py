"""What of a file's findings is shown, and what a comment or the baseline hides."""

from __future__ import annotations

from collections.abc import Iterable

from flake8_celery_patterns.finding import Finding
from flake8_celery_patterns.run.result import FileResult, Target
from flake8_celery_patterns.settings import Settings
from flake8_celery_patterns.suppress.baseline import load
from flake8_celery_patterns.suppress.noqa import Noqa


def hide(target: Target, findings: Iterable[Finding], noqa: Noqa, settings: Settings) -> FileResult:
    """Give the result for the file `target`, in which `findings` were found; all are selected.

    `noqa`: the comments of its text. `settings`: those of its project. Raises `BaselineError`.
    """
    found = sorted(findings, key=lambda finding: finding.sort_key)
    hidden = noqa.hidden(found)
    result = FileResult(
        target,
        tuple(finding for finding in found if finding not in hidden),
        tuple(finding for finding in found if finding in hidden),
    )
    return load(settings.baseline).hold_back(result) if settings.baseline is not None else result

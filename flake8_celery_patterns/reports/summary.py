"""The end of a report for people: what was found, and what was looked at."""

from __future__ import annotations

from flake8_celery_patterns.reports.words import counted
from flake8_celery_patterns.run.result import Run


def summary(run: Run, *, fixed: int | None = None, unsafe: bool = False) -> str:
    """Say what a run found and looked at, in one to three lines without a line end.

    An empty result is told from one where there was nothing to look at. `fixed`: how many fixes
    were applied, None if the run was not to apply any; `run` is what was left then. `unsafe`:
    whether the run was to take unsafe fixes as well.
    """
    hints = [hint for hint in (_fixable(run, fixed, unsafe), _hidden(run)) if hint]
    return "\n".join((*hints, f"{_found(run, fixed)} {_looked_at(run)}".lstrip()))


def _found(run: Run, fixed: int | None) -> str:
    if fixed:
        left = f"{run.found:,}" if run.found else "none"
        return f"Fixed {counted(fixed, 'finding')}, {left} left."
    if run.found:
        return f"Found {counted(run.found, 'finding')}."
    return "No findings." if run.results else ""


def _looked_at(run: Run) -> str:
    seconds = f"{run.seconds:.{1 if run.seconds >= 1 else 2}f} s"
    if not run.results:
        if not run.files:
            return "There was no Python file to look at."
        what = (
            f"None of {run.files:,} files concerns"
            if run.files > 1
            else "The file does not concern"
        )
        return f"{what} Celery, {seconds}."
    counts = run.counts
    dispatches = counted(counts.dispatches, "dispatch", "dispatches")
    with_celery = f"{counted(len(run.results), 'file')} with Celery"
    return (
        f"Looked at {counted(counts.tasks, 'task')} and {dispatches}"
        f" ({counts.resolved:,} resolved) in {with_celery} ({run.files:,} in all), {seconds}."
    )


def _fixable(run: Run, fixed: int | None, unsafe: bool) -> str:
    """Say which fixes the run could have applied if it had been told to."""
    fixes = [f.fix for result in run.results for f in result.findings if f.fix]
    safe = sum(fix.safe for fix in fixes)
    rest = len(fixes) - safe
    simply = 0 if fixed is not None else safe + rest * unsafe
    unsafely = 0 if unsafe else rest
    parts = [f"[*] {simply:,} fixable with --fix"] if simply else []
    if unsafely:
        more = "more" if simply else "fixable"
        parts.append(f"{unsafely:,} {more} with --fix --unsafe-fixes")
    return f"{', '.join(parts)}." if parts else ""


def _hidden(run: Run) -> str:
    silenced = sum(len(result.silenced) for result in run.results)
    known = sum(len(result.known) for result in run.results)
    parts = []
    if silenced:
        parts.append(f"{silenced:,} silenced by noqa")
    if known:
        parts.append(f"{known:,} in the baseline")
    return f"Not shown: {', '.join(parts)}." if parts else ""

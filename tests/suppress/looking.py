"""Runs over small projects, for the tests of baselines."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import dedent

from flake8_celery_patterns.project.root import forget as forget_roots
from flake8_celery_patterns.run.files import targets
from flake8_celery_patterns.run.lint import lint_target
from flake8_celery_patterns.run.result import Run
from flake8_celery_patterns.settings import Values, forget
from flake8_celery_patterns.suppress.baselines import Extent


def write_project(root: Path, files: Mapping[str, str]) -> Path:
    """Write `files` (path to text, dedented) below `root`, and give `root`."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
    return root


def look(folder: Path, *names: str, given: Values = ()) -> Extent:
    """A run over `names` in `folder`, with what its baselines hold taken out."""
    forget_roots()
    forget()
    given = (("no-cache", True), *given)
    files = targets(names or (".",), given, folder=folder)
    linted = [lint_target(target, given) for target in files]
    results = tuple(result for result in linted if result is not None)
    return Extent(Run(results, len(files), 0.0, folder), files, names or (".",), given)


def shown(extent: Extent) -> list[str]:
    """What a run shows, as "path:line code"."""
    return [
        f"{result.target.shown}:{finding.span.line} {finding.code}"
        for result in extent.run.results
        for finding in result.findings
    ]

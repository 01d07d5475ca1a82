"""The baselines of a whole run: which entries are out of date, and writing them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from flake8_celery_patterns.engine import UNREADABLE
from flake8_celery_patterns.project.root import find_root, is_below
from flake8_celery_patterns.run.result import FileResult, Run, Target
from flake8_celery_patterns.settings import Settings, Values, settings_for
from flake8_celery_patterns.suppress.baseline import Baseline, BaselineError, Entry, load, save
from flake8_celery_patterns.suppress.select import COMPARED, selector_for


@dataclass(frozen=True)
class Extent:
    """How far a run reached: it does not speak of what it did not look at.

    `targets`: all files that were looked at. `names`: the paths on the command line, relative to
    the folder of the run. `given`: the options there. `compared`: whether the run compared with a
    git revision, which alone finds some codes.
    """

    run: Run
    targets: Sequence[Target]
    names: Sequence[str]
    given: Values
    compared: bool = False

    def covers(self, path: Path, code: str) -> bool:
        """Whether a finding with `code` in the file `path` (absolute) would have been seen.

        There is none in a file that is gone, if the run looked through the folder it was in. Of a
        file that cannot be read nothing is known.
        """
        if path not in self._looked_at and (os.path.lexists(path) or not self._is_in_folder(path)):
            return False
        if code in COMPARED and not self.compared:
            return False
        settings = self.settings(path)
        selects = selector_for(settings, find_root(path)).wants(code, path)
        return selects and path not in self._unreadable

    def settings(self, path: Path) -> Settings:
        """The settings for the file `path`."""
        return settings_for(find_root(path), self.given)

    @cached_property
    def folders(self) -> frozenset[Path]:
        """The folders that were looked through."""
        paths = (Path(os.path.normpath(self.run.folder / name)) for name in self.names)
        return frozenset(path for path in paths if path.is_dir())

    @cached_property
    def _looked_at(self) -> frozenset[Path]:
        return frozenset(target.path for target in self.targets)

    @cached_property
    def _unreadable(self) -> frozenset[Path]:
        return frozenset(
            result.target.path
            for result in self.run.results
            if any(f.code == UNREADABLE for f in result.every)
        )

    def _is_in_folder(self, path: Path) -> bool:
        return any(is_below(os.fspath(folder), os.fspath(path)) for folder in self.folders)


def baselines(extent: Extent) -> list[Baseline]:
    """Give the baselines of all projects that were looked at. Raises `BaselineError`."""
    folders = {target.path.parent for target in extent.targets} | extent.folders
    paths = {extent.settings(folder / "a.py").baseline for folder in folders}
    return [load(path) for path in sorted(path for path in paths if path is not None)]


def required(extent: Extent, to_do: str) -> list[Baseline]:
    """Give the baselines of a run. `to_do`: what for, a verb.

    Raises `BaselineError`, also if no project has a baseline.
    """
    found = baselines(extent)
    if not found:
        raise BaselineError(
            f"no baseline to {to_do}: name its file with --baseline FILE, or with baseline in "
            "[tool.celery-patterns]"
        )
    return found


def stale(extent: Extent) -> list[Baseline]:
    """Give the baselines of a run, each with those of its entries that no longer occur; none that
    has no such entry. Raises `BaselineError`."""
    found = []
    for baseline in baselines(extent):
        occurring: set[Entry] = set()
        for result in _results(baseline, extent):
            occurring.update(baseline.entries_for(result, result.known))
        gone = baseline.entries - occurring
        gone = frozenset(entry for entry in gone if _covers(baseline, extent, entry))
        if gone:
            found.append(replace(baseline, entries=gone))
    return found


def prune(out_of_date: Sequence[Baseline]) -> None:
    """Take entries that `stale` gave out of their files. Raises `BaselineError`."""
    for gone in out_of_date:
        baseline = load(gone.path)
        save(replace(baseline, entries=baseline.entries - gone.entries))


def write(extent: Extent) -> tuple[Run, list[Baseline]]:
    """Write all that a run found into the baselines of its projects.

    Entries that the run did not look at stay; a file that cannot be read is never known. Give the
    run with all these findings known, and the baselines. Raises `BaselineError`, also if no project
    has a baseline.
    """
    written = {old.path: _with_findings(old, extent) for old in required(extent, "write")}
    for baseline in written.values():
        save(baseline)
    results = []
    for result in extent.run.results:
        path = extent.settings(result.target.path).baseline
        results.append(written[path].hold_back(result) if path is not None else result)
    return replace(extent.run, results=tuple(results)), list(written.values())


def _with_findings(baseline: Baseline, extent: Extent) -> Baseline:
    entries = {entry for entry in baseline.entries if not _covers(baseline, extent, entry)}
    for result in _results(baseline, extent):
        # That a file is not linted must always be seen.
        found = [f for f in (*result.findings, *result.known) if f.code != UNREADABLE]
        entries.update(baseline.entries_for(result, found))
    return replace(baseline, entries=frozenset(entries))


def _results(baseline: Baseline, extent: Extent) -> Iterator[FileResult]:
    for result in extent.run.results:
        if extent.settings(result.target.path).baseline == baseline.path:
            yield result


def _covers(baseline: Baseline, extent: Extent, entry: Entry) -> bool:
    return extent.covers(baseline.file(entry), entry.code)

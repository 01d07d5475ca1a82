"""Findings that are known already: the file that holds them, and taking them out."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache
from pathlib import Path

from flake8_celery_patterns.finding import Finding
from flake8_celery_patterns.options import SettingsError, shown
from flake8_celery_patterns.run.result import FileResult
from flake8_celery_patterns.suppress.fingerprint import Scopes, fingerprints

VERSION = 1


class BaselineError(SettingsError):
    """A baseline that cannot be used. Its text is one line: which file, what is wrong, what to
    do."""


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """A finding that is known.

    `path`: of its file, relative to the folder of the baseline, with `/`, so that it matters
    neither where a run is started nor where the project lies. `function`: the dotted path of the
    class or function around, for the reader. `fingerprint`: see `fingerprints`; findings that are
    equal but for their line have different ones.
    """

    path: str
    code: str
    function: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the file `path` (absolute) holds."""

    path: Path
    entries: frozenset[Entry] = frozenset()

    def file(self, entry: Entry) -> Path:
        """The absolute path of the file that an entry is about."""
        return Path(os.path.normpath(self.path.parent / entry.path))

    def entries_for(self, result: FileResult, findings: Iterable[Finding]) -> Iterator[Entry]:
        """Give the entry of each of `findings`, which were found in the file of `result`."""
        asked = list(findings)
        path = os.path.relpath(result.target.path, self.path.parent).replace(os.sep, "/")
        scopes = Scopes(result.document.text)
        for finding, fingerprint in zip(asked, fingerprints(result, asked), strict=True):
            yield Entry(path, finding.code, scopes.around(finding.span.line), fingerprint)

    def hold_back(self, result: FileResult) -> FileResult:
        """Move from the findings of `result` to what is known all that stands in the baseline."""
        if not self.entries or not result.findings:
            return result
        entries = list(self.entries_for(result, result.findings))
        new = [f for f, entry in zip(result.findings, entries, strict=True) if entry not in self]
        known = [f for f, entry in zip(result.findings, entries, strict=True) if entry in self]
        return replace(result, findings=tuple(new), known=(*result.known, *known))

    def __contains__(self, entry: Entry) -> bool:
        return entry in self.entries


def load(path: Path) -> Baseline:
    """Read the baseline `path` (absolute); a file that is not there holds nothing.

    Raises `BaselineError`. What was read is remembered until the file changes.
    """
    try:
        status = path.stat()
        return _load(path, (status.st_mtime_ns, status.st_size, status.st_ino))
    except FileNotFoundError:
        return Baseline(path)
    except OSError as error:
        raise BaselineError(f"{path}: cannot be read: {error.strerror}") from None


def dumps(baseline: Baseline) -> str:
    """Give the text of a baseline's file: JSON, one finding a line, in the order of their paths."""
    lines = ",\n".join(f"    {json.dumps(asdict(entry))}" for entry in sorted(baseline.entries))
    listed = f"[\n{lines}\n  ]" if lines else "[]"
    return f'{{\n  "version": {VERSION},\n  "findings": {listed}\n}}\n'


def save(baseline: Baseline) -> None:
    """Write a baseline to its file, whole or not at all. Raises `BaselineError`."""
    from flake8_celery_patterns.run.writing import write_whole

    try:
        write_whole(baseline.path, dumps(baseline).encode())
    except OSError as error:
        raise BaselineError(f"{baseline.path}: cannot be written: {error.strerror}") from None


@lru_cache(maxsize=32)
def _load(path: Path, stamp: object) -> Baseline:
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise _unusable(path, "expected JSON") from None
    version = content.get("version") if isinstance(content, dict) else None
    if version != VERSION or isinstance(version, bool):
        found = "no version" if version is None else f"version {shown(version)}"
        raise _unusable(path, f"expected a baseline of version {VERSION}, got {found}")
    findings = content.get("findings")
    if not isinstance(findings, list):
        raise _unusable(path, f"expected a list as findings, got {shown(findings)}")
    return Baseline(path, frozenset(_entry(path, number, f) for number, f in enumerate(findings)))


def _entry(path: Path, number: int, found: object) -> Entry:
    names = [field.name for field in fields(Entry)]
    if not isinstance(found, dict) or not all(isinstance(found.get(n), str) for n in names):
        expected = f"expected texts for {', '.join(names)}, got {shown(found)}"
        raise _unusable(path, f"findings[{number}]: {expected}")
    return Entry(**{name: found[name] for name in names})


def _unusable(path: Path, what: str) -> BaselineError:
    advice = "mend it, or delete it and write it anew with --write-baseline"
    return BaselineError(f"{path}: {what}; {advice}")

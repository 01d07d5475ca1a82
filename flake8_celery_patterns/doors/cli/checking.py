"""What `check` does, one step after the other."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TextIO

import click

from flake8_celery_patterns.doors.cli.request import Request
from flake8_celery_patterns.history.against import against
from flake8_celery_patterns.reports import statistics
from flake8_celery_patterns.reports.formats import HUMAN, named
from flake8_celery_patterns.reports.summary import summary
from flake8_celery_patterns.reports.valid import as_utf8
from flake8_celery_patterns.reports.words import counted
from flake8_celery_patterns.run.annotating import annotate
from flake8_celery_patterns.run.files import STDIN, targets
from flake8_celery_patterns.run.fixing import Mended, diff, mend, save
from flake8_celery_patterns.run.lint import forget
from flake8_celery_patterns.run.progress import progress
from flake8_celery_patterns.run.result import FileResult, Run, Target
from flake8_celery_patterns.run.work import lint_targets
from flake8_celery_patterns.suppress import baselines

# A fix in one file may bring one in another to light; nobody's files do so as often.
_MOST_ROUNDS = 10


class Checking:
    """One run of `check`. `folder` is where it was started."""

    def __init__(self, request: Request) -> None:
        self._request = request
        self.folder = Path(os.getcwd())
        self._notes: list[str] = []
        self._stdin: Target | None = None

    def run(self) -> int:
        """Do it all; give the exit code.

        Raises `SettingsError`, `WrongPath`, `AgainstError`.
        """
        request = self._request
        began = time.perf_counter()
        files: Sequence[Target] = targets(
            request.paths,
            request.given,
            folder=self.folder,
            force_exclude=request.force_exclude,
            stdin_filename=request.stdin_filename,
            tell=self._notes.append,
        )
        results = self._lint(files)
        if request.add_noqa:
            return self._add_noqa(results)
        if request.diff:
            return self._show_diff(self._mended(results))
        self._stdin = next((file for file in files if file.content is not None), None)
        mended: list[Mended] = []
        if request.mends:
            files, results, mended = self._mend(files, results)
        run = Run(results, len(files), time.perf_counter() - began, self.folder)
        run = self._with_baseline(run, files)
        return self._finish(run, mended)

    def _lint(self, files: Sequence[Target]) -> tuple[FileResult, ...]:
        request = self._request
        with progress(len(files)) as advance:
            results = lint_targets(files, request.given, request.jobs or _cores(), advance)
        if request.against is None:
            return results
        by_path = {result.target: result for result in results}
        for other in against(request.against, files, request.given, self.folder):
            mine = by_path.get(other.target)
            by_path[other.target] = other if mine is None else _merged(mine, other)
        return tuple(by_path[target] for target in files if target in by_path)

    # Fixes

    def _mend(
        self, files: Sequence[Target], results: tuple[FileResult, ...]
    ) -> tuple[Sequence[Target], tuple[FileResult, ...], list[Mended]]:
        """Apply fixes and write, until nothing more can be done; give what is left, and what was
        done."""
        done: list[Mended] = []
        for _ in range(_MOST_ROUNDS):
            # All are worked out before any is written: they look at one another.
            changed = [each for each in self._mended(results) if each.is_changed]
            written = [self._written(each) for each in changed]
            done += written
            if not any(each.is_changed for each in written):
                break
            forget()
            after = {m.target: replace(m.target, content=m.after) for m in written if _is_stdin(m)}
            files = [after.get(target, target) for target in files]
            results = self._lint(files)
        return files, results, done

    def _mended(self, results: Sequence[FileResult]) -> list[Mended]:
        """What fixes make of each file that has any."""
        unsafe = self._request.unsafe_fixes
        found = []
        for result in results:
            if any(f.fix and (f.fix.safe or unsafe) for f in result.findings):
                mended = mend(result.target, self._request.given, unsafe=unsafe)
                if mended is not None:
                    found.append(mended)
                    self._note(*mended.notes)
        return found

    def _written(self, mended: Mended) -> Mended:
        """Write the file, unless it is standard input; give what was really done."""
        said = None if _is_stdin(mended) else save(mended)
        if said is None:
            return mended
        self._note(said)
        return replace(mended, after=mended.before, fixed=0, applied=())

    def _note(self, *sentences: str) -> None:
        self._notes += (said for said in sentences if said not in self._notes)

    def _show_diff(self, mended: Sequence[Mended]) -> int:
        out = sys.stdout.buffer
        for each in mended:
            out.write(diff(each))
        out.flush()
        count = sum(each.fixed for each in mended)
        self._tell_notes()
        if not self._request.quiet:
            said = f"Would fix {_findings(count)}." if count else "There is nothing to fix."
            click.echo(said, err=True)
        return 1 if count and not self._request.exit_zero else 0

    # Findings that are to stay

    def _add_noqa(self, results: Sequence[FileResult]) -> int:
        added = 0
        for result in results:
            annotated = annotate(result)
            self._note(*annotated.notes)
            added += self._written(annotated).fixed
        self._tell_notes()
        click.echo(f"Added `# noqa` for {_findings(added)}.", err=True)
        return 0

    def _with_baseline(self, run: Run, files: Sequence[Target]) -> Run:
        request = self._request
        compared = request.against is not None
        extent = baselines.Extent(run, files, request.paths, request.given, compared=compared)
        if request.write_baseline:
            run, written = baselines.write(extent)
            for baseline in written:
                self._note(f"{baseline.path}: {_findings(len(baseline.entries))} written")
            return run
        for baseline in baselines.baselines(extent):
            if not baseline.path.exists():
                advice = "there is no such baseline; make it with --write-baseline"
                self._note(f"{baseline.path}: {advice}")
        out_of_date = baselines.stale(extent)
        if request.prune_baseline:
            baselines.required(extent, "prune")
            baselines.prune(out_of_date)
        done = "taken out" if request.prune_baseline else "take them out with --prune-baseline"
        for baseline in out_of_date:
            gone = _findings(len(baseline.entries))
            self._note(f"{baseline.path}: {gone} no longer there: {done}")
        return run

    # What is shown

    def _finish(self, run: Run, mended: Sequence[Mended]) -> int:
        request = self._request
        out = sys.stdout
        if request.mends and STDIN in request.paths:
            self._pass_on(mended)
            out = sys.stderr
        if not request.fix_only:
            self._report(run, out)
        if request.show_fixes:
            self._show_fixes(mended)
        fixed = sum(each.fixed for each in mended) if request.mends else None
        self._tell_notes()
        if not request.quiet:
            sys.stdout.flush()
            click.echo(summary(run, fixed=fixed, unsafe=request.unsafe_fixes), err=True)
        if fixed and request.exit_non_zero_on_fix:
            return 1
        return 1 if run.found and not (request.exit_zero or request.fix_only) else 0

    def _pass_on(self, mended: Sequence[Mended]) -> None:
        """Write what came from standard input, mended, to where it can be piped on."""
        after = next((each.after for each in reversed(mended) if _is_stdin(each)), None)
        if after is None:
            # What is excluded was not read, and must not be lost: it may take a file's place.
            stdin = self._stdin.content if self._stdin is not None else None
            after = sys.stdin.buffer.read() if stdin is None else stdin
        sys.stdout.buffer.write(after)
        sys.stdout.buffer.flush()

    def _report(self, run: Run, out: TextIO) -> None:
        request = self._request
        with _output(request.output_file, out) as out:
            name = request.output_format or ("full" if out.isatty() else "concise")
            if name not in HUMAN:
                as_utf8(out)
            if not request.statistics:
                named(name).write(run, out)
            elif name in HUMAN:
                statistics.write(run, out)
            else:
                statistics.write_json(run, out)

    def _show_fixes(self, mended: Sequence[Mended]) -> None:
        for each in mended:
            for applied in each.applied:
                times = f" ({applied.count} times)" if applied.count > 1 else ""
                said = f"{each.target.shown}: {applied.code} {applied.title}{times}"
                click.echo(said, err=True)

    def _tell_notes(self) -> None:
        for note in self._notes:
            click.echo(note, err=True)


def _findings(count: int) -> str:
    return counted(count, "finding")


def _merged(mine: FileResult, other: FileResult) -> FileResult:
    findings = sorted((*mine.findings, *other.findings), key=lambda finding: finding.sort_key)
    silenced = (*mine.silenced, *other.silenced)
    known = (*mine.known, *other.known)
    return replace(mine, findings=tuple(findings), silenced=silenced, known=known)


def _is_stdin(mended: Mended) -> bool:
    return mended.target.content is not None


@contextmanager
def _output(name: str | None, otherwise: TextIO) -> Iterator[TextIO]:
    if name is None:
        yield otherwise
        return
    try:
        file = open(name, "w", encoding="utf-8", newline="\n")  # noqa: SIM115
    except OSError as error:
        raise click.UsageError(f"--output-file: {name!r}: {error.strerror}") from None
    with file:
        yield file


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

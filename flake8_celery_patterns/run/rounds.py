"""The rounds in which the fixes of one file are applied."""

from __future__ import annotations

import ast
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from flake8_celery_patterns.finding import Finding, Fix
from flake8_celery_patterns.fixes.apply import applied
from flake8_celery_patterns.run.documents import document
from flake8_celery_patterns.run.lint import lint_content
from flake8_celery_patterns.run.result import FileResult
from flake8_celery_patterns.run.writing import with_text
from flake8_celery_patterns.settings import Values
from flake8_celery_patterns.source.parse import Unreadable, parse, readable
from flake8_celery_patterns.suppress.select import UNUSED_NOQA

# Only fixes that touch one another wait for a next round: no file that people write needs as many.
MOST_ROUNDS = 100


@dataclass(frozen=True, slots=True)
class Applied:
    """How many findings of one rule in one file a fix was applied for."""

    code: str
    title: str
    count: int


class Refused(Exception):
    """Fixes may not be applied together; the text says why."""


class Rounds:
    """The rounds of one file: fixes are applied, and the new text is linted, until none is left.

    A round counts only if the text still compiles, provided that it did before, and if each code
    is found less often by as many findings as were fixed. So the rounds come to an end, and no fix
    brings a new finding. In a round that does not count, the fix to blame is looked for by halving,
    and left out.

    `found`: what is found in `content`, the bytes of the file; both change with each round.
    `unsafe`: apply the unsafe fixes too.
    """

    def __init__(self, found: FileResult, content: bytes, given: Values, *, unsafe: bool) -> None:
        self.found = found
        self.content = content
        self._given = given
        self._unsafe = unsafe
        self._target = found.target
        self._first = len(found.findings)
        self._applied: Counter[tuple[str, str]] = Counter()
        self._left_out: set[tuple[str, str, str]] = set()
        self._notes: dict[str, None] = {}

    @property
    def fixed(self) -> int:
        """How many findings less there are."""
        return self._first - len(self.found.findings)

    @property
    def applied(self) -> tuple[Applied, ...]:
        """What was applied, by code and title."""
        return tuple(Applied(*key, count) for key, count in sorted(self._applied.items()))

    @property
    def notes(self) -> tuple[str, ...]:
        """A sentence for each fix that was left out, and why."""
        return tuple(self._notes)

    def run(self) -> None:
        """Apply all that can be applied."""
        if not self._waiting() or not self._can_be_written():
            return
        for _ in range(MOST_ROUNDS):
            waiting = self._waiting()
            if not waiting:
                return
            self._round(waiting)
        self._note(f"fixes are left after {MOST_ROUNDS} rounds: run again")

    def _waiting(self) -> list[Finding]:
        return [
            finding
            for finding in self.found.findings
            if finding.fix is not None
            and (finding.fix.safe or self._unsafe)
            and _likeness(finding) not in self._left_out
        ]

    def _can_be_written(self) -> bool:
        """Whether the text, decoded, becomes the same bytes again: some codecs are not exact."""
        try:
            if with_text(self._target.path, self.content, self._text) == self.content:
                return True
        except ValueError:
            pass
        self._note("not fixed: its encoding cannot be written unchanged: save it as UTF-8")
        return False

    @property
    def _text(self) -> str:
        return document(self.content, self._target.path).text

    @cached_property
    def _compiled(self) -> bool:
        return self._compiles(self._text)

    def _round(self, waiting: Sequence[Finding]) -> None:
        # Several findings may have the same fix.
        batch: dict[Fix, list[Finding]] = {}
        for finding in waiting:
            if finding.fix is not None:
                batch.setdefault(finding.fix, []).append(finding)
        while True:
            text, fixes = applied(self._text, batch)
            try:
                self._advance(text, [finding for fix in fixes for finding in batch[fix]])
                return
            except Refused as refusal:
                if len(fixes) < 2:
                    for finding in batch[next(iter(fixes or batch))]:
                        self._leave_out(finding, str(refusal))
                    return
                batch = {fix: batch[fix] for fix in fixes[: len(fixes) // 2]}

    def _advance(self, text: str, mended: Sequence[Finding]) -> None:
        """Make `text` the text of the file. Raises `Refused`."""
        if not mended:
            raise Refused("its edits overlap")
        try:
            content = with_text(self._target.path, self.content, text)
        except ValueError as error:
            raise Refused(str(error)) from error
        self._check_syntax(text)
        # What is found are places of this text, which may never be on disk.
        target = replace(self._target, content=content)
        found = lint_content(target, self._given, content) or FileResult(target)
        self._check_findings(found, mended)
        self.content, self.found = content, found
        self._applied.update((finding.code, _title(finding)) for finding in mended)

    def _check_syntax(self, text: str) -> None:
        if self._compiled:
            if not self._compiles(text):
                raise Refused("the file would not compile")
            return
        # Syntax that this Python does not know.
        try:
            parse(readable(text))
        except Unreadable:
            raise Refused("the file could not be parsed") from None

    def _compiles(self, text: str) -> bool:
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if self._target.is_notebook else 0
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                compile(text, "<linted>", "exec", flags, dont_inherit=True)
        except (SyntaxError, SystemError, ValueError, RecursionError, MemoryError):
            return False
        return True

    def _check_findings(self, found: FileResult, mended: Sequence[Finding]) -> None:
        fixed = Counter(finding.code for finding in mended)
        brought = _codes(found) - (_codes(self.found) - fixed)
        if UNUSED_NOQA not in fixed:
            # What it silenced was mended with something else; its own fix comes in a next round.
            del brought[UNUSED_NOQA]
        for code in sorted(brought):
            if code in fixed:
                raise Refused(f"{code} would still be found")
            raise Refused(f"{code} would be found then")

    def _leave_out(self, finding: Finding, reason: str) -> None:
        self._left_out.add(_likeness(finding))
        self._note(f"the fix of {finding.code} was left out ({_title(finding)}): {reason}")

    def _note(self, sentence: str) -> None:
        self._notes[f"{self._target.shown}: {sentence}"] = None


def _title(finding: Finding) -> str:
    return finding.fix.title if finding.fix is not None else ""


def _likeness(finding: Finding) -> tuple[str, str, str]:
    """What is the same of a finding after other fixes have moved it."""
    return finding.code, finding.message, _title(finding)


def _codes(found: FileResult) -> Counter[str]:
    shown_or_known: Iterable[Finding] = (*found.findings, *found.known)
    return Counter(finding.code for finding in shown_or_known)

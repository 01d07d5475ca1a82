"""Every fix offered for a generated program leaves a program, its comments, and the rest alone."""

from __future__ import annotations

import ast

from hypothesis import given

from flake8_celery_patterns.finding import Finding
from flake8_celery_patterns.fixes.apply import applied
from tests.fixes.mending import mended_text
from tests.source.worlds import focused
from tests.trust.checking import PLACE, PROJECT, comments
from tests.trust.crossed import crossed
from tests.trust.effort import examples
from tests.trust.programs import compiles, programs

# What it finds wrong at a `connect()` is mended where the receiver is defined.
_MENDED_ELSEWHERE = {"CEL220"}


@examples(25)
@given(programs())
def test_each_fix_of_a_program(text: str) -> None:
    for finding in focused(text).findings(PLACE, PROJECT):
        check_fix(text, finding)


@examples(12)
@given(crossed())
def test_each_fix_of_a_crossed_fixture(text: str) -> None:
    for finding in focused(text).findings(PLACE, PROJECT):
        check_fix(text, finding)


@examples(5)
@given(programs())
def test_fixing_the_fixed_changes_nothing(text: str) -> None:
    mended = mended_text(text, unsafe=True)
    after = mended.after.decode()
    assert comments(after) == comments(text)
    assert not [note for note in mended.notes if "would not compile" in note or "run again" in note]
    assert mended_text(after, unsafe=True).after == mended.after


def check_fix(text: str, finding: Finding) -> None:
    if finding.fix is None:
        return
    mended, went_in = applied(text, [finding.fix])
    assert went_in == (finding.fix,), f"its own edits overlap: {finding}"
    assert compiles(mended), f"breaks the file: {finding}"
    assert comments(mended) == comments(text), f"loses a comment: {finding}"
    if finding.code not in _MENDED_ELSEWHERE:
        assert strays(text, finding) == [], f"edits what it did not speak of: {finding}"


def strays(text: str, finding: Finding) -> list[int]:
    """The lines that a fix edits outside of the finding's own statement of the module."""
    assert finding.fix is not None
    own, imports = set[int](), set[int]()
    for statement in ast.parse(text).body:
        decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
        first = min([statement.lineno, *(decorator.lineno for decorator in decorators)])
        lines = range(first, (statement.end_lineno or first) + 1)
        if finding.span.line in lines:
            own.update(lines)
        if isinstance(statement, (ast.Import, ast.ImportFrom)):
            imports.update(lines)
    edited = [line for e in finding.fix.edits for line in range(e.span.line, e.span.end_line + 1)]
    return sorted(set(edited) - own - imports)

"""What must hold of any text and of any finding in it."""

from __future__ import annotations

import io
import re
import tokenize
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from flake8_celery_patterns.check import glance
from flake8_celery_patterns.finding import Finding
from flake8_celery_patterns.project.project import Project
from flake8_celery_patterns.source.lines import split_lines
from flake8_celery_patterns.source.parse import readable
from tests.linting import naming
from tests.source.worlds import World, differences, focused, light, unlike, whole

# A root with nothing in it: only the text itself speaks.
ROOT = Path(__file__).parent / "no-such-project"
PLACE = ROOT / "shop.py"
# Every rule, the opinions too.
ALL_RULES = naming("CEL9")
PROJECT = Project(ROOT, ALL_RULES)


def lost_by_focus(text: str) -> list[str]:
    """What the focused reading of a text shows otherwise than the reading of all of it.

    Raises whatever the engine does: nothing is caught here, as `engine.lint` does it.
    """
    before, after = whole(text), focused(text)
    found = [*differences(before, after), *_asked(before, after)]
    from_outside = focused(text, outside=True)
    outside = differences(before, from_outside)
    # Signals are asked for in the file that is linted alone.
    found += [f"outside: {what}" for what in outside if what != "connections"]
    if unicodedata.normalize("NFKC", text) != text:
        # The standard library's names are as Python compares them (PEP 3131), libcst's as written.
        return found
    found += _unlike(after, light(text))
    glanced = glance(readable(text), PLACE, PROJECT)
    if glanced is not None and list(glanced[0]) != after.findings(PLACE, PROJECT):
        found.append("light: findings")
    return [*found, *_unlike(from_outside, light(text, outside=True))]


def _unlike(before: World, after: World | None) -> Iterator[str]:
    # There may be none: f-strings with their own quotes inside, and nesting beyond bounds.
    return (f"light: {what}" for what in unlike(before, after)) if after else iter(())


def _asked(before: World, after: World) -> Iterator[str]:
    findings = after.findings(PLACE, PROJECT)
    if before.findings(PLACE, PROJECT) != findings:
        yield "findings"
    if before.seen(PLACE, PROJECT) != after.seen(PLACE, PROJECT):
        yield "tasks or dispatches"


def unsound(text: str, findings: Iterable[Finding]) -> list[str]:
    """What is wrong with findings in `text` by themselves: their places and their words."""
    lines = split_lines(text.removeprefix("\ufeff"))
    return [f"{f.code} {why}: {f}" for f in findings for why in _unsound(f, lines)]


def _unsound(finding: Finding, lines: list[str]) -> Iterator[str]:
    span = finding.span
    if not 1 <= span.line <= span.end_line <= max(len(lines), 1):
        yield "stands in no line"
    elif lines and span.column > len(lines[span.line - 1]):
        yield "begins behind its line"
    elif lines and span.end_column > len(lines[span.end_line - 1]):
        yield "ends behind its line"
    elif (span.line, span.column) > (span.end_line, span.end_column):
        yield "ends before it begins"
    if not finding.message.isprintable() or not finding.message.strip():
        yield "is not one printable line"
    if re.search(r":\d+:\d+: ", finding.message):
        yield "looks like a place in a file"
    if "fault of this linter" in finding.message:
        yield "tells of a crash"


def comments(text: str) -> list[str]:
    """The comments of a text, in order."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return [token.string for token in tokens if token.type == tokenize.COMMENT]

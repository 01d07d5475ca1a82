"""`--add-noqa`: a comment for each finding that is to stay."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from flake8_celery_patterns.engine import UNREADABLE
from flake8_celery_patterns.finding import Edit, Finding, Fix, Span
from flake8_celery_patterns.fixes.apply import applied
from flake8_celery_patterns.suppress.noqa import Noqa, Stretch, silences
from flake8_celery_patterns.suppress.select import UNUSED_NOQA

_SEPARATOR = re.compile(r"[,\s]+")
# A file that cannot be read has no place for a comment; a comment too many needs no other.
_NOT_FOR_A_COMMENT = (UNREADABLE, UNUSED_NOQA)


@dataclass(frozen=True, slots=True)
class Annotated:
    """A text with comments added. `hidden`: the findings that these hide. `left`: those that no
    comment can hide, as beside a string that holds the text of a `# noqa` itself."""

    text: str
    hidden: tuple[Finding, ...]
    left: tuple[Finding, ...]

    @property
    def added(self) -> int:
        """How many findings comments were added for."""
        return len(self.hidden)


def with_noqa(text: str, findings: Iterable[Finding]) -> Annotated:
    """Add to `text` the comments that hide `findings`, which were found in it; all else stays.

    A comment goes where flake8 looks for it: to the end of the line, of the string that spans
    several lines, or of lines joined by a backslash. Codes join those of a comment that is there.
    """
    noqa = Noqa(text)
    codes: dict[Stretch, set[str]] = {}
    wanted = [
        finding
        for finding in findings
        if finding.code not in _NOT_FOR_A_COMMENT and not noqa.hides(finding)
    ]
    for finding in wanted:
        stretch = noqa.stretch(finding.span.line)
        if stretch is not None:
            codes.setdefault(stretch, set()).add(finding.code)
    edits = [_edit(stretch, sorted(found)) for stretch, found in codes.items()]
    fixes = [Fix("Add a `# noqa`", (edit,), safe=True) for edit in edits if edit is not None]
    new, _ = applied(text, fixes)
    hidden = Noqa(new).hidden(wanted)
    return Annotated(
        new,
        tuple(finding for finding in wanted if finding in hidden),
        tuple(finding for finding in wanted if finding not in hidden),
    )


def _edit(stretch: Stretch, codes: Collection[str]) -> Edit | None:
    """Put `codes` into the comment of a stretch; None where flake8 would not find them there."""
    from flake8.defaults import NOQA_INLINE_REGEXP

    if not stretch.takes_comment:
        return None
    match = NOQA_INLINE_REGEXP.search(stretch.text)
    if match is None:
        end = len(stretch.text.removesuffix("\n"))
        last_line = stretch.text[:end].rpartition("\n")[2]
        at = end - len(last_line) + len(last_line.rstrip())
        new = f"  # noqa: {', '.join(codes)}"
    else:
        found = match["codes"].rstrip(", \t\n\f")
        at = end = match.start("codes") + len(found)
        between = _SEPARATOR.findall(found)
        separator = between[-1] if between else ", "
        new = "".join(separator + code for code in codes)
    changed = stretch.text[:at] + new + stretch.text[end:]
    is_comment = match is None or (stretch.comment is not None and match.start() >= stretch.comment)
    if not is_comment or not all(silences(changed, code) for code in codes):
        return None
    return Edit(Span(*stretch.place(at), *stretch.place(end)), new)

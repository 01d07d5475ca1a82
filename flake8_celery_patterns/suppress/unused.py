"""CEL002: a code in a `# noqa` that hides nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from flake8_celery_patterns.engine import UNREADABLE
from flake8_celery_patterns.finding import Edit, Finding, Fix, Span
from flake8_celery_patterns.rules.listed import names
from flake8_celery_patterns.suppress.noqa import Noqa, Stretch, silences
from flake8_celery_patterns.suppress.select import COMPARED, UNUSED_NOQA

# A code of ours, or the beginning of some. flake8 takes letters without digits for no code.
_OURS = re.compile(r"CEL\d{1,3}", re.ASCII | re.IGNORECASE)
_WORD = re.compile(r"[^,\s]+")
_NAMED = re.compile(r"noqa:[^\r\n]*CEL\d", re.IGNORECASE)
# CEL002 in a comment is about that very comment; the others are not looked for in every run.
_NEVER_JUDGED = frozenset((UNUSED_NOQA, *COMPARED))
_NAMED_BYTES = re.compile(_NAMED.pattern.encode(), re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Comment:
    """One `# noqa: CODES`; `start` and all `codes` (start, end) are offsets in the stretch."""

    stretch: Stretch
    start: int
    codes: tuple[tuple[int, int], ...]
    counts: bool

    def word(self, index: int) -> str:
        start, end = self.codes[index]
        return self.stretch.text[start:end]


def unused_noqa(
    noqa: Noqa, findings: Sequence[Finding], wants: Callable[[str], bool]
) -> list[Finding]:
    """Give a CEL002 for each code of ours in a comment that hides none of `findings`.

    `findings`: all of the file that are selected, those that comments hide included. `wants`: says
    whether findings with a code are selected in this file. Nothing is said of a code that stands
    for a rule which is not, or which compares with a git revision; of other tools' codes and of
    comments without codes; and in a file that cannot be read, or is left out as a whole.
    """
    if not (wants(UNUSED_NOQA) and noqa.mentioned) or noqa.whole_file:
        return []
    if any(finding.code == UNREADABLE for finding in findings):
        return []
    return [
        found
        for stretch in noqa.stretches()
        for comment in _comments(stretch)
        for found in _unused(comment, findings, wants)
    ]


def may_have_unused(source: str | bytes) -> bool:
    """Whether there can be a CEL002 in a file: one search in its text, for files without Celery."""
    if isinstance(source, bytes):
        return _NAMED_BYTES.search(source) is not None
    return _NAMED.search(source) is not None


def _comments(stretch: Stretch) -> Iterator[_Comment]:
    from flake8.defaults import NOQA_INLINE_REGEXP

    if stretch.comment is None:
        return
    for number, match in enumerate(NOQA_INLINE_REGEXP.finditer(stretch.text)):
        # What stands in a string may be meant for others, and is not ours to change.
        if match["codes"] is not None and match.start() >= stretch.comment:
            words = _WORD.finditer(stretch.text, *match.span("codes"))
            codes = tuple(word.span() for word in words)
            yield _Comment(stretch, match.start(), codes, counts=number == 0)


def _unused(
    comment: _Comment, findings: Sequence[Finding], wants: Callable[[str], bool]
) -> Iterator[Finding]:
    lines = range(comment.stretch.first, comment.stretch.last + 1)
    near = [finding.code for finding in findings if finding.span.line in lines]
    for index in range(len(comment.codes)):
        word = comment.word(index)
        if _OURS.fullmatch(word) is None:
            continue
        meant = [code for code in names() if code.startswith(word.upper())]
        # What would be found with other options is not known.
        if not _NEVER_JUDGED.isdisjoint(meant) or not all(map(wants, meant)):
            continue
        if not (comment.counts and any(silences(f"# noqa: {word}", code) for code in near)):
            yield _finding(comment, index, meant, near)


def _finding(
    comment: _Comment, index: int, meant: Collection[str], near: Collection[str]
) -> Finding:
    word = comment.word(index)
    hides_if_mended = not set(meant).isdisjoint(near)
    if not meant:
        advice = "there is no such rule; write the code that is meant, or remove it"
    elif not hides_if_mended:
        advice = "remove the code"
    elif not comment.counts:
        advice = "flake8 reads only the first `# noqa` of a line; write the code there"
    else:
        advice = f"flake8 reads codes in capital letters alone; write {word.upper()}"
    span = _span(comment.stretch, *comment.codes[index])
    fix = None if hides_if_mended else _fix(comment, index)
    return Finding(span, UNUSED_NOQA, f"`# noqa: {word}` hides nothing: {advice}", fix)


def _fix(comment: _Comment, index: int) -> Fix | None:
    edit = _without_code(comment, index) if len(comment.codes) > 1 else _without_comment(comment)
    return Fix(f"Remove {comment.word(index)}", (edit,), safe=True) if edit is not None else None


def _without_code(comment: _Comment, index: int) -> Edit:
    if index + 1 < len(comment.codes):
        start, end = comment.codes[index][0], comment.codes[index + 1][0]
    else:
        start, end = comment.codes[index - 1][1], comment.codes[index][1]
    return Edit(_span(comment.stretch, start, end), "")


def _without_comment(comment: _Comment) -> Edit | None:
    """Take out a `# noqa` with one code, and leave all other words of the comment.

    None where they would be read as another `# noqa`.
    """
    text = comment.stretch.text
    end = comment.codes[0][1]
    rest = text[end:].rstrip()
    words = rest.lstrip(" \t:;,-")
    if comment.counts and "noqa" in words.lower():
        return None
    if words:
        keep = end + len(rest) - len(words)
        return Edit(_span(comment.stretch, comment.start, keep), "" if words[0] == "#" else "# ")
    line, column = comment.stretch.place(comment.start)
    before = text[comment.start - column : comment.start]
    if not before.strip():
        # It has the line to itself, which goes with it.
        return Edit(Span(line, 0, line + 1, 0), "")
    until = len(text.rstrip("\n"))
    return Edit(
        _span(comment.stretch, comment.start - len(before) + len(before.rstrip()), until), ""
    )


def _span(stretch: Stretch, start: int, end: int) -> Span:
    return Span(*stretch.place(start), *stretch.place(end))

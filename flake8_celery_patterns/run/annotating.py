"""Adding a `# noqa` for each finding of one file."""

from __future__ import annotations

from dataclasses import replace

from flake8_celery_patterns.run.documents import document
from flake8_celery_patterns.run.fixing import Mended
from flake8_celery_patterns.run.result import FileResult
from flake8_celery_patterns.run.writing import with_text
from flake8_celery_patterns.source.parse import Unreadable
from flake8_celery_patterns.suppress.adding import with_noqa


def annotate(result: FileResult) -> Mended:
    """Hide by comments what was found in one file. Nothing is written yet: see `save`.

    In what is given, `fixed` says how many findings the comments hide, and a sentence in `notes`
    which they cannot, or why the file cannot take them. Raises nothing, whatever the file holds.
    """
    target = result.target
    try:
        before = target.read()
        done = with_noqa(document(before, target.path).text, result.findings)
        after = with_text(target.path, before, done.text) if done.hidden else before
    except (OSError, ValueError, Unreadable) as error:
        reason = getattr(error, "strerror", None) or error
        note = f"{target.shown}: no comment added: {reason}"
        return Mended(target, b"", b"", result, notes=(note,))
    # A comment moves no line, and nothing that stands before it.
    left = replace(
        result,
        target=replace(target, content=after) if after != before else target,
        findings=tuple(f for f in result.findings if f not in done.hidden),
        silenced=(*result.silenced, *done.hidden),
    )
    notes = []
    for finding in done.left:
        where = result.document.named(finding.span.line)
        notes.append(f"{target.shown} {where}: no comment can hide {finding.code}")
    return Mended(target, before, after, left, fixed=len(done.hidden), notes=tuple(notes))

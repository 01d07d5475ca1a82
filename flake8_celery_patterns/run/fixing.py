"""Applying the fixes of one file."""

from __future__ import annotations

from dataclasses import dataclass

from flake8_celery_patterns.run.lint import lint_content, lint_target
from flake8_celery_patterns.run.patch import patch
from flake8_celery_patterns.run.result import FileResult, Target
from flake8_celery_patterns.run.rounds import Applied, Rounds
from flake8_celery_patterns.run.writing import ChangedMeanwhile, write_whole
from flake8_celery_patterns.settings import Values


@dataclass(frozen=True)
class Mended:
    """What fixes make of one file; nothing is written yet.

    `before`, `after`: its content; equal if nothing was applied. `left`: what is found in `after`.
    `fixed`: how many findings less these are than there were; a fix can mend more than the one it
    was applied for.
    `notes`: a sentence for each fix that was left out because of what it would have done.
    """

    target: Target
    before: bytes
    after: bytes
    left: FileResult
    fixed: int = 0
    applied: tuple[Applied, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_changed(self) -> bool:
        """Whether there is anything to write."""
        return self.before != self.after


def mend(target: Target, given: Values, *, unsafe: bool) -> Mended | None:
    """Read and lint one file and apply the fixes of what is found; None if no Celery is in it.

    What is not shown (not selected, `# noqa`, in the baseline) is not fixed. `given`: the options
    of the command line. `unsafe`: apply the unsafe fixes too. How: see `Rounds`.
    Raises `SettingsError` as `lint_target` does, and nothing else, whatever the file holds.
    """
    try:
        content = target.read()
    except OSError:
        # Linting says why.
        unread = lint_target(target, given)
        return Mended(target, b"", b"", unread) if unread is not None else None
    found = lint_content(target, given, content)
    if found is None:
        return None
    rounds = Rounds(found, content, given, unsafe=unsafe)
    rounds.run()
    return Mended(
        target, content, rounds.content, rounds.found, rounds.fixed, rounds.applied, rounds.notes
    )


def save(mended: Mended) -> str | None:
    """Write the file if its content is still what was read; give a sentence if it was not written.

    It is written whole or not at all: see `write_whole`.
    """
    if not mended.is_changed:
        return None
    try:
        write_whole(mended.target.path, mended.after, instead_of=mended.before)
    except ChangedMeanwhile:
        reason = "it has changed since it was read: run again"
    except OSError as error:
        reason = f"it cannot be written ({error.strerror or error}): mend that, or exclude it"
    else:
        return None
    return f"{mended.target.shown}: not written: {reason}"


def diff(mended: Mended) -> bytes:
    """Give the change as a patch of the file's bytes, of its JSON for a notebook; see `patch`."""
    return patch(mended.target.shown, mended.before, mended.after)

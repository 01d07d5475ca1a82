"""The codes of the tool itself. They have a page as rules have, and listen to no fact."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from flake8_celery_patterns.engine import UNREADABLE
from flake8_celery_patterns.rules.pages import AnyRule
from flake8_celery_patterns.rules.rule import Report, Rule
from flake8_celery_patterns.suppress.select import UNUSED_NOQA

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning


class _OfTheTool(Rule[Any]):
    """A code that is given without asking a rule."""

    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[tuple[type, ...]] = ()

    def check(self, fact: Any, meaning: Meaning) -> Iterator[Report]:
        """Give nothing: `engine` and `suppress` give these codes."""
        yield from ()


class UnreadableFile(_OfTheTool):
    """A file that concerns Celery cannot be linted.

    ## What it reports

    A file, or a notebook, that speaks of Celery and cannot be opened, decoded or parsed; that is
    larger than 2 MiB; that nests too deeply to be parsed safely; and any fault of this linter in
    one file. The rest of the run goes on. Under flake8, a wrong `[tool.celery-patterns]` too, and
    no plain syntax error: flake8 reports that itself, as E999.

    ## Why it is a risk

    Nothing is known about what is wrong in that file: it is not clean, it was not looked at.

    ## What to do

    What the message says: mend the syntax or the encoding, or split the file. A file that is not
    meant to be linted belongs into `exclude`.
    """

    code: ClassVar[str] = UNREADABLE
    name: ClassVar[str] = "unreadable-file"
    tier = "risk"


class UnusedNoqa(_OfTheTool):
    """A code in a `# noqa` comment hides nothing.

    ## What it reports

    A code of this linter in a `# noqa: CEL101` that hides no finding in the lines that the comment
    stands for. It is off unless it is named: `extend-select = ["CEL002"]`; the flake8 plugin does
    not give it.

    ## Why it is a risk

    The comment hides the next finding with that code, which nobody will have looked at.

    ## Fix

    Safe: removes the code, or the whole comment where nothing is left of it.

    ## When it stays silent

    - For codes of other linters, and for a `# noqa` without codes.
    - For a code that is not selected in this run: whether it would hide something is not known.
    - In a file that cannot be read (CEL001), and in one with `# flake8: noqa`.
    """

    code: ClassVar[str] = UNUSED_NOQA
    name: ClassVar[str] = "unused-noqa"
    tier = "opinion"
    fix = "safe"


CODES: tuple[AnyRule, ...] = (UnreadableFile, UnusedNoqa)

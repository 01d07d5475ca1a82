"""What a rule is: a class that is asked once about each fact it listens to."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Generic, Literal, TypeVar

if TYPE_CHECKING:
    import libcst as cst

    from flake8_celery_patterns.finding import Definition
    from flake8_celery_patterns.fixes.plan import Plan
    from flake8_celery_patterns.meaning.meaning import Meaning

Fact = TypeVar("Fact")
Tier = Literal["bug", "risk", "opinion"]
Applicability = Literal["safe", "unsafe"]


@dataclass(frozen=True, slots=True)
class Report:
    """A defect at a node, in the user's own names, and how to mend it if that can be said.

    `about`: what else it speaks of and may be defined in another file; a dispatch's task is known.
    """

    node: cst.CSTNode
    message: str
    fix: Plan | None = None
    about: tuple[Definition, ...] = ()


class Rule(Generic[Fact]):
    """Base of all rules. The docstring of a rule is its page (docs/rules), by fixed sections."""

    code: ClassVar[str]
    name: ClassVar[str]
    tier: ClassVar[Tier]
    fix: ClassVar[Applicability | None] = None
    # Whether the answer for a file can depend on other files of the project.
    project_wide: ClassVar[bool] = False
    since: ClassVar[str]
    # The class of the facts that the rule is asked about, or several.
    listens_to: ClassVar[type | tuple[type, ...]]

    @abstractmethod
    def check(self, fact: Fact, meaning: Meaning) -> Iterator[Report]:
        """Give a report for each defect that is certain; nothing where anything is unknown."""

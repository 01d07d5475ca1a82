"""CEL709 results-never-expire."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.expressions import Call, Constant
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.kinds import External
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.literals import followed
from flake8_celery_patterns.meaning.settings.written import Written, shown_value
from flake8_celery_patterns.rules.rule import Report, Rule

_CLEANING = re.compile(
    rb"\.forget\s*\(|\bTaskResult\.objects\b[^\n]*\.delete|delete_expired|celery_taskmeta"
)
_TIMEDELTA = External("datetime.timedelta()")


class ResultsNeverExpire(Rule[Written]):
    """Results are kept for ever.

    ## What it reports

    `result_expires` set to `0`, `None` or `timedelta(0)`.

    ## Why it is a risk

    Every task that is run leaves its result in the backend, and nothing takes it away: not the
    backend by itself, as Redis does, and not the clean-up that beat runs at four in the morning.
    Redis runs out of memory, or the table of a database grows until it fails.

    ## Example

    ```python
    from celery import Celery

    app = Celery("shop", broker="redis://localhost", backend="redis://localhost")
    app.conf.result_expires = None
    ```

    ## Use instead

    ```python
    from celery import Celery

    app = Celery("shop", broker="redis://localhost", backend="redis://localhost")
    app.conf.result_expires = 7 * 24 * 3600
    ```

    Where results are never read, `task_ignore_result = True` keeps them from being written.

    ## Fix

    None: how long results are wanted only you know.

    ## When it stays silent

    - Where no result backend is set: there are no results to keep.
    - Where results are taken away by the project itself: something calls `forget()` or deletes
      `TaskResult` objects.
    - For a value that the text does not show, and in test code.

    ## References

    - [Celery: result_expires](https://docs.celeryq.dev/en/stable/userguide/configuration.html#result-expires)
    """

    code: ClassVar[str] = "CEL709"
    name: ClassVar[str] = "results-never-expire"
    tier = "risk"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Written

    def check(self, fact: Written, meaning: Meaning) -> Iterator[Report]:
        if fact.setting != "result_expires" or not _is_never(fact, meaning):
            return
        if is_test_code(meaning.source.path, meaning.project.root):
            return
        if meaning.config.may_store_results and not _cleans_up(meaning):
            yield Report(fact.value_node, _message(fact))


def _is_never(fact: Written, meaning: Meaning) -> bool:
    shown = shown_value(meaning, fact)
    if shown is None or (isinstance(shown, (int, float)) and shown == 0):
        return True
    given, where = followed(meaning, fact.value, fact.where)
    if not isinstance(given, Call) or meaning.evaluate(given, where) != _TIMEDELTA:
        return False
    values = [argument.value for argument in given.arguments if argument.star == ""]
    zeros = all(isinstance(v, Constant) and v.value == 0 for v in values)
    return zeros and len(values) == len(given.arguments)


def _cleans_up(meaning: Meaning) -> bool:
    return bool(meaning.project.tree.matching(_CLEANING, "taking results away"))


def _message(fact: Written) -> str:
    return (
        f"{fact.name} keeps every result for ever: the backend grows until it is full; give it "
        "the seconds for which results are wanted"
    )

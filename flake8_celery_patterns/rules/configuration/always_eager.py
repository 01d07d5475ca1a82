"""CEL702 always-eager."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.settings.environments import is_for_development
from flake8_celery_patterns.meaning.settings.written import Written, shown_value
from flake8_celery_patterns.rules.rule import Report, Rule

# Where it is set to anything else: production's settings may well do that.
_OTHERWISE = re.compile(
    rb"(?i)\b\w*always_eager[\"']?\]?[ \t]*(?::[ \t]*\w+[ \t]*(?==))?[=:][ \t]*(?!True\b|[= \t])"
)


class AlwaysEager(Rule[Written]):
    """Tasks never go to a worker.

    ## What it reports

    `task_always_eager = True` (`CELERY_TASK_ALWAYS_EAGER`, `CELERY_ALWAYS_EAGER`) in settings that
    are not those of tests or of a developer's machine.

    ## Why it is a risk

    Every `.delay()` runs the task where it is called, in the web process, and waits for it.
    `countdown` and `eta` are ignored, retries run at once one inside the other, an error stays in
    the result and is seen by nobody. `send_task` still goes to the broker.

    ## Example

    ```python
    from celery import Celery

    app = Celery("shop")
    app.conf.task_always_eager = True
    ```

    ## Use instead

    ```python
    import os

    from celery import Celery

    app = Celery("shop")
    app.conf.task_always_eager = os.environ.get("TASKS_EAGER") == "1"
    ```

    ## Fix

    None: it may be that there is no worker to send to.

    ## When it stays silent

    - In test code, and in files, folders and classes whose name has a word such as `test`, `dev`,
      `local`, `ci`, `docker` or `example` in it.
    - In a branch: `if DEBUG:`, `if TESTING:`, whatever it asks for.
    - Where the project sets it otherwise in another place: that may be production's.
    - For a value that the text does not show.

    ## References

    - [Celery: task_always_eager](https://docs.celeryq.dev/en/stable/userguide/configuration.html#task-always-eager)
    - [Celery: testing](https://docs.celeryq.dev/en/stable/userguide/testing.html)
    """

    code: ClassVar[str] = "CEL702"
    name: ClassVar[str] = "always-eager"
    tier = "risk"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Written

    def check(self, fact: Written, meaning: Meaning) -> Iterator[Report]:
        if fact.setting != "task_always_eager" or fact.is_conditional:
            return
        if shown_value(meaning, fact) is not True or is_for_development(meaning, fact):
            return
        if not meaning.project.tree.matching(_OTHERWISE, "always eager otherwise"):
            yield Report(fact.node, _message(fact))


def _message(fact: Written) -> str:
    return (
        f"{fact.name} makes every .delay() run its task here and now, without a worker, countdown "
        "or error; set it in the settings of tests only"
    )

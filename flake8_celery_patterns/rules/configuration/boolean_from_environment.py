"""CEL714 boolean-from-environment."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.expressions import Call, Choice, Expression, Subscript
from flake8_celery_patterns.meaning.kinds import External
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.names.literals import followed
from flake8_celery_patterns.meaning.settings.setting_names import SETTING_TYPES
from flake8_celery_patterns.meaning.settings.written import Written
from flake8_celery_patterns.rules.rule import Report, Rule

_ASKING = frozenset(
    {External("os.environ.get()"), External("os.getenv()"), External("os.environ.setdefault()")}
)


class BooleanFromEnvironment(Rule[Written]):
    """Setting that is true or false is given a text of the environment.

    ## What it reports

    A setting such as `task_always_eager` or `task_acks_late` whose value comes straight from
    `os.environ[…]`, `os.environ.get(…)` or `os.getenv(…)`.

    ## Why it is a bug

    A variable of the environment is text, and any text but the empty one is true: with
    `TASK_ALWAYS_EAGER=False` tasks run in the web process. It works as long as the variable is not
    set, which is how it is tested.

    ## Example

    ```python
    import os

    from celery import Celery

    app = Celery("shop")
    app.conf.task_acks_late = os.environ.get("TASK_ACKS_LATE", False)
    ```

    ## Use instead

    ```python
    import os

    from celery import Celery

    app = Celery("shop")
    app.conf.task_acks_late = os.environ.get("TASK_ACKS_LATE") == "1"
    ```

    ## Fix

    None: which texts mean yes only you know.

    ## When it stays silent

    - Where the text is compared, looked up or converted, whatever by.
    - For libraries that read the environment: django-environ's `env.bool`, decouple's `config`.

    ## References

    - [Celery: configuration](https://docs.celeryq.dev/en/stable/userguide/configuration.html)
    - [Python: os.environ](https://docs.python.org/3/library/os.html#os.environ)
    """

    code: ClassVar[str] = "CEL714"
    name: ClassVar[str] = "boolean-from-environment"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Written

    def check(self, fact: Written, meaning: Meaning) -> Iterator[Report]:
        if SETTING_TYPES.get(fact.setting or "") != "bool":
            return
        shown, where = followed(meaning, fact.value, fact.where)
        if _is_from_environment(meaning, shown, where):
            yield Report(fact.value_node, _message(fact))


def _is_from_environment(meaning: Meaning, given: Expression, where: Environment) -> bool:
    if isinstance(given, Choice) and given.operator == "or":
        return _is_from_environment(meaning, given.left, where)
    if isinstance(given, Call):
        return meaning.evaluate(given, where) in _ASKING
    if isinstance(given, Subscript) and not given.is_slice:
        return meaning.evaluate(given.value, where) == External("os.environ")
    return False


def _message(fact: Written) -> str:
    return (
        f"{fact.name} is given a text of the environment, and any text is true: with 'False' it "
        "is on; compare the text with those that mean yes"
    )

"""CEL707 setting-without-effect."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.settings.known import Meant
from flake8_celery_patterns.meaning.settings.mentions import is_read
from flake8_celery_patterns.meaning.settings.written import Idle, Written
from flake8_celery_patterns.rules.rule import Report, Rule


class SettingWithoutEffect(Rule[Written | Idle]):
    """Setting of Celery stands where no app reads it.

    ## What it reports

    A setting under its right name whose prefix does not fit the way in which the app reads its
    configuration: `CELERY_TASK_TIME_LIMIT` where `config_from_object` has no
    `namespace="CELERY"`, `TASK_ACKS_LATE` where it has one, a prefix in other letters than the
    namespace. And a plain variable such as `task_acks_late = True` in the module that makes the
    app, which reads it from nowhere.

    ## Why it is a bug

    Celery does not complain about names that it does not know. The setting keeps its default: no
    time limit, no late acknowledgement, JSON and not what was chosen.

    ## Example

    ```python
    from celery import Celery

    app = Celery("shop")
    app.conf.update(CELERY_TASK_TIME_LIMIT=300, CELERY_TASK_ACKS_LATE=True)
    ```

    ## Use instead

    ```python
    from celery import Celery

    app = Celery("shop")
    app.conf.update(task_time_limit=300, task_acks_late=True)
    ```

    In Django: `app.config_from_object("django.conf:settings", namespace="CELERY")`.

    ## Fix

    None: either the setting's name or the namespace is wrong.

    ## When it stays silent

    - For names that the project reads itself, wherever that is.
    - Where the setting is given under a name that fits in the same place, too.
    - For names that are no setting, and old names: CEL703 speaks of those.
    - For a variable in a module where not everything that configures the project's apps is in view.

    ## References

    - [Celery: configuration](https://docs.celeryq.dev/en/stable/userguide/configuration.html)
    - [Celery: Django, first steps](https://docs.celeryq.dev/en/stable/django/first-steps-with-django.html)
    """

    code: ClassVar[str] = "CEL707"
    name: ClassVar[str] = "setting-without-effect"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to = (Written, Idle)

    def check(self, fact: Written | Idle, meaning: Meaning) -> Iterator[Report]:
        if isinstance(fact, Idle):
            if not is_read(meaning, fact.name) and meaning.settings_in_view:
                yield Report(fact.node, _idle(fact.name))
            return
        meant = fact.meant
        if meant is None or meant.way != "misfit" or meant.proper in fact.siblings:
            return
        if not is_read(meaning, fact.name):
            yield Report(fact.node, _message(fact, meant))


def _message(fact: Written, meant: Meant) -> str:
    reading = next(iter(fact.readings))
    if not reading.is_django or meant.proper.isupper():
        return (
            f"Celery does not read `{fact.name}` here, and does not say so: {meant.setting} has "
            f"its default; write {meant.proper}"
        )
    how = f"namespace='{reading.namespace}'" if reading.namespace else "no namespace"
    return (
        f"the app reads Django's settings with {how} and finds no `{fact.name}`: {meant.setting} "
        f"has its default; give config_from_object() namespace='{_prefix(fact.name, meant)}'"
    )


def _prefix(name: str, meant: Meant) -> str:
    """The namespace under which `name` would be read."""
    return name[: -len(meant.setting)].rstrip("_") or "CELERY"


def _idle(name: str) -> str:
    return (
        f"`{name}` is a variable of this module that nothing reads: the app has the default; write "
        f"app.conf.{name}"
    )

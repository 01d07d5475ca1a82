"""CEL703 unknown-setting."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.fixes.plan import Plan, Replace
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.settings.known import Meant, mixed
from flake8_celery_patterns.meaning.settings.mentions import is_read
from flake8_celery_patterns.meaning.settings.written import Written
from flake8_celery_patterns.rules.rule import Report, Rule


class UnknownSetting(Rule[Written]):
    """Setting has a name that Celery does not read.

    ## What it reports

    In what certainly configures a Celery app: a name that is no setting and nearly the same as one
    (`task_time_limt`), or one without its section (`CELERY_TIME_LIMIT` for
    `CELERY_TASK_TIME_LIMIT`); a name from before Celery 4 (`CELERY_ALWAYS_EAGER`, `BROKER_URL`)
    where settings are read under a namespace; old and new names mixed in one module, class or
    dict.

    ## Why it is a bug

    Celery never complains about a name that it does not know: the setting keeps its default, and
    nothing says so. Under a namespace, old names are not read before Celery 5.7. Without one they
    are, but mixed with new ones they raise `ImproperlyConfigured: Cannot mix new and old setting
    keys` when the app starts.

    ## Example

    ```python
    from celery import Celery

    app = Celery("shop")
    app.conf.task_soft_time_limt = 300
    app.conf.update(worker_max_task_per_child=200)
    ```

    ## Use instead

    ```python
    from celery import Celery

    app = Celery("shop")
    app.conf.task_soft_time_limit = 300
    app.conf.update(worker_max_tasks_per_child=200)
    ```

    ## Fix

    Safe: writes the name that is meant. None where old and new names are mixed.

    ## When it stays silent

    - For names that are close to no setting, and those that Celery reads without listing them.
    - For names that the project reads itself, wherever that is: they are its own.
    - Where the setting is given under its right name in the same place, too.
    - Where nothing shows that an app reads the file: a settings module of a project whose
      `config_from_object` is not in view, names that are made while the program runs.

    ## References

    - [Celery: new lowercase settings](https://docs.celeryq.dev/en/stable/userguide/configuration.html#new-lowercase-settings)
    - [Celery: config_from_object](https://docs.celeryq.dev/en/stable/userguide/application.html#config-from-object)
    """

    code: ClassVar[str] = "CEL703"
    name: ClassVar[str] = "unknown-setting"
    tier = "bug"
    fix = "safe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Written

    def check(self, fact: Written, meaning: Meaning) -> Iterator[Report]:
        if _is_mixed(fact):
            instead = mixed(fact.name, fact.siblings.keys())
            if instead is not None:
                yield Report(fact.node, _mixing(fact.name, instead))
                return
        meant = fact.meant
        if meant is None or meant.way not in ("old", "slip") or meant.proper in fact.siblings:
            return
        if not is_read(meaning, fact.name):
            yield Report(fact.node, _message(fact, meant), _fix(fact, meant))


def _is_mixed(fact: Written) -> bool:
    """Whether names that do not go together break the app: not what is set on it afterwards."""
    readings = fact.readings
    return not fact.is_direct and all(r.namespace is None and not r.is_django for r in readings)


def _message(fact: Written, meant: Meant) -> str:
    if meant.way == "slip":
        return (
            f"Celery has no setting `{fact.name}` and does not say so: it has no effect; write "
            f"{meant.proper}"
        )
    spaces = sorted({str(reading.namespace) for reading in fact.readings})
    return (
        f"`{fact.name}` is an old name, which Celery before 5.7 does not read under the namespace "
        f"'{spaces[0]}': it has no effect; write {meant.proper}"
    )


def _mixing(name: str, instead: str) -> str:
    kinds = ("an old name among new ones", "a new name among old ones")
    return (
        f"`{name}` is {kinds[name.islower()]}: Celery does not take both and raises "
        f"ImproperlyConfigured when the app starts; write {instead}"
    )


def _fix(fact: Written, meant: Meant) -> Plan:
    text = meant.proper
    if isinstance(fact.node, cst.SimpleString):
        text = f"{fact.node.quote}{text}{fact.node.quote}"
    return Plan(f"Write {meant.proper}", (Replace(fact.node, text),), safe=True)

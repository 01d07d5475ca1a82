"""CEL602 schedule-names-unknown-task."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.literals import value
from flake8_celery_patterns.meaning.schedules.entries import Scheduled
from flake8_celery_patterns.rules.rule import Report, Rule


class ScheduleNamesUnknownTask(Rule[Scheduled]):
    """An entry of the schedule names a task that the project does not have.

    ## What it reports

    The `task` of an entry of `beat_schedule`, or of a `PeriodicTask` of django-celery-beat that is
    made or changed, where no task of the project has that name, and it was meant for one of them: a
    task's name is nearly the same, its function now stands in another module of the package, or the
    module that the name points into is one of the project with tasks, and none is called so.

    ## Why it is a bug

    Nobody checks the name. Beat sends the message each time the entry is due, and the worker that
    gets it logs `Received unregistered task of type 'shop.tasks.send_report'. The message has been
    ignored and discarded`: the nightly job has not run since it was renamed, and nothing failed.

    ## Example

    ```python
    from celery import shared_task


    @shared_task(name="shop.send_report")
    def send_report():
        print("sent")


    CELERY_BEAT_SCHEDULE = {
        "daily": {"task": "shop.send_reports", "schedule": 86400.0},
    }
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task(name="shop.send_report")
    def send_report():
        print("sent")


    CELERY_BEAT_SCHEDULE = {
        "daily": {"task": "shop.send_report", "schedule": 86400.0},
    }
    ```

    ## Fix

    None: the name nearest to a slip is a guess.

    ## When it stays silent

    - For names that have nothing to do with the project's own: other programs and libraries have
      tasks, too.
    - Where the name, or the module it is made of, differs from others by a number only, or the
      module is called as any program's may be (`tasks`, `app.worker`), and no name is near.
    - Where not every file of the project can be seen, or some task is named while the program runs.
    - Where the name stands anywhere else in the project, other than to be sent or scheduled.
    - For `add_periodic_task(…, app.signature("…"))`, which is CEL112's, and in test code.

    ## References

    - [Celery: task names](https://docs.celeryq.dev/en/stable/userguide/tasks.html#names)
    - [Celery: entries](https://docs.celeryq.dev/en/stable/userguide/periodic-tasks.html#entries)
    """

    code: ClassVar[str] = "CEL602"
    name: ClassVar[str] = "schedule-names-unknown-task"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Scheduled

    def check(self, fact: Scheduled, meaning: Meaning) -> Iterator[Report]:
        field = fact.fields.get("task")
        if field is None or field.value.node is None or fact.form == "added":
            return
        name = value(meaning, field.value, field.where)
        if not isinstance(name, str) or not name:
            return
        meant = meaning.task_names.unknown(name)
        if meant is not None:
            yield Report(field.value.node, _message(name, meant))


def _message(name: str, meant: str) -> str:
    cure = f"write '{meant}'" if meant else "write the name of a task that is there"
    return (
        f"no task of the project is called '{name}': beat sends it each time, and workers throw "
        f"it away as an unregistered task; {cure}"
    )

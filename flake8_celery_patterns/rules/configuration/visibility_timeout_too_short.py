"""CEL704 visibility-timeout-too-short."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.settings.brokers import Redelivery
from flake8_celery_patterns.meaning.settings.written import Written, shown_value
from flake8_celery_patterns.meaning.tasks.acknowledging import acknowledges_late
from flake8_celery_patterns.meaning.tasks.own_options import own_option
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.meaning.tasks.time_limits import time_limit
from flake8_celery_patterns.rules.rule import Report, Rule

_LIMITS = ("time_limit", "soft_time_limit")


class VisibilityTimeoutTooShort(Rule[Task | Written]):
    """Task with acks_late may run longer than its broker waits.

    ## What it reports

    A task with `acks_late` whose `time_limit` (or `soft_time_limit`, where it has no other) is
    above the visibility timeout of the broker: Redis waits an hour and SQS half an hour, or as long
    as `broker_transport_options` says. And such a limit for all tasks in the settings, beside
    `task_acks_late`.

    ## Why it is a risk

    With `acks_late` a message is acknowledged when the task is done. Redis and SQS hand out again
    what is not acknowledged within the visibility timeout: a second worker starts the task while
    the first one is still at it, and after another hour a third one.

    ## Example

    ```python
    from celery import Celery

    app = Celery("shop", broker="redis://localhost:6379/0")


    @app.task(acks_late=True, time_limit=2 * 60 * 60)
    def import_catalogue(url):
        print(url)
    ```

    ## Use instead

    ```python
    from celery import Celery

    app = Celery("shop", broker="redis://localhost:6379/0")
    app.conf.broker_transport_options = {"visibility_timeout": 3 * 60 * 60}


    @app.task(acks_late=True, time_limit=2 * 60 * 60)
    def import_catalogue(url):
        print(url)
    ```

    ## Fix

    None: a longer timeout also means that the work of a worker that died is taken up later.

    ## When it stays silent

    - Where the broker is another one, or not known: no URL in the settings, several that do not
      agree, one from the environment without a default, settings that are not all in view.
    - Where the timeout is given in a way that the text does not show, and for SQS queues that are
      not made by Celery (`predefined_queues`).
    - Where `acks_late` or the limit is not shown. For countdowns: CEL111 speaks of those.

    ## References

    - [Celery: Redis, visibility timeout](https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html#visibility-timeout)
    - [Celery: SQS, visibility timeout](https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/sqs.html#visibility-timeout)
    """

    code: ClassVar[str] = "CEL704"
    name: ClassVar[str] = "visibility-timeout-too-short"
    tier = "risk"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to = (Task, Written)

    def check(self, fact: Task | Written, meaning: Meaning) -> Iterator[Report]:
        if is_test_code(meaning.source.path, meaning.project.root):
            return
        if isinstance(fact, Written):
            yield from _for_all(fact, meaning)
            return
        for name in _LIMITS:
            limit = time_limit(meaning, fact, name)
            if limit.seconds is None:
                continue
            node = own_option(fact, name) or own_option(fact, "acks_late")
            if node is not None and acknowledges_late(meaning, fact):
                broker = _too_short(meaning, limit.seconds)
                if broker is not None:
                    yield Report(node, _message(f"task {fact.name}", limit.seconds, broker))
            return


def _for_all(fact: Written, meaning: Meaning) -> Iterator[Report]:
    """A limit of the settings for tasks that all acknowledge late."""
    if fact.setting not in ("task_time_limit", "task_soft_time_limit"):
        return
    if fact.setting == "task_soft_time_limit" and fact.sibling("task_time_limit") is not None:
        return
    shown = shown_value(meaning, fact)
    if not isinstance(shown, (int, float)) or isinstance(shown, bool):
        return
    if meaning.config.global_value(fact.setting) != shown:
        return
    if meaning.config.global_value("task_acks_late") is True:
        broker = _too_short(meaning, shown)
        if broker is not None:
            yield Report(fact.node, _message("each task", shown, broker))


def _too_short(meaning: Meaning, seconds: float) -> Redelivery | None:
    """The project's broker, where it does not wait that long."""
    broker = meaning.config.redelivery
    return broker if broker is not None and seconds > broker.seconds else None


def _message(what: str, seconds: float, broker: Redelivery) -> str:
    whose = "by default" if broker.is_default else "here"
    return (
        f"{what} may run for {seconds:.0f} s and is acknowledged when it is done, but "
        f"{broker.broker} hands it out again after {broker.seconds:g} s ({whose}): a second worker "
        "runs it, too; raise visibility_timeout in broker_transport_options"
    )

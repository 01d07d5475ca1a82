"""CEL111 countdown-beyond-visibility-timeout."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.expressions import Call
from flake8_celery_patterns.meaning.flow.places import Called
from flake8_celery_patterns.meaning.kinds import Method, Partial
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.settings.brokers import Redelivery
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.meaning.tasks.tasks import overrides_sending
from flake8_celery_patterns.meaning.values.durations import ahead, seconds
from flake8_celery_patterns.meaning.values.timing import is_duration
from flake8_celery_patterns.rules.rule import Report, Rule

_FORMS = frozenset(
    {"apply_async", "apply_async_on_commit", "retry", "send_task", "signature", "subtask"}
)
# Nobody's timeout is that short: no need to look it up.
_SHORTEST = 1.0


class CountdownBeyondVisibilityTimeout(Rule[Dispatch | Called]):
    """Task is delayed for longer than the broker waits for an acknowledgement.

    ## What it reports

    A `countdown`, or an `eta` of now and a `timedelta`, above the visibility timeout of the
    project's broker: 3600 seconds with Redis, 1800 with SQS, or what `visibility_timeout` in
    `broker_transport_options` says. In `apply_async`, `send_task`, `self.retry`, `signature` and
    `.set`.

    ## Why it is a risk

    A worker takes a delayed message at once and keeps it, unacknowledged, until its time has come.
    Redis and SQS hand out again what is not acknowledged within the visibility timeout: to the next
    worker, and an hour later to another one. When its time has come, all of them run the task: with
    three workers three invoices are sent.

    ## Example

    ```python
    from celery import Celery

    app = Celery("shop", broker="redis://localhost:6379/0")
    app.conf.task_time_limit = 300


    @app.task
    def remind(order_id):
        print(order_id)


    def order_paid(order_id):
        remind.apply_async((order_id,), countdown=24 * 60 * 60)
    ```

    ## Use instead

    A periodic task that looks for what is due, or a visibility timeout above the longest delay:

    ```python
    from celery import Celery

    app = Celery("shop", broker="redis://localhost:6379/0")
    app.conf.task_time_limit = 300
    app.conf.broker_transport_options = {"visibility_timeout": 2 * 24 * 60 * 60}


    @app.task
    def remind(order_id):
        print(order_id)


    def order_paid(order_id):
        remind.apply_async((order_id,), countdown=24 * 60 * 60)
    ```

    ## Fix

    None: a longer timeout also means that the work of a worker that died is taken up later.

    ## When it stays silent

    - Where the broker is another one, or not known: no URL in the settings, several that do not
      agree, one from the environment without a default, settings that are not all in view.
    - Where the timeout is given in a way that the text does not show, and for SQS queues that are
      not made by Celery (`predefined_queues`).
    - For delays that the text does not show, and where the call names its own connection.

    ## References

    - [Celery: Redis, visibility timeout](https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/redis.html#visibility-timeout)
    - [Celery: SQS, visibility timeout](https://docs.celeryq.dev/en/stable/getting-started/backends-and-brokers/sqs.html#visibility-timeout)
    """

    code: ClassVar[str] = "CEL111"
    name: ClassVar[str] = "countdown-beyond-visibility-timeout"
    tier = "risk"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[tuple[type, ...]] = (Dispatch, Called)

    def check(self, fact: Dispatch | Called, meaning: Meaning) -> Iterator[Report]:
        call, where = fact.call, fact.place.environment
        if not (call.keyword("countdown") or call.keyword("eta")):
            return
        if call.keyword("connection") or call.keyword("producer"):
            return
        if not _takes_options(fact, meaning):
            return
        for name, measure in (("countdown", seconds), ("eta", ahead)):
            given = call.keyword(name)
            if given is None or given.value.node is None:
                continue
            if not _may_count(name, call, meaning, where):
                continue
            delay = measure(meaning, given.value, where)
            if delay is None or delay <= _SHORTEST:
                continue
            broker = meaning.config.redelivery
            if broker is not None and delay > broker.seconds:
                yield Report(given.value.node, _message(name, delay, broker))


def _may_count(name: str, call: Call, meaning: Meaning, where: Environment) -> bool:
    """Whether a delay is used: no countdown that raises (CEL114), no eta beside a countdown."""
    countdown = call.keyword("countdown")
    if countdown is None:
        return True
    if name == "countdown":
        return not is_duration(meaning.evaluate(countdown.value, where))
    return not seconds(meaning, countdown.value, where)


def _takes_options(fact: Dispatch | Called, meaning: Meaning) -> bool:
    if isinstance(fact, Dispatch):
        task = fact.task
        return fact.form in _FORMS and (task is None or not overrides_sending(meaning, task))
    function = fact.function
    if not isinstance(function, Method) or function.name != "set":
        return False
    task = meaning.task_behind(function.owner) if isinstance(function.owner, Partial) else None
    return task is not None and not overrides_sending(meaning, task)


def _message(name: str, delay: float, broker: Redelivery) -> str:
    timeout = f"{broker.seconds:g} s"
    whose = "by default" if broker.is_default else "here"
    return (
        f"this {name} is {delay:.0f} s, but {broker.broker} hands out again what is not "
        f"acknowledged within {timeout} ({whose}): several workers will run the task; raise "
        "visibility_timeout in broker_transport_options, or let a periodic task look for what is "
        "due"
    )

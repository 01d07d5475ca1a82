"""CEL924 acks-late-without-guard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.flow.places import Called
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.acknowledging import acknowledges_late
from flake8_celery_patterns.meaning.tasks.repeating import Effect, effect_of, may_be_guarded
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.rules.rule import Report, Rule


class AcksLateWithoutGuard(Rule[Called]):
    """Task with `acks_late` creates or charges, and would do so twice.

    ## What it reports

    In a task whose message is acknowledged late, by its own option or by `task_acks_late`:
    `Model.objects.create()`, `bulk_create()`, the `save()` of an object just made, SQLAlchemy's
    `session.add()` of one, or a charge by Stripe or Braintree, with nothing before it that asks
    whether it was done already.

    ## Why it is a risk

    With `acks_late` the broker keeps the message until the task has ended. A worker that is killed,
    a connection to the broker that breaks, a visibility timeout that is shorter than the task: each
    time the message comes again, and the task runs again from its first line, even one that had
    done all its work. `acks_late` is a promise that running twice does no harm, and this body does
    not keep it.

    ## Example

    ```python
    from celery import shared_task
    from django.db import models


    class Invoice(models.Model):
        order_id = models.IntegerField()


    @shared_task(acks_late=True)
    def bill(order_id):
        Invoice.objects.create(order_id=order_id)
    ```

    ## Use instead

    ```python
    from celery import shared_task
    from django.db import models


    class Invoice(models.Model):
        order_id = models.IntegerField()


    @shared_task(acks_late=True)
    def bill(order_id):
        Invoice.objects.get_or_create(order_id=order_id)
    ```

    With a unique constraint on what makes two rows the same, as `get_or_create()` alone does not
    keep two workers apart. For charges, hand over an `idempotency_key`.

    ## Fix

    None: what makes two rows the same is yours to say.

    ## When it stays silent

    - Under any condition, in a handler, behind an `if` that leaves the task; where the model is
      asked for rows before; where the function speaks of locks, of idempotence, of `redelivered`.
      A transaction is no guard: it is committed before the message is acknowledged.
    - Where the database refuses a second one: an own primary key, a unique field, constraints.
    - For models whose name speaks of a record of each run (log, audit, event, attempt …).
    - With a base class or another decorator, which may let a task run only once; in test code.

    ## References

    - [Celery: should I use retry or acks_late?](https://docs.celeryq.dev/en/stable/faq.html#should-i-use-retry-or-acks-late)
    - [Celery: Task.acks_late](https://docs.celeryq.dev/en/stable/userguide/tasks.html#Task.acks_late)
    """

    code: ClassVar[str] = "CEL924"
    name: ClassVar[str] = "acks-late-without-guard"
    tier = "opinion"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Called

    def check(self, fact: Called, meaning: Meaning) -> Iterator[Report]:
        task, node = fact.place.task, fact.call.node
        if task is None or node is None:
            return
        effect = effect_of(meaning, fact)
        if effect is None or not acknowledges_late(meaning, task):
            return
        if may_be_guarded(meaning, fact, effect, atomic_guards=False):
            return
        if not is_test_code(meaning.source.path, meaning.project.root):
            yield Report(node, _message(task, effect))


def _message(task: Task, effect: Effect) -> str:
    cure = "ask for it first, or use get_or_create()" if effect.model else "pass an idempotency key"
    return (
        f"`{effect.text}` in task {task.name} is done twice when its message is delivered again, "
        f"which acks_late asks for whenever a worker is lost; {cure}"
    )

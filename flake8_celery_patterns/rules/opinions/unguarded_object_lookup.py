"""CEL912 unguarded-object-lookup."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.expressions import (
    Call,
    Constant,
    Expression,
    dotted,
    everything,
)
from flake8_celery_patterns.meaning.errors.handling import (
    EVERYTHING,
    caught,
    exception_name,
    suppressed_classes,
    surroundings,
)
from flake8_celery_patterns.meaning.errors.listed import members
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.flow.places import Called, InTry, InWith, Place
from flake8_celery_patterns.meaning.kinds import ClassKind, External, Kind, Method, Stream
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.retrying import names_in_body
from flake8_celery_patterns.meaning.tasks.tasks import Task, option
from flake8_celery_patterns.rules.rule import Report, Rule

_ORMS = ("Django", "MongoEngine")
_MISSING = frozenset(
    f"{module}.{name}"
    for module in ("django.core.exceptions", "mongoengine", "mongoengine.errors")
    for name in ("ObjectDoesNotExist", "DoesNotExist")
)


class UnguardedObjectLookup(Rule[Called]):
    """Task takes it for granted that the row is still there.

    ## What it reports

    `Order.objects.get(…)` (or `aget`, on a manager or queryset) with values of the run, in a task
    that does nothing about `DoesNotExist`.

    ## Why it is a risk

    Between sending and running lie seconds or, with a countdown or a queue that stands, days. In
    between somebody deletes the order. That is no fault of the program, but the task fails like
    one: with a traceback, an alarm, and the rest of its work left out. The same error comes when
    the task is faster than the transaction that made the row, and then a retry would mend it. The
    task has to say which of the two it is.

    ## Example

    ```python
    from celery import shared_task
    from django.db import models


    class Order(models.Model):
        def send_invoice(self):
            print(self.pk)


    @shared_task
    def send_invoice(order_id):
        order = Order.objects.get(pk=order_id)
        order.send_invoice()
    ```

    ## Use instead

    ```python
    import logging

    from celery import shared_task
    from django.db import models

    logger = logging.getLogger(__name__)


    class Order(models.Model):
        def send_invoice(self):
            print(self.pk)


    @shared_task
    def send_invoice(order_id):
        try:
            order = Order.objects.get(pk=order_id)
        except Order.DoesNotExist:
            logger.info("order %s is gone", order_id)
            return
        order.send_invoice()
    ```

    ## Fix

    None: whether to stop, to log or to retry is yours to say.

    ## When it stays silent

    - In a `try` or `suppress()` that takes `DoesNotExist`, `ObjectDoesNotExist`, `Exception`, or
      something that is not known.
    - Where the task has `throws`, or `autoretry_for` with such an error.
    - Where the body asks `.exists()`, and for lookups by constants (`get(name="staff")`).
    - For `filter(…).first()`, `get_or_create()`, `get_object_or_404()`; in test code.

    ## References

    - [Celery: database transactions](https://docs.celeryq.dev/en/stable/userguide/tasks.html#database-transactions)
    - [Django: QuerySet.get()](https://docs.djangoproject.com/en/stable/ref/models/querysets/#get)
    """

    code: ClassVar[str] = "CEL912"
    name: ClassVar[str] = "unguarded-object-lookup"
    tier = "opinion"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Called

    def check(self, fact: Called, meaning: Meaning) -> Iterator[Report]:
        task, node, function = fact.place.task, fact.call.node, fact.function
        if task is None or node is None or not isinstance(function, Method):
            return
        owner = function.owner
        if function.name not in ("get", "aget") or not isinstance(owner, Stream):
            return
        if owner.model.orm not in _ORMS or not _depends_on_the_run(fact.call):
            return
        if is_test_code(meaning.source.path, meaning.project.root) or _is_expected(task, meaning):
            return
        if not _is_guarded(fact.place, meaning):
            yield Report(node, _message(task, function, owner))


def _depends_on_the_run(call: Call) -> bool:
    """Whether what is looked for differs from run to run: constants are of the project's own."""
    return any(
        not _is_constant(argument.value)
        for part in everything(call)
        if isinstance(part, Call)
        for argument in part.arguments
    )


def _is_constant(expression: Expression) -> bool:
    """A literal, `settings.SITE_ID`, `Kind.INVOICE`."""
    last = (dotted(expression) or "").rpartition(".")[2]
    return isinstance(expression, Constant) or last.isupper()


def _is_expected(task: Task, meaning: Meaning) -> bool:
    """Whether the task as a whole is made for a row that is missing."""
    if not option(meaning, task, "throws").is_absent:
        return True
    retried = option(meaning, task, "autoretry_for")
    if retried.is_open:
        return True
    if retried.given is not None:
        given = retried.given
        if any(_may_be(k) for _, k in members(meaning, given.expression, given.environment)):
            return True
    return not names_in_body(meaning, task).isdisjoint(("exists", "aexists"))


def _is_guarded(place: Place, meaning: Meaning) -> bool:
    """Whether something around a place takes the error, or may."""
    where = surroundings(meaning, place)
    for around in place.here:
        taken: tuple[Kind, ...] = ()
        if isinstance(around, InTry):
            taken = tuple(k for h in around.node.handlers for k in caught(meaning, h, where))
        elif isinstance(around, InWith):
            taken = suppressed_classes(meaning, around.manager, where) or ()
        if any(map(_may_be, taken)):
            return True
    return False


def _may_be(kind: Kind) -> bool:
    """Whether a class of errors has `DoesNotExist` below it, or may have."""
    if isinstance(kind, Method):
        return kind.name != "MultipleObjectsReturned"
    if isinstance(kind, ClassKind):
        return "DoesNotExist" in kind.definition.name
    if not isinstance(kind, External):
        return True
    name = exception_name(kind)
    return name is None or name in _MISSING | EVERYTHING or name.rpartition(".")[2].isupper()


def _message(task: Task, function: Method, owner: Stream) -> str:
    text = f"{function.text}.{function.name}()" if function.text else f"{function.name}()"
    model = owner.model.name or "DoesNotExist"
    error = f"{model}.DoesNotExist" if owner.model.name else model
    return (
        f"task {task.name} relies on {text} to find its row: when that was deleted since the task "
        f"was sent, the task fails as if the code were wrong; take {error} and say what happens "
        "then"
    )

"""CEL101 orm-object-argument."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import (
    Attribute,
    Call,
    Name,
    Subscript,
    shown,
)
from flake8_celery_patterns.finding import Definition
from flake8_celery_patterns.fixes.plan import Insert, Plan
from flake8_celery_patterns.meaning.kinds import (
    PLAIN,
    Instance,
    Stream,
)
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.defined import defined
from flake8_celery_patterns.meaning.tasks.dispatches import MAKING, Dispatch, Sent
from flake8_celery_patterns.meaning.tasks.tasks import overrides_sending
from flake8_celery_patterns.meaning.values.serializers import (
    PICKLE,
    SERIALIZERS,
    is_dumped,
    serializer,
    writes_itself,
)
from flake8_celery_patterns.meaning.values.uncarried import QUERIES, orm_object
from flake8_celery_patterns.rules.rule import Report, Rule


class OrmObjectArgument(Rule[Dispatch]):
    """Passes a database object to a task, not its primary key.

    ## What it reports

    A model instance or a queryset that reaches a task as an argument: of Django, SQLAlchemy,
    Flask-SQLAlchemy, SQLModel, peewee, MongoEngine, Tortoise or Pony; in any form of dispatch
    (`.delay`, `.apply_async`, `.s`, `.si`, `.signature`, `.map`, `send_task`, `self.retry` …); also
    inside a list, tuple, dict or comprehension, and through variables.

    ## Why it is a bug

    Celery sends arguments as JSON, and JSON has no way to write a database object: the call
    raises `kombu.exceptions.EncodeError: Object of type Order is not JSON serializable` in the web
    request, and the task is never sent. Tests that call `task.apply()` do not show it.

    With `serializer="pickle"` the object is sent, as the copy that it was at that moment: what the
    task later reads in it is stale, and when it saves it, newer values in the database are lost.

    ## Example

    ```python
    from celery import shared_task
    from django.db import models


    class Order(models.Model):
        paid = models.BooleanField(default=False)


    @shared_task
    def send_receipt(order):
        print(order.pk)


    def pay(pk):
        order = Order.objects.get(pk=pk)
        send_receipt.delay(order)
    ```

    ## Use instead

    ```python
    from celery import shared_task
    from django.db import models


    class Order(models.Model):
        paid = models.BooleanField(default=False)


    @shared_task
    def send_receipt(order_pk):
        order = Order.objects.get(pk=order_pk)
        print(order.pk)


    def pay(pk):
        order = Order.objects.get(pk=pk)
        send_receipt.delay(order.pk)
    ```

    ## Fix

    Unsafe: appends `.pk` (`.id` for SQLAlchemy is yours to write) to an instance. The task must
    then load the object itself, which the fix does not do.

    ## When it stays silent

    - Where the value is not certain: a parameter without an annotation, a name that branches give
      different values, what another function returns, anything that came through a star-import.
    - For `order.pk`, `str(order)`, `order.to_dict()`, `list(orders.values_list("pk", flat=True))`.
    - For `.apply()`, which serialises nothing.
    - Where the task's `base=` overrides `delay` or `apply_async`, or cannot be found: it may turn
      objects into keys.
    - For a model that defines `__json__`, which kombu calls.
    - For a SQLModel passed to a task with `pydantic=True`.

    ## References

    - [Celery: calling tasks, serializers](https://docs.celeryq.dev/en/stable/userguide/calling.html#serializers)
    - [Celery: tasks, state and database transactions](https://docs.celeryq.dev/en/stable/userguide/tasks.html#performance-and-strategies)
    """

    code: ClassVar[str] = "CEL101"
    name: ClassVar[str] = "orm-object-argument"
    tier = "bug"
    fix = "unsafe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Dispatch

    def check(self, fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
        found = [(sent, held) for sent in fact.sent if (held := orm_object(sent.kind)) is not None]
        if not found or (fact.task is not None and overrides_sending(meaning, fact.task)):
            return
        written = serializer(fact, meaning)
        if written not in SERIALIZERS:
            return
        for sent, held in found:
            node = sent.expression.node
            if node is not None and not _encodes_itself(sent, held, fact, meaning):
                message = _message(sent, held, fact, written)
                yield Report(node, message, _fix(sent, held), _models(held))


def _encodes_itself(sent: Sent, held: Instance | Stream, fact: Dispatch, meaning: Meaning) -> bool:
    """Whether the message can carry the object after all."""
    if is_dumped(sent, fact.task, meaning):
        return True
    definition = held.model.definition if isinstance(held, Instance) else None
    return writes_itself(meaning, definition)


def _message(sent: Sent, held: Instance | Stream, fact: Dispatch, written: str) -> str:
    what = shown(sent.expression)
    task = f"task {fact.label}" if fact.label else "a task"
    verb = "is" if sent.kind == held else "holds"
    subject = f"`{what}` {verb}" if what else "this argument " + verb
    found = f"{subject} {_described(held, what)}"
    cure = _advice(what, sent, held)
    if written == PICKLE:
        return f"{found}, pickled for {task}: the worker gets a stale copy of the row; {cure}"
    sending = "sending this signature" if fact.form in MAKING else f".{fact.form}()"
    return (
        f"{found}, but {task} gets its arguments as {SERIALIZERS[written]}: {sending} raises "
        f"EncodeError; {cure}"
    )


def _described(held: Instance | Stream, what: str) -> str:
    """`a Django model instance (Order, from Order.objects.get(...))`."""
    kind = "model instance" if isinstance(held, Instance) else QUERIES[held.form]
    known = [held.model.name] if held.model.name else []
    origin = held.origin if isinstance(held, Instance) else ""
    if origin and origin != what:
        known.append(origin if " " in origin else f"from {origin}")
    return f"a {held.model.orm} {kind}" + (f" ({', '.join(known)})" if known else "")


def _advice(what: str, sent: Sent, held: Instance | Stream) -> str:
    if sent.kind != held:
        return "send primary keys in the place of objects and load them in the task"
    if isinstance(held, Stream) and held.element == PLAIN:
        return f"send list({what})" if what else "send a list of it"
    if isinstance(held, Stream):
        return "send a list of primary keys and load the objects in the task"
    key = "pk" if held.model.orm in ("Django", "MongoEngine", "Tortoise") else "id"
    sent_instead = f"{what}.{key}" if what.replace(".", "").isidentifier() else "its primary key"
    return f"send {sent_instead} and load it in the task"


def _models(held: Instance | Stream) -> tuple[Definition, ...]:
    known = held.model.definition
    return (defined(known.source, known.definition, "model"),) if known is not None else ()


def _fix(sent: Sent, held: Instance | Stream) -> Plan | None:
    """`.pk` behind an instance that is passed as it is."""
    plain = isinstance(sent.expression, (Name, Attribute, Call, Subscript))
    if held != sent.kind or not isinstance(held, Instance) or not plain:
        return None
    if held.model.orm != "Django" or not isinstance(sent.expression.node, cst.BaseExpression):
        return None
    return Plan("Pass the primary key", (Insert(sent.expression.node, ".pk"),), safe=False)

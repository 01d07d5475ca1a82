"""CEL113 on-commit-result-used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.expressions import shown
from flake8_celery_patterns.meaning.flow.places import Called, Read
from flake8_celery_patterns.meaning.kinds import ClassKind, External, Kind, Method, Partial, Result
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.meaning.tasks.tasks import Task, base_of
from flake8_celery_patterns.rules.rule import Report, Rule

_ON_COMMIT = frozenset({"apply_async_on_commit", "delay_on_commit"})
# Celery's own classes, which have no `…_on_commit`: those of its Django fixup have.
_PLAIN_BASES = frozenset({"celery.Task", "celery.app.task.Task"})


class OnCommitResultUsed(Rule["Called | Dispatch | Read"]):
    """Takes `delay_on_commit` for what it is not.

    ## What it reports

    - The value of `.delay_on_commit(…)` or `.apply_async_on_commit(…)`, used as a result: `.id`,
      `.get()`, directly or through a variable.
    - Either method on a signature or a canvas.
    - Either method on a task whose `base=` derives from `celery.Task` itself.

    ## Why it is a bug

    Both methods only register a callback with Django's transaction and give None: the task is not
    sent yet, so there is no id, and `.id` raises `AttributeError: 'NoneType' object has no
    attribute 'id'`. Only the task class of Celery's Django fixup (`DjangoTask`, Celery 5.4) has
    them: signatures, canvases, and tasks on a plain base raise `AttributeError`.

    ## Example

    ```python
    from celery import shared_task


    @shared_task
    def charge(order_pk):
        print(order_pk)


    def pay(order):
        result = charge.delay_on_commit(order.pk)
        order.task_id = result.id
    ```

    ## Use instead

    Choose the id yourself:

    ```python
    import uuid

    from celery import shared_task


    @shared_task
    def charge(order_pk):
        print(order_pk)


    def pay(order):
        order.task_id = str(uuid.uuid4())
        charge.apply_async_on_commit((order.pk,), task_id=order.task_id)
    ```

    For a signature: `transaction.on_commit(charge.s(order.pk).delay)`. A base class for tasks that
    are sent on commit derives from `celery.contrib.django.task.DjangoTask`.

    ## Fix

    None.

    ## When it stays silent

    - Where the value is only returned or handed on.
    - Where the base is not found, or derives from a class of another library.

    ## References

    - [Celery: trigger tasks at the end of the database transaction](https://docs.celeryq.dev/en/stable/django/first-steps-with-django.html#trigger-tasks-at-the-end-of-the-database-transaction)
    """

    code: ClassVar[str] = "CEL113"
    name: ClassVar[str] = "on-commit-result-used"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[tuple[type, ...]] = (Called, Dispatch, Read)

    def check(self, fact: Called | Dispatch | Read, meaning: Meaning) -> Iterator[Report]:
        if isinstance(fact, Dispatch):
            if fact.form in _ON_COMMIT and fact.call.node is not None:
                lacking = _lacking(fact, meaning)
                if lacking:
                    yield Report(fact.call.node, lacking)
            return
        result = fact.owner if isinstance(fact, Read) else _owner(fact.function)
        if isinstance(result, Result) and result.is_none and result.call.node is not None:
            yield Report(result.call.node, _message(result))


def _owner(kind: Kind) -> Kind | None:
    return kind.owner if isinstance(kind, Method) else None


def _message(result: Result) -> str:
    what = shown(result.call.function)
    return (
        f"`{what}()` gives None, since nothing is sent before the transaction commits: using it "
        "as a result raises AttributeError; choose the id yourself, with "
        "apply_async_on_commit(task_id=...)"
    )


def _lacking(fact: Dispatch, meaning: Meaning) -> str:
    """Why what a dispatch is called on has no such method; "" if it may have it."""
    receiver = fact.receiver
    if isinstance(receiver, (Partial, External)):
        if isinstance(receiver, External) and not receiver.name.startswith("celery."):
            return ""
        what = "canvas" if isinstance(receiver, External) else "signature"
        return (
            f"a {what} has no {fact.form}(): AttributeError; hand its .delay to "
            "transaction.on_commit()"
        )
    base = _plain_base(fact.task, meaning) if fact.task is not None else ""
    if not base:
        return ""
    return (
        f"task {fact.label} has base={base}, which derives from celery.Task and so has no "
        f"{fact.form}(): AttributeError; derive it from celery.contrib.django.task.DjangoTask"
    )


def _plain_base(task: Task, meaning: Meaning) -> str:
    """The name of a task's base if it certainly lacks the methods."""
    base = base_of(meaning, task)
    if isinstance(base, External):
        return base.name if base.name in _PLAIN_BASES else ""
    if not isinstance(base, ClassKind):
        return ""
    family = meaning.ancestry(base)
    is_plain = family.whole and family.external and _PLAIN_BASES.issuperset(family.external)
    if not is_plain or any(family.binding(name) for name in (*_ON_COMMIT, "__getattr__")):
        return ""
    return base.definition.name

"""CEL102 unserializable-argument."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.expressions import Call, Comprehension, Sequence, shown
from flake8_celery_patterns.fixes.plan import Plan, call_on, wrap
from flake8_celery_patterns.meaning.kinds import FunctionKind, Items
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch, Sent
from flake8_celery_patterns.meaning.tasks.tasks import overrides_sending
from flake8_celery_patterns.meaning.values.serializers import JSON, is_dumped, serializer
from flake8_celery_patterns.meaning.values.timing import sending, task_named
from flake8_celery_patterns.meaning.values.uncarried import Uncarried, orm_object, uncarried
from flake8_celery_patterns.meaning.values.values import TIMEDELTA
from flake8_celery_patterns.rules.rule import Report, Rule


class UnserializableArgument(Rule[Dispatch]):
    """Passes a value to a task that JSON cannot carry.

    ## What it reports

    An argument of a task, in any form of dispatch, that is certainly one of these, itself or inside
    a list, tuple, dict or comprehension, also through variables:

    - a set or frozenset, a generator, `range`, `map`, `filter`, `zip` or other iterator, the keys,
      values or items of a dict, a deque;
    - a timedelta, a time zone, a `Path`, a compiled pattern, a complex number, a bytearray;
    - a lambda, function, class, module, coroutine that was not awaited, another task or its result;
    - a member of a plain `Enum`, an instance of a dataclass or of another class of the project, a
      pydantic model, an exception;
    - the request of a web framework, an uploaded or open file, `StringIO`, `BytesIO`;
    - a dict whose keys are tuples, bytes or objects.

    ## Why it is a bug

    Celery sends arguments as JSON. For these values the call raises
    `kombu.exceptions.EncodeError: Object of type set is not JSON serializable`, in the web request,
    and the task is never sent. `task.apply()` in tests and canvases under `task_always_eager` write
    no message, so they do not show it.

    ## Example

    ```python
    from celery import shared_task


    @shared_task
    def index_articles(tags):
        print(tags)


    def publish(articles):
        tags = {article.tag for article in articles}
        index_articles.delay(tags)
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task
    def index_articles(tags):
        print(tags)


    def publish(articles):
        tags = {article.tag for article in articles}
        index_articles.delay(sorted(tags))
    ```

    ## Fix

    Safe: puts `list(…)` around a set, generator or other iterable that is written in the call.
    Unsafe: the same for a variable, and `.total_seconds()` behind a timedelta: the task may count
    on what it was meant to get.

    ## When it stays silent

    - For what kombu's JSON does carry: datetime, date, time, Decimal, UUID, bytes, `IntEnum`,
      `StrEnum` and Django's choices, named tuples, subclasses of dict, list and str, signatures,
      and whatever has a `__json__`.
    - Where the project teaches kombu more types (`register_type`, a serializer of its own).
    - Where another serializer is set, or it is not certain which.
    - Where the value is not certain: parameters without annotation, what branches leave different,
      classes whose bases, metaclass or decorators are not known.
    - For `.apply()`, which writes no message, and where the task's `base=` overrides `delay` or
      `apply_async`: it may turn values into others.
    - For a pydantic model passed to a task with `pydantic=True`.
    - For objects of an ORM: these are CEL101.

    ## References

    - [Celery: calling tasks, serializers](https://docs.celeryq.dev/en/stable/userguide/calling.html#serializers)
    - [kombu: serialization](https://docs.celeryq.dev/projects/kombu/en/stable/userguide/serialization.html)
    """

    code: ClassVar[str] = "CEL102"
    name: ClassVar[str] = "unserializable-argument"
    tier = "bug"
    fix = "safe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Dispatch

    def check(self, fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
        found = [(sent, why) for sent in fact.sent if (why := _reason(sent, fact, meaning))]
        if not found or (fact.task is not None and overrides_sending(meaning, fact.task)):
            return
        if serializer(fact, meaning) != JSON:
            return
        for sent, why in found:
            node = sent.expression.node
            if node is not None and not is_dumped(sent, fact.task, meaning):
                yield Report(node, _message(sent, why, fact), _fix(sent, why))


def _reason(sent: Sent, fact: Dispatch, meaning: Meaning) -> Uncarried | None:
    """Why the message cannot carry a value, where no other rule says so."""
    if orm_object(sent.kind) is not None:
        return None
    if isinstance(sent.kind, FunctionKind) and fact.task is not None:
        if meaning.task(sent.kind.source, sent.kind.definition) is fact.task:
            # A task that is handed to itself is taken for its `self`.
            return None
    return uncarried(meaning, sent.kind)


def _message(sent: Sent, why: Uncarried, fact: Dispatch) -> str:
    text = shown(sent.expression)
    verb = "is" if sent.kind is why.kind else "holds"
    subject = f"`{text}`" if text else "this argument"
    if verb == "is":
        instead = why.instead.format(*[text or "…"] * 2)
    else:
        instead = f"{why.instead.format(*['…'] * 2)} in its place"
    return (
        f"{subject} {verb} {why.what}, but {task_named(fact)} gets its arguments as JSON: "
        f"{sending(fact)} raises EncodeError; send {instead}"
    )


def _fix(sent: Sent, why: Uncarried) -> Plan | None:
    """`list(…)` around an iterable, `.total_seconds()` behind a timedelta."""
    expression = sent.expression
    if sent.kind is not why.kind or expression.node is None:
        return None
    if sent.kind == TIMEDELTA:
        change = call_on(expression.node, "total_seconds")
        return Plan("Pass the seconds", change, safe=False)
    if isinstance(sent.kind, Items):
        written = isinstance(expression, (Call, Comprehension, Sequence))
        return Plan("Pass a list", wrap(expression.node, "list"), safe=written)
    return None

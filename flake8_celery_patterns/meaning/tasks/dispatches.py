"""Dispatches: what is sent to which task, and what each argument is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.expressions import (
    Argument,
    Attribute,
    Call,
    Choice,
    Comprehension,
    Constant,
    Expression,
    Mapping,
    Named,
    Sequence,
    Star,
    dotted,
)
from flake8_celery_patterns.facts.sends import SENDING_METHODS
from flake8_celery_patterns.meaning.flow.places import Place
from flake8_celery_patterns.meaning.kinds import (
    UNKNOWN,
    External,
    Items,
    Kind,
    Mixed,
    Partial,
    Row,
    Stream,
    Table,
    iterated,
    shape,
)
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.tasks.senders import counts_as_task
from flake8_celery_patterns.meaning.tasks.tasks import Task, retries_otherwise
from flake8_celery_patterns.meaning.tasks.wrappers import (
    may_be_celery_app,
    sends_as_given,
)
from flake8_celery_patterns.meaning.values.evaluate import comprehension_scope

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

# Arguments given as they are, and those given as one sequence and one mapping.
_DIRECT = frozenset({"delay", "delay_on_commit", "s", "si"})
_PACKED = frozenset({"apply_async", "apply_async_on_commit", "signature", "subtask"})
_SPREAD = frozenset({"map", "starmap", "chunks"})
# Those that make a signature; the others send.
MAKING = frozenset({"s", "si", "signature", "subtask"}) | _SPREAD
_SIGNATURES = frozenset(
    {"celery.signature", "celery.canvas.signature", "celery.subtask", "celery.canvas.subtask"}
)
_LITERALS = (Comprehension, Mapping, Sequence)
_CURRENT_TASKS = ("celery.app.task.Task()", "celery.Task()", "celery.current_task")


@dataclass(frozen=True, slots=True)
class Sent:
    """One value that a dispatch carries; `Items` of it where the expression holds it.

    `slot` is the 0-based position or the keyword it is passed by, where it is an argument itself
    and not inside one.
    """

    expression: Expression
    kind: Kind
    slot: int | str | None = None


@dataclass(frozen=True, slots=True)
class Dispatch:
    """Work sent to a task, or a signature made for it.

    `form` is the method's name; `task` is None where the receiver was not found; `label` names
    the task in the user's terms; `receiver` is what the method is called on (None for one by
    name); `serializer` is the call's own `serializer=`. `is_partial`: `functools.partial` of it,
    sent when that is called; `call` is then the call that it will be.
    """

    call: Call
    form: str
    task: Task | None
    label: str
    sent: tuple[Sent, ...]
    place: Place
    receiver: Kind | None = None
    serializer: Expression | None = None
    is_partial: bool = False

    @property
    def makes_signature(self) -> bool:
        """Whether nothing is sent yet."""
        return self.form in MAKING


def dispatch_of(meaning: Meaning, call: Call, place: Place) -> Dispatch | None:
    """The dispatch that a call is; None if it is none, or not certainly one."""
    function = call.function
    environment = place.environment
    if isinstance(function, Attribute):
        if function.name in SENDING_METHODS:
            return _of_method(meaning, call, function, place)
        if function.name not in ("partial", "signature"):
            return None
    kind = meaning.evaluate(function, environment)
    if not isinstance(kind, External):
        return None
    if kind.name in _SIGNATURES:
        return _by_name(meaning, call, "signature", place)
    if kind.name == "functools.partial":
        return _of_partial(meaning, call, place)
    return None


def _of_method(meaning: Meaning, call: Call, function: Attribute, place: Place) -> Dispatch | None:
    environment = place.environment
    receiver = meaning.evaluate(function.value, environment)
    form = function.name
    if form == "send_task":
        is_app = may_be_celery_app(meaning, receiver, function.value, environment)
        if not is_app or not sends_as_given(meaning, receiver):
            return None
        return _by_name(meaning, call, form, place)
    if form == "retry":
        return _retry(meaning, call, receiver, place)
    if form == "signature" and may_be_celery_app(meaning, receiver, function.value, environment):
        return _by_name(meaning, call, form, place)
    task = meaning.task_behind(receiver)
    if task is not None and meaning.is_patched(task.source, task.name, form):
        return None
    if task is None and not counts_as_task(meaning, receiver, function, environment):
        return None
    label = task.name if task is not None else _label(function.value)
    sent = tuple(_sent(meaning, form, call.arguments, environment))
    return Dispatch(call, form, task, label, sent, place, receiver, _serializer(call, form))


def _label(receiver: Expression) -> str:
    return (dotted(receiver) or "").rpartition(".")[2]


def _serializer(call: Call, form: str) -> Expression | None:
    found = call.keyword("serializer") if form in _PACKED else None
    return found.value if found is not None else None


def _retry(meaning: Meaning, call: Call, receiver: Kind, place: Place) -> Dispatch | None:
    """`self.retry(args=…, kwargs=…)` of a bound task: it publishes itself anew."""
    bound = isinstance(receiver, External) and receiver.name in _CURRENT_TASKS
    task = meaning.task_behind(receiver)
    if not bound and (task is None or isinstance(receiver, Partial)):
        return None
    known = task if task is not None else place.task
    if known is not None and retries_otherwise(meaning, known):
        return None
    sent = tuple(_packed(meaning, call.arguments, place.environment, 0))
    label = task.name if task is not None else ""
    return Dispatch(call, "retry", task, label, sent, place, receiver)


def _by_name(meaning: Meaning, call: Call, form: str, place: Place) -> Dispatch | None:
    """`app.send_task("name", args=…)`, `signature("name", args=…)`."""
    first = call.positional(0)
    if first is None:
        return None
    name = first.value if isinstance(first, Constant) and isinstance(first.value, str) else None
    label = name.rpartition(".")[2] if name else _label(first)
    sent = tuple(_packed(meaning, call.arguments, place.environment, 1))
    found = call.keyword("serializer")
    serializer = found.value if found is not None else None
    return Dispatch(call, form, None, label, sent, place, serializer=serializer)


def _of_partial(meaning: Meaning, call: Call, place: Place) -> Dispatch | None:
    """`functools.partial(task.delay, …)`: sent when it is called."""
    if not call.arguments or call.arguments[0].keyword or call.arguments[0].star:
        return None
    function = call.arguments[0].value
    if not isinstance(function, Attribute) or function.name not in _DIRECT | _PACKED:
        return None
    later = Call(function, call.arguments[1:], node=call.node)
    found = _of_method(meaning, later, function, place)
    return replace(found, is_partial=True) if found is not None else None


def _sent(
    meaning: Meaning, form: str, arguments: tuple[Argument, ...], environment: Environment
) -> Iterator[Sent]:
    if form in _DIRECT:
        yield from _direct(meaning, arguments, environment)
    elif form in _PACKED:
        yield from _packed(meaning, arguments, environment, 0)
    elif form in _SPREAD and arguments and not arguments[0].star:
        yield from _spread(meaning, arguments[0].value, environment)


def _direct(
    meaning: Meaning, arguments: tuple[Argument, ...], environment: Environment
) -> Iterator[Sent]:
    for position, argument in enumerate(arguments):
        if argument.star == "*":
            yield from _elements(meaning, argument.value, environment)
        elif argument.star == "**":
            yield from _values(meaning, argument.value, environment)
        else:
            slot = position if argument.keyword is None else argument.keyword
            yield from _argument(meaning, argument.value, environment, slot)


def _argument(
    meaning: Meaning, expression: Expression, environment: Environment, slot: int | str
) -> Iterator[Sent]:
    """One argument: itself, or what the literals in it hold."""
    for sent in _within(meaning, expression, environment):
        yield replace(sent, slot=slot) if sent.expression is expression else sent


def _packed(
    meaning: Meaning, arguments: tuple[Argument, ...], environment: Environment, first: int
) -> Iterator[Sent]:
    """What `args` and `kwargs` hold; `first` is the 0-based position of `args`."""
    plain = [a for a in arguments if a.keyword is None]
    positional = {} if any(a.star for a in plain) else dict(enumerate(a.value for a in plain))
    named = {a.keyword: a.value for a in arguments if a.keyword is not None}
    args = named.get("args", positional.get(first))
    kwargs = named.get("kwargs", positional.get(first + 1))
    if args is not None:
        yield from _elements(meaning, args, environment)
    if kwargs is not None:
        yield from _values(meaning, kwargs, environment)


def _elements(meaning: Meaning, expression: Expression, environment: Environment) -> Iterator[Sent]:
    """The values in a sequence of arguments."""
    if isinstance(expression, Sequence) and not any(
        isinstance(item, Star) for item in expression.items
    ):
        for position, item in enumerate(expression.items):
            yield from _argument(meaning, item, environment, position)
        return
    if isinstance(expression, (Sequence, Comprehension)):
        yield from _leaves(meaning, expression, environment)
        return
    kind = meaning.evaluate(expression, environment)
    if isinstance(kind, Row):
        yield from (Sent(expression, Items(item), n) for n, item in enumerate(kind.items))
    elif isinstance(kind, Mixed):
        yield from (Sent(expression, Items(member), 0) for member in kind.members)
    elif isinstance(kind, (Items, Stream)):
        yield Sent(expression, Items(iterated(kind)), 0)
    elif isinstance(expression, Choice):
        yield from _leaves(meaning, expression, environment)


def _values(meaning: Meaning, expression: Expression, environment: Environment) -> Iterator[Sent]:
    """The values in a mapping of arguments."""
    if isinstance(expression, Mapping):
        for entry in expression.entries:
            if entry.key is None:
                yield from _values(meaning, entry.value, environment)
            elif isinstance(entry.key, Constant) and isinstance(entry.key.value, str):
                yield from _argument(meaning, entry.value, environment, entry.key.value)
            else:
                yield from _within(meaning, entry.value, environment)
        return
    if isinstance(expression, Comprehension):
        yield from _leaves(meaning, expression, environment)
        return
    if isinstance(expression, Call) and not any(
        a.keyword is None and not a.star for a in expression.arguments
    ):
        kind = meaning.evaluate(expression.function, environment)
        if isinstance(kind, External) and kind.name == "builtins.dict":
            yield from _direct(meaning, expression.arguments, environment)
            return
    kind = meaning.evaluate(expression, environment)
    if isinstance(kind, Table):
        yield Sent(expression, Items(kind.value))
    elif isinstance(kind, Mixed):
        yield from (Sent(expression, Items(member)) for member in kind.members)


def _spread(meaning: Meaning, expression: Expression, environment: Environment) -> Iterator[Sent]:
    """The items of `.map(…)`, `.starmap(…)`, `.chunks(…)`: each becomes the arguments of a call."""
    if isinstance(expression, (Sequence, Comprehension)):
        yield from _leaves(meaning, expression, environment)
        return
    item = iterated(meaning.evaluate(expression, environment))
    for kind in item.items if isinstance(item, Row) else (item,):
        yield Sent(expression, kind)


def _within(meaning: Meaning, expression: Expression, environment: Environment) -> Iterator[Sent]:
    """A value, and all in it: a set, generator or dict is sent itself too, as an empty one."""
    if isinstance(expression, _LITERALS):
        kind = meaning.evaluate(expression, environment)
        keys = kind.keys if isinstance(kind, (Table, Mixed)) else ()
        bare = Table(UNKNOWN, keys) if keys else shape(kind)
        if keys or (isinstance(bare, Items) and bare.form not in ("list", "tuple")):
            yield Sent(expression, bare)
    yield from _leaves(meaning, expression, environment)


def _leaves(meaning: Meaning, expression: Expression, environment: Environment) -> Iterator[Sent]:
    """The values in nested literals and comprehensions, each with its own expression."""
    if isinstance(expression, Star):
        yield from _elements(meaning, expression.value, environment)
    elif isinstance(expression, Sequence):
        for item in expression.items:
            yield from _within(meaning, item, environment)
    elif isinstance(expression, Mapping):
        for entry in expression.entries:
            if entry.key is None:
                yield from _values(meaning, entry.value, environment)
            else:
                yield from _within(meaning, entry.value, environment)
    elif isinstance(expression, Comprehension):
        inner = comprehension_scope(meaning, expression.clauses, environment)
        yield from _within(meaning, expression.element, inner)
    elif isinstance(expression, Named) and isinstance(expression.value, _LITERALS):
        yield from _within(meaning, expression.value, environment)
    else:
        yield Sent(expression, meaning.evaluate(expression, environment))

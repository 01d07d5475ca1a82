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
from flake8_celery_patterns.meaning.environment import Environment
from flake8_celery_patterns.meaning.evaluate import comprehension_scope, iterated
from flake8_celery_patterns.meaning.kinds import (
    UNKNOWN,
    ClassKind,
    External,
    FunctionKind,
    Items,
    Kind,
    Method,
    Mixed,
    ModuleKind,
    Object,
    Partial,
    Row,
    Stream,
    Table,
    Unresolved,
)
from flake8_celery_patterns.meaning.tasks import Task
from flake8_celery_patterns.meaning.wrappers import (
    OTHER_TASK_LIBRARIES,
    may_be_celery_app,
    sends_as_given,
)
from flake8_celery_patterns.project.project import LIBRARIES

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

# Arguments given as they are, and those given as one sequence and one mapping.
_DIRECT = frozenset({"delay", "delay_on_commit", "s", "si"})
_PACKED = frozenset({"apply_async", "apply_async_on_commit", "signature", "subtask"})
_SPREAD = frozenset({"map", "starmap", "chunks"})
# Those that make a signature; the others send.
MAKING = frozenset({"s", "si", "signature", "subtask"}) | _SPREAD
# What nothing but Celery calls so, whatever the receiver.
_TELLING = frozenset({"delay", "apply_async", "delay_on_commit", "apply_async_on_commit", "si"})
_SIGNATURES = frozenset(
    {"celery.signature", "celery.canvas.signature", "celery.subtask", "celery.canvas.subtask"}
)
_CANVASES = frozenset(
    f"celery.{prefix}{name}()"
    for prefix in ("", "canvas.")
    for name in ("chain", "group", "chord", "signature", "subtask", "chunks", "xmap", "xstarmap")
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
    the task in the user's terms; `serializer` is the call's own `serializer=`.
    """

    call: Call
    form: str
    task: Task | None
    label: str
    sent: tuple[Sent, ...]
    serializer: Expression | None = None


def dispatch_of(meaning: Meaning, call: Call, environment: Environment) -> Dispatch | None:
    """The dispatch that a call is; None if it is none, or not certainly one."""
    function = call.function
    if isinstance(function, Attribute):
        if function.name in SENDING_METHODS:
            return _of_method(meaning, call, function, environment)
        if function.name not in ("partial", "signature"):
            return None
    kind = meaning.evaluate(function, environment)
    if not isinstance(kind, External):
        return None
    if kind.name in _SIGNATURES:
        return _by_name(meaning, call, "signature", environment)
    if kind.name == "functools.partial":
        return _of_partial(meaning, call, environment)
    return None


def _of_method(
    meaning: Meaning, call: Call, function: Attribute, environment: Environment
) -> Dispatch | None:
    receiver = meaning.evaluate(function.value, environment)
    form = function.name
    if form == "send_task":
        is_app = may_be_celery_app(meaning, receiver, function.value, environment)
        if not is_app or not sends_as_given(meaning, receiver):
            return None
        return _by_name(meaning, call, form, environment)
    if form == "retry":
        return _retry(meaning, call, receiver, environment)
    if form == "signature" and may_be_celery_app(meaning, receiver, function.value, environment):
        return _by_name(meaning, call, form, environment)
    task = meaning.task_behind(receiver)
    if task is not None and meaning.is_patched(task.source, task.name, form):
        return None
    if task is None and not _is_sender(meaning, receiver, function, environment):
        return None
    label = task.name if task is not None else _label(function.value)
    sent = tuple(_sent(meaning, form, call.arguments, environment))
    return Dispatch(call, form, task, label, sent, _serializer(call, form))


def _label(receiver: Expression) -> str:
    return (dotted(receiver) or "").rpartition(".")[2]


def _serializer(call: Call, form: str) -> Expression | None:
    found = call.keyword("serializer") if form in _PACKED else None
    return found.value if found is not None else None


def _is_sender(
    meaning: Meaning, receiver: Kind, function: Attribute, environment: Environment
) -> bool:
    """Whether a receiver that is no task of the project counts as one all the same."""
    if isinstance(receiver, External) and receiver.name in _CANVASES:
        return True
    behind = receiver
    while isinstance(behind, Partial):
        behind = behind.of
    if isinstance(behind, (ClassKind, FunctionKind, ModuleKind, Object)):
        return False
    if function.name not in _TELLING or not isinstance(
        behind, (External, Unresolved, Method, type(UNKNOWN))
    ):
        return False
    if meaning.other_task_library(environment.source) or not _may_be_task(function, behind):
        return False
    if isinstance(behind, (External, Unresolved)):
        module = behind.module if isinstance(behind, Unresolved) else behind.name.rpartition(".")[0]
        if "()" in module or module.split(".")[0] in OTHER_TASK_LIBRARIES | _STANDARD:
            return False
        if module.rpartition(".")[2] == "tasks" or ".tasks." in f".{module}.":
            return True
        if isinstance(behind, External) and behind.name.endswith("()"):
            return False
    source = environment.source
    return source.path.stem == "tasks" or meaning.imports_celery(source)


_STANDARD = (
    frozenset({"asyncio", "builtins", "concurrent", "multiprocessing", "threading"}) | LIBRARIES
)


def _may_be_task(function: Attribute, kind: Kind) -> bool:
    """Whether the name of what is not found speaks for a task, or at least not against one.

    A pool has an `apply_async` too, and a shipment may have a `delay`: what was not imported must
    be called a task or a job.
    """
    name = (dotted(function.value) or "").rpartition(".")[2].lower()
    if "pool" in name or "executor" in name:
        return False
    if function.name != "delay" or isinstance(kind, (External, Unresolved)):
        return True
    return any(word in name for word in ("task", "job", "celery"))


def _retry(
    meaning: Meaning, call: Call, receiver: Kind, environment: Environment
) -> Dispatch | None:
    """`self.retry(args=…, kwargs=…)` of a bound task: it publishes itself anew."""
    bound = isinstance(receiver, External) and receiver.name in _CURRENT_TASKS
    task = meaning.task_behind(receiver)
    if not bound and (task is None or isinstance(receiver, Partial)):
        return None
    sent = tuple(_packed(meaning, call.arguments, environment, 0))
    return Dispatch(call, "retry", task, task.name if task is not None else "", sent)


def _by_name(meaning: Meaning, call: Call, form: str, environment: Environment) -> Dispatch | None:
    """`app.send_task("name", args=…)`, `signature("name", args=…)`."""
    first = call.positional(0)
    if first is None:
        return None
    name = first.value if isinstance(first, Constant) and isinstance(first.value, str) else None
    label = name.rpartition(".")[2] if name else _label(first)
    sent = tuple(_packed(meaning, call.arguments, environment, 1))
    found = call.keyword("serializer")
    return Dispatch(call, form, None, label, sent, found.value if found else None)


def _of_partial(meaning: Meaning, call: Call, environment: Environment) -> Dispatch | None:
    """`functools.partial(task.delay, …)`: sent when it is called."""
    if not call.arguments or call.arguments[0].keyword or call.arguments[0].star:
        return None
    function = call.arguments[0].value
    if not isinstance(function, Attribute) or function.name not in _DIRECT | _PACKED:
        return None
    later = Call(function, call.arguments[1:], node=call.node)
    return _of_method(meaning, later, function, environment)


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
    for sent in _leaves(meaning, expression, environment):
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
                yield from _leaves(meaning, entry.value, environment)
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


def _leaves(meaning: Meaning, expression: Expression, environment: Environment) -> Iterator[Sent]:
    """The values in nested literals and comprehensions, each with its own expression."""
    if isinstance(expression, Star):
        yield from _elements(meaning, expression.value, environment)
    elif isinstance(expression, Sequence):
        for item in expression.items:
            yield from _leaves(meaning, item, environment)
    elif isinstance(expression, Mapping):
        for entry in expression.entries:
            if entry.key is None:
                yield from _values(meaning, entry.value, environment)
            else:
                yield from _leaves(meaning, entry.value, environment)
    elif isinstance(expression, Comprehension):
        inner = comprehension_scope(meaning, expression.clauses, environment)
        yield from _leaves(meaning, expression.element, inner)
    elif isinstance(expression, Named) and isinstance(expression.value, _LITERALS):
        yield from _leaves(meaning, expression.value, environment)
    else:
        yield Sent(expression, meaning.evaluate(expression, environment))

"""What a dispatch gives its task: arguments by position and by name, as far as the text shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.expressions import (
    Argument,
    Attribute,
    Call,
    Comprehension,
    Constant,
    Entry,
    Expression,
    Mapping,
    Sequence,
    Star,
)
from flake8_celery_patterns.facts.scopes import Class
from flake8_celery_patterns.meaning.kinds import (
    External,
    FunctionKind,
    Items,
    Object,
    Partial,
    Row,
    TaskSelf,
    iterated,
)
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.meaning.tasks.tasks import is_bound
from flake8_celery_patterns.meaning.values.evaluate import comprehension_scope

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

# Forms that take the task's arguments as they stand, and no options.
DIRECT = frozenset({"delay", "delay_on_commit", "s", "si"})
_PACKED = frozenset({"apply_async", "apply_async_on_commit", "signature", "subtask"})
# What leaves the arguments of a signature as they are.
_SAME_ARGUMENTS = frozenset({"set", "on_error", "link", "link_error"})

Value = Expression
"""An argument: its value, or the whole of `name=value` where it is passed so."""


@dataclass(frozen=True, slots=True)
class Passed:
    """The arguments of one call of a task.

    `positional` are at least those that come by position (None: the text does not show which
    value); `more`: others may come among, before or behind them. `keywords` are those certainly
    given by name; `any_keyword`: others may be given. `is_final`: nothing is added later.
    """

    positional: tuple[Value | None, ...] = ()
    keywords: dict[str, Value | None] = field(default_factory=dict)
    more: bool = False
    any_keyword: bool = False
    is_final: bool = True

    def open(self) -> Passed:
        """The same, where others may be added later."""
        return replace(self, more=True, any_keyword=True, is_final=False)

    def behind(self, first: Passed) -> Passed:
        """This signature's own arguments once it is called with `first`."""
        return Passed(
            first.positional + self.positional,
            {**self.keywords, **first.keywords},
            first.more or self.more,
            first.any_keyword or self.any_keyword,
        )


def passed(meaning: Meaning, dispatch: Dispatch) -> Iterator[Passed]:
    """The calls of the task that a dispatch leads to, each as far as it is known."""
    call, environment = dispatch.call, dispatch.place.environment
    form = dispatch.form
    if form == "retry":
        found = _packed(meaning, call, environment, 0, absent_is_open=True)
    elif form == "send_task":
        found = _packed(meaning, call, environment, 1)
    elif dispatch.receiver is None:
        found = _signature(meaning, call, environment, 1)
    elif form in ("map", "starmap", "chunks"):
        yield from _spread(meaning, form, call, environment)
        return
    else:
        found = _of_method(meaning, form, call, environment)
        if isinstance(dispatch.receiver, Partial):
            own = _own(meaning, call, environment)
            found = own if own is None or own.is_final else _called(found, own)
    if found is not None:
        yield found.open() if dispatch.is_partial else found


def _called(found: Passed | None, own: Passed) -> Passed | None:
    return replace(own, more=False, any_keyword=False).behind(found) if found is not None else None


def _of_method(meaning: Meaning, form: str, call: Call, environment: Environment) -> Passed | None:
    if form in DIRECT:
        found = direct(meaning, call.arguments, environment)
        return found.open() if form == "s" else found
    if form in ("signature", "subtask"):
        return _signature(meaning, call, environment, 0)
    return _packed(meaning, call, environment, 0) if form in _PACKED else None


def given_to_signature(
    meaning: Meaning, form: str, call: Call, environment: Environment
) -> Passed | None:
    """The arguments that a signature made by a task's method `form` has itself; None if unseen."""
    if form in ("s", "si"):
        return direct(meaning, call.arguments, environment)
    if form in ("signature", "subtask"):
        return _packed(meaning, call, environment, 0)
    return None


def own_arguments(meaning: Meaning, dispatch: Dispatch) -> Passed | None:
    """The arguments that a signature which is sent has itself, if it is made on the spot."""
    return _own(meaning, dispatch.call, dispatch.place.environment)


def packed(
    meaning: Meaning,
    args: tuple[Expression, Environment] | None,
    kwargs: tuple[Expression, Environment] | None,
) -> Passed:
    """The arguments that a sequence and a mapping hold, each with where it stands."""
    positional: tuple[Value | None, ...] = ()
    keywords: dict[str, Value | None] = {}
    more = any_keyword = False
    if args is not None:
        positional, more = _sequence(meaning, *args) or ((), True)
    if kwargs is not None:
        keywords, any_keyword = _mapping(meaning, *kwargs)
    return Passed(positional, keywords, more, any_keyword)


def made_here(meaning: Meaning, signature: Expression, environment: Environment) -> Passed | None:
    """The arguments of a signature that is made on the spot; `is_final`: none can be added."""
    return _own(meaning, Call(Attribute(signature, "apply_async")), environment)


def passes_task(meaning: Meaning, dispatch: Dispatch) -> Value | None:
    """The first argument, where it is the task itself or the `self` of the task that sends."""
    call, environment = dispatch.call, dispatch.place.environment
    if dispatch.form in DIRECT:
        first: Value | None = call.positional(0)
    elif dispatch.form in _PACKED and dispatch.receiver is not None:
        given = _packed(meaning, call, environment, 0)
        first = given.positional[0] if given is not None and given.positional else None
    else:
        return None
    if first is None or isinstance(first, Argument):
        return None
    kind = meaning.evaluate(first, environment)
    if isinstance(kind, TaskSelf):
        task = meaning.task(kind.of.source, kind.of.definition)
        return first if task is not None and is_bound(meaning, task) else None
    if isinstance(kind, Object):
        return first if _is_running_class(meaning, kind, dispatch) else None
    same = isinstance(kind, FunctionKind) and kind == dispatch.receiver
    return first if same and dispatch.task is not None else None


def _is_running_class(meaning: Meaning, kind: Object, dispatch: Dispatch) -> bool:
    """Whether a value is the `self` of the class-based task that sends."""
    task = dispatch.place.task
    return (
        task is not None
        and meaning.task(kind.of.source, kind.of.definition) is task
        and isinstance(task.definition, Class)
    )


def _own(meaning: Meaning, call: Call, environment: Environment) -> Passed | None:
    function = call.function
    made = function.value if isinstance(function, Attribute) else None
    while isinstance(made, Call) and isinstance(made.function, Attribute):
        if made.function.name not in _SAME_ARGUMENTS:
            break
        if made.function.name == "set" and made.keyword("immutable") is not None:
            return None
        made = made.function.value
    if not isinstance(made, Call) or not isinstance(made.function, Attribute):
        return None
    receiver = meaning.evaluate(made.function.value, environment)
    if isinstance(receiver, Partial) or made.function.name not in ("s", "si", "signature"):
        return None
    own = _of_method(meaning, made.function.name, made, environment)
    if own is None or not own.is_final:
        # What completes it is known: the call itself.
        return _closed(meaning, made, environment) if own is not None else None
    return own


def _closed(meaning: Meaning, made: Call, environment: Environment) -> Passed | None:
    """The arguments of a `.s(…)` or `.signature(…)`, without what could be added."""
    assert isinstance(made.function, Attribute)
    if made.function.name == "s":
        found: Passed | None = direct(meaning, made.arguments, environment)
    else:
        found = _packed(meaning, made, environment, 0)
    if found is None or found.more or found.any_keyword:
        return None
    return replace(found, is_final=False)


def _signature(meaning: Meaning, call: Call, environment: Environment, first: int) -> Passed | None:
    found = _packed(meaning, call, environment, first)
    immutable = call.keyword("immutable")
    if found is None or (immutable is not None and immutable.value == Constant(True)):
        return found
    return found.open()


def direct(meaning: Meaning, arguments: tuple[Argument, ...], environment: Environment) -> Passed:
    """Arguments as they stand in a call: `.delay(1, x=2, *rest, **others)`."""
    positional: list[Value | None] = []
    keywords: dict[str, Value | None] = {}
    more = any_keyword = False
    for argument in arguments:
        if argument.star == "*":
            values, others = _sequence(meaning, argument.value, environment) or ((), True)
            positional += values
            more = more or others
        elif argument.star == "**":
            named, others = _mapping(meaning, argument.value, environment)
            keywords.update(named)
            any_keyword = any_keyword or others
        elif argument.keyword is not None:
            keywords[argument.keyword] = argument
        else:
            positional.append(argument.value)
    return Passed(tuple(positional), keywords, more, any_keyword)


def _packed(
    meaning: Meaning,
    call: Call,
    environment: Environment,
    first: int,
    *,
    absent_is_open: bool = False,
) -> Passed | None:
    """Arguments given as `args` and `kwargs`; `first` is the 0-based position of `args`.

    `absent_is_open`: without one of them, those of an earlier call are used.
    """
    plain = [a for a in call.arguments if a.keyword is None and a.star != "**"]
    if any(a.star for a in plain):
        return None
    open_options = any(a.star == "**" for a in call.arguments)
    args, kwargs = _given(call, plain, "args", first), _given(call, plain, "kwargs", first + 1)
    positional: tuple[Value | None, ...] = ()
    keywords: dict[str, Value | None] = {}
    more = any_keyword = open_options or absent_is_open
    if args is not None and not (absent_is_open and args == Constant(None)):
        if isinstance(args, Constant) and args.value is not None:
            return None
        positional, more = _sequence(meaning, args, environment) or ((), True)
    if kwargs is not None and not (absent_is_open and kwargs == Constant(None)):
        keywords, any_keyword = _mapping(meaning, kwargs, environment)
    return Passed(positional, keywords, more, any_keyword)


def _given(call: Call, plain: list[Argument], name: str, position: int) -> Expression | None:
    named = call.keyword(name)
    if named is not None:
        return named.value
    return plain[position].value if position < len(plain) else None


def _sequence(
    meaning: Meaning, expression: Expression, environment: Environment
) -> tuple[tuple[Value | None, ...], bool] | None:
    """The values of a sequence, and whether there may be more; None for what is no sequence."""
    if expression == Constant(None):
        return (), False
    if isinstance(expression, Sequence) and expression.kind != "set":
        found: list[Value | None] = []
        more = False
        for item in expression.items:
            if isinstance(item, Star):
                values, others = _sequence(meaning, item.value, environment) or ((), True)
                found += values
                more = more or others
            else:
                found.append(item)
        return tuple(found), more
    kind = meaning.evaluate(expression, environment)
    # (The rows of a query are a `Row` of one, however many columns they have.)
    if isinstance(kind, Row) and len(kind.items) > 1:
        return (None,) * len(kind.items), False
    return None


def _mapping(
    meaning: Meaning, expression: Expression, environment: Environment
) -> tuple[dict[str, Value | None], bool]:
    """The keys of a mapping with their values, and whether there may be others."""
    if expression == Constant(None):
        return {}, False
    if isinstance(expression, Mapping):
        return _entries(meaning, expression.entries, environment)
    if isinstance(expression, Call):
        kind = meaning.evaluate(expression.function, environment)
        if isinstance(kind, External) and kind.name == "builtins.dict":
            if not any(a.keyword is None and a.star != "**" for a in expression.arguments):
                found = direct(meaning, expression.arguments, environment)
                return found.keywords, found.any_keyword
    return {}, True


def _entries(
    meaning: Meaning, entries: tuple[Entry, ...], environment: Environment
) -> tuple[dict[str, Value | None], bool]:
    found: dict[str, Value | None] = {}
    others = False
    for entry in entries:
        if entry.key is None:
            inner, unseen = _mapping(meaning, entry.value, environment)
            found.update(inner)
            others = others or unseen
        elif isinstance(entry.key, Constant) and isinstance(entry.key.value, str):
            found[entry.key.value] = entry.key
        else:
            others = True
    return found, others


def _spread(meaning: Meaning, form: str, call: Call, environment: Environment) -> Iterator[Passed]:
    """The calls that `.map(…)`, `.starmap(…)` or `.chunks(…)` make, one for each item."""
    items = call.positional(0)
    if items is None:
        return
    if form == "map":
        yield Passed((None,))
        return
    if isinstance(items, Sequence):
        for item in items.items:
            found = _sequence(meaning, item, environment) if not isinstance(item, Star) else None
            if found is not None:
                yield Passed(found[0], more=found[1])
        return
    if isinstance(items, Comprehension) and items.kind != "dict":
        inner = comprehension_scope(meaning, items.clauses, environment)
        found = _sequence(meaning, items.element, inner)
        if found is not None:
            yield Passed(found[0], more=found[1])
        return
    kind = meaning.evaluate(items, environment)
    element = iterated(kind) if isinstance(kind, Items) else None
    if isinstance(element, Row) and len(element.items) > 1:
        yield Passed((None,) * len(element.items))

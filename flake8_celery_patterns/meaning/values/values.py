"""What Python's own types are by: calls of builtins, methods of containers, arithmetic."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.expressions import Call, Constant, Expression, Sequence
from flake8_celery_patterns.facts.scopes import Assignment
from flake8_celery_patterns.meaning.kinds import (
    EMPTY,
    NOTHING,
    PLAIN,
    UNKNOWN,
    ClassKind,
    Clock,
    External,
    Items,
    Kind,
    Mixed,
    Moment,
    Object,
    Partial,
    Plain,
    Row,
    Table,
    bounded,
    iterated,
    join,
    shape,
)
from flake8_celery_patterns.meaning.names.environment import Environment

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

TIMEDELTA = External("datetime.timedelta()")
LAMBDA = External("types.LambdaType()")
_EXCEPTION = External("builtins.BaseException()")
# Datetimes whose clock the text does not show.
DATETIMES = frozenset({"datetime.datetime()", "django.utils.timezone.now()"})
# Files: what `with` gives is the same again.
FILES = frozenset(
    {"builtins.open()", "io.open()", "io.BytesIO()", "io.StringIO()", "pathlib.Path().open()"}
)
_PATH = re.compile(r"pathlib\.(Pure)?(Posix|Windows)?Path\(\)")
_CLOCKS: dict[str, tuple[Clock, int | None]] = {
    # By full name: the clock without a zone, and the position of the zone.
    "datetime.datetime.now": ("local", 0),
    "datetime.datetime.today": ("local", None),
    "datetime.datetime.fromtimestamp": ("local", 1),
    "datetime.datetime.utcnow": ("utc", None),
    "datetime.datetime.utcfromtimestamp": ("utc", None),
}
_COLLECTED = {f"builtins.{name}": name for name in ("list", "tuple", "set", "frozenset")} | {
    "collections.deque": "deque",
    "builtins.sorted": "list",
}
_ITERATORS = frozenset({"builtins.iter", "builtins.reversed"})
_PLAIN_CALLS = {
    f"builtins.{name}": type_
    for type_, names in (
        ("str", "str repr ascii chr format input bin hex oct"),
        ("int", "int len hash id ord"),
        ("float", "float"),
        ("bool", "bool isinstance issubclass all any callable hasattr"),
        ("bytes", "bytes"),
        ("", "sum"),
    )
    for name in names.split()
}
_PLAIN_CALLS |= dict.fromkeys(("time.time", "datetime.timedelta().total_seconds"), "float")
_SETS = ("set", "frozenset")
_SET_METHODS = frozenset({"copy", "difference", "intersection", "symmetric_difference", "union"})
_VIEWS = frozenset({"items", "keys", "values"})
_NUMBERS = ("bool", "float", "int")


def called(meaning: Meaning, name: str, call: Call, environment: Environment) -> Kind | None:
    """What a call of the builtin or standard function `name` gives; None if it is not one."""
    clock = _CLOCKS.get(name)
    if clock is not None:
        return _moment(meaning, call, environment, *clock)
    if name in ("builtins.list", "builtins.set") and not call.arguments:
        return Items(EMPTY, name.removeprefix("builtins."))
    if name in ("builtins.tuple", "builtins.frozenset", "collections.deque"):
        if not call.arguments:
            return Items(EMPTY, _COLLECTED[name])
    if name == "builtins.dict" and all(a.keyword is not None for a in call.arguments):
        values = [meaning.evaluate(a.value, environment) for a in call.arguments]
        return mapping(values, [Plain("str") for _ in values])
    if name in _PLAIN_CALLS:
        return Plain(_PLAIN_CALLS[name])
    if name == "builtins.range":
        return Items(Plain("int"), "range")
    if name in ("builtins.zip", "builtins.map", "builtins.filter") and call.is_open:
        return Items(UNKNOWN, name.removeprefix("builtins."))
    first = call.positional(0)
    return _over(meaning, name, call, first, environment) if first is not None else None


def _over(
    meaning: Meaning, name: str, call: Call, first: Expression, environment: Environment
) -> Kind | None:
    """What a builtin makes of the iterable (or function) that it is handed first."""
    if name in _COLLECTED or name in _ITERATORS:
        form = _COLLECTED.get(name) or "iterator"
        return Items(iterated(meaning.evaluate(first, environment)), form)
    if name == "builtins.enumerate":
        element = iterated(meaning.evaluate(first, environment))
        return Items(Row((Plain("int"), element)), "enumerate")
    if name == "builtins.zip":
        members = (meaning.evaluate(a.value, environment) for a in call.arguments)
        return Items(Row(tuple(bounded([iterated(member) for member in members]))), "zip")
    if name == "builtins.map":
        return Items(UNKNOWN, "map")
    if name == "builtins.filter":
        second = call.positional(1)
        held = meaning.evaluate(second, environment) if second is not None else UNKNOWN
        return Items(iterated(held), "filter")
    if name == "builtins.next":
        return iterated(meaning.evaluate(first, environment))
    if name == "functools.partial":
        return Partial(meaning.evaluate(first, environment))
    return None


def _moment(
    meaning: Meaning, call: Call, environment: Environment, clock: Clock, position: int | None
) -> Kind:
    """A datetime asked from the clock, naive where no zone is given."""
    if position is None:
        return Moment(clock, call)
    if call.is_open:
        return External("datetime.datetime()")
    given = call.keyword("tz")
    zone = given.value if given is not None else call.positional(position)
    if zone is None or meaning.evaluate(zone, environment) == NOTHING:
        return Moment(clock, call)
    if isinstance(zone, Constant) or meaning.evaluate(zone, environment) == UNKNOWN:
        # It may be None.
        return External("datetime.datetime()")
    return Moment("aware", call)


def mapping(values: list[Kind], keys: list[Kind]) -> Kind:
    """A dict of these values and keys."""
    shown = tuple({(type(key), str(key)): key for key in keys}.values())
    made = container(lambda value: Table(value, shown), values)
    return Mixed(made.members, "dict", shown) if isinstance(made, Mixed) else made


def container(form: Callable[[Kind], Kind], kinds: list[Kind], name: str = "") -> Kind:
    """A literal list, set or dict of these: of one kind, or mixed."""
    if not kinds:
        return form(EMPTY)
    kinds = bounded(kinds)
    joined = join(kinds)
    mixed = joined == UNKNOWN and len(kinds) > 1
    return Mixed(tuple(kinds), name) if mixed else form(joined)


def method(owner: Kind, name: str, call: Call) -> Kind | None:
    """What a method of a container or of a moment gives; None where that is not known."""
    is_dict = isinstance(owner, Table) or (isinstance(owner, Mixed) and owner.form == "dict")
    if is_dict and name in _VIEWS and not call.arguments:
        return Items(_viewed(owner, name), f"dict {name}")
    if is_dict and name == "copy":
        return owner
    if isinstance(owner, Items) and owner.form in _SETS and name in _SET_METHODS:
        return owner if name == "copy" else shape(owner)
    if isinstance(owner, Items) and owner.form == "list" and name == "copy":
        return owner
    return _of_moment(owner, name, call) if isinstance(owner, Moment) else None


def _viewed(owner: Kind, name: str) -> Kind:
    value = owner.value if isinstance(owner, Table) else UNKNOWN
    if name == "values":
        return value
    key = iterated(owner) if isinstance(owner, Table) else UNKNOWN
    return key if name == "keys" else Row((key, value))


def _of_moment(owner: Moment, name: str, call: Call) -> Kind:
    if name == "replace":
        zoned = call.is_open or call.keyword("tzinfo") or call.positional(7)
        return External("datetime.datetime()") if zoned else owner
    if name == "astimezone":
        return Moment("aware", owner.origin)
    if name in ("isoformat", "strftime", "ctime"):
        return Plain("str")
    if name == "timestamp":
        return Plain("float")
    return External(f"datetime.{name}()") if name in ("date", "time") else UNKNOWN


def combined(operator: str, left: Kind, right: Kind) -> Kind:
    """What a binary operator makes of numbers, texts, times, sets and paths."""
    if isinstance(left, Plain) and isinstance(right, Plain):
        return _plain(operator, left.type, right.type)
    if isinstance(left, Plain) and left.type == "str":
        return left if operator == "%" else UNKNOWN
    if operator in ("+", "-", "*", "/", "//") and (_is_time(left) or _is_time(right)):
        return _time(operator, left, right)
    if operator == "/" and isinstance(left, External) and _PATH.fullmatch(left.name):
        return left
    if isinstance(left, Items) and left.form in _SETS and operator in ("|", "&", "-", "^"):
        is_set = isinstance(right, Items) and right.form in (*_SETS, "dict keys", "dict items")
        return Items(UNKNOWN, left.form) if is_set else UNKNOWN
    if operator == "+" and isinstance(left, Items):
        return join([left, right])
    if operator == "|" and isinstance(left, Table) and isinstance(right, Table):
        return Table(join([left.value, right.value]))
    return UNKNOWN


def _plain(operator: str, left: str, right: str) -> Kind:
    if left == "str" and operator == "%":
        return Plain("str")
    if left in _NUMBERS and right in _NUMBERS:
        is_float = operator == "/" or "float" in (left, right)
        return Plain("float" if is_float else "int")
    return Plain(left) if left == right and operator == "+" else PLAIN


def _is_time(kind: Kind) -> bool:
    return kind == TIMEDELTA or is_datetime(kind)


def is_datetime(kind: Kind) -> bool:
    """Whether a value is certainly a `datetime`."""
    if isinstance(kind, External):
        return kind.name in DATETIMES
    return isinstance(kind, Moment)


def _time(operator: str, left: Kind, right: Kind) -> Kind:
    """Arithmetic of datetimes and durations."""
    if operator == "+":
        # What is added to a datetime, and what a datetime is added to, can only be a duration.
        if is_datetime(left) or is_datetime(right):
            return left if is_datetime(left) else right
        return TIMEDELTA if left == right else UNKNOWN
    if operator == "-":
        if left == TIMEDELTA:
            return TIMEDELTA if right == TIMEDELTA else UNKNOWN
        if right == TIMEDELTA:
            return left if is_datetime(left) else UNKNOWN
        return TIMEDELTA if is_datetime(left) and is_datetime(right) else UNKNOWN
    other = right if left == TIMEDELTA else left
    if isinstance(other, Plain) and (left == TIMEDELTA or operator == "*"):
        return TIMEDELTA
    is_ratio = left == right == TIMEDELTA and operator in ("/", "//")
    return Plain("float" if operator == "/" else "int") if is_ratio else UNKNOWN


_ENUMS = re.compile(r"enum\.\w*(Enum|Flag)|django\.db\.models\.(enums\.)?(Text|Integer)?Choices")


def enum_member(meaning: Meaning, owner: ClassKind, name: str) -> Object | None:
    """The member `name` of an enumeration of the project."""
    family = meaning.ancestry(owner)
    if not any(_ENUMS.fullmatch(base) for base in family.external):
        return None
    found = family.binding(name)
    return Object(owner) if found is not None and isinstance(found[1], Assignment) else None


def caught(meaning: Meaning, types: Expression | None, environment: Environment) -> Kind:
    """What `except types as name` binds: an exception, whichever it is."""
    if types is None or isinstance(types, Sequence):
        return _EXCEPTION
    kind = meaning.evaluate(types, environment)
    if isinstance(kind, ClassKind):
        return Object(kind)
    if isinstance(kind, External) and not kind.name.endswith("()"):
        return External(f"{kind.name}()")
    return _EXCEPTION

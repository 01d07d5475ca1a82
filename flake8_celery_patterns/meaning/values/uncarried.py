"""What kombu's JSON cannot carry: measured, value by value, on kombu 5.3 to 5.7.

It does carry dates, times, Decimal, UUID, bytes, subclasses of dict, list, str and int, and
what has a `__json__`; for everything else the encoder raises.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_celery_patterns.meaning.kinds import (
    Awaitable,
    ClassKind,
    External,
    FunctionKind,
    Instance,
    Items,
    Kind,
    Mixed,
    ModelClass,
    ModuleKind,
    Object,
    Plain,
    Result,
    Row,
    Stream,
    Table,
    parts,
)
from flake8_celery_patterns.meaning.names.classes import base_kinds
from flake8_celery_patterns.meaning.values.serializers import PYDANTIC, writes_itself

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning


@dataclass(frozen=True, slots=True)
class Uncarried:
    """Something that JSON cannot carry.

    `what` it is ("a set"), and what to send in its place: `instead`, with `{}` for its expression.
    `kind` is the kind it was told by.
    """

    what: str
    instead: str
    kind: Kind


# What hands out the rows of a query, by the name users know it by.
QUERIES = {"queryset": "queryset", "query": "query", "relationship": "relationship"}
_LIST = "list({})"
_FORMS = {
    "set": ("a set", "sorted({}) or list({})"),
    "frozenset": ("a frozenset", "sorted({}) or list({})"),
    "generator": ("a generator", _LIST),
    "range": ("a range", _LIST),
    "map": ("a map iterator", _LIST),
    "filter": ("a filter iterator", _LIST),
    "zip": ("a zip iterator", _LIST),
    "enumerate": ("an enumerate iterator", _LIST),
    "iterator": ("an iterator", _LIST),
    "deque": ("a deque", _LIST),
    "dict keys": ("a view of a dict's keys", _LIST),
    "dict values": ("a view of a dict's values", _LIST),
    "dict items": ("a view of a dict's items", _LIST),
}
_FEW = "the few plain values of it that the task needs"
_PATH = "the file's path or content"
_REQUESTS = (
    r"django\.http\.(request\.)?HttpRequest\(\)|rest_framework\.request\.Request\(\)"
    r"|django\.core\.handlers\.\w+\.(WSGI|ASGI)Request\(\)"
)
_EXCEPTION = (
    r"(?:\w+\.)+_?([A-Z]\w*)?(Error|Exception|Warning)\(\)"
    r"|builtins\.(KeyboardInterrupt|SystemExit|StopIteration|GeneratorExit)\(\)"
)
_EXTERNAL: tuple[tuple[str, str, str], ...] = (
    (r"types\.LambdaType\(\)", "a lambda", "plain data"),
    (r"datetime\.timedelta\(\)", "a timedelta", "{}.total_seconds()"),
    (
        r"datetime\.timezone(\.utc|\(\))|(zoneinfo\.ZoneInfo|pytz\.timezone)\(\)",
        "a time zone",
        "its name",
    ),
    (r"builtins\.set\(\)", *_FORMS["set"]),
    (r"builtins\.frozenset\(\)", *_FORMS["frozenset"]),
    (r"builtins\.(bytearray|memoryview)\(\)", "a {name}", "bytes({})"),
    (r"builtins\.complex\(\)|fractions\.Fraction\(\)", "a {name}", "str({})"),
    (r"collections\.deque\(\)", *_FORMS["deque"]),
    (r"pathlib\.(Pure)?(Posix|Windows)?Path\(\)", "a {name}", "str({})"),
    (r"re\.compile\(\)|re\.Pattern\(\)", "a compiled pattern", "{}.pattern"),
    (r"re\.(match|search|fullmatch)\(\)", "a match object", "{}.group()"),
    (r"(builtins|io)\.open\(\)|pathlib\.Path\(\)\.open\(\)", "an open file", _PATH),
    (r"tempfile\.\w*TemporaryFile\(\)", "an open file", _PATH),
    (r"io\.(StringIO|BytesIO)\(\)", "a {name}", "{}.getvalue()"),
    (r"ipaddress\.ip_\w+\(\)|ipaddress\.IPv[46]\w+\(\)", "an IP address object", "str({})"),
    (r"types\.(SimpleNamespace|MappingProxyType)\(\)", "a {name}", "a dict"),
    (r"logging\.getLogger\(\)", "a logger", "nothing: the task gets a logger of its own"),
    (r"threading\.(R?Lock|Event|Thread)\(\)", "a {name}", "plain data"),
    (r"os\.environ", "os.environ", "a dict of what the task needs"),
    (
        rf"{_REQUESTS}|flask\.(globals\.)?request|(starlette\.requests|fastapi)\.Request\(\)",
        "the request",
        _FEW,
    ),
    (rf"({_REQUESTS})\.session", "a session", "its session_key, or " + _FEW),
    (
        rf"({_REQUESTS})\.headers|flask\.(globals\.)?request\.headers",
        "the request's headers",
        "dict({})",
    ),
    (
        rf"({_REQUESTS})\.FILES\.get\(\)|fastapi\.UploadFile\(\)",
        "an uploaded file",
        "its content, or a path to which it was saved",
    ),
    (r"django\.core\.files\.(\w+\.)*\w*File\(\)", "a file", _PATH),
    (r"numpy\.(array|asarray|arange|zeros|ones|linspace)\(\)", "a numpy array", "{}.tolist()"),
    (
        r"pandas\.(DataFrame|Series|read_(csv|excel|feather|parquet|sql\w*|table)|concat)\(\)",
        "a pandas object",
        "{}.to_dict()",
    ),
    (r"celery\.(result\.|app\.\w+\.)?(AsyncResult|GroupResult)\(\)", "a task's result", "{}.id"),
    (
        _EXCEPTION,
        "an exception",
        "str({})",
    ),
)
_TABLE = tuple((re.compile(pattern), what, instead) for pattern, what, instead in _EXTERNAL)
# Bases outside the project whose instances have no `__json__` and are no dict, list, str or int.
_PLAIN_BASES = re.compile(
    r"enum\.(Enum|Flag)|pydantic\.(main\.)?BaseModel|abc\.ABC"
    r"|builtins\.(\w*(Error|Exception|Warning)|object)|(\w+\.)+[A-Z]\w*(Error|Exception)"
    r"|django\.(forms|views)\..*|rest_framework\.(serializers|views|viewsets|generics)\..*"
    r"|django\.core\.management\.(base\.)?BaseCommand|unittest\.(\w+\.)*TestCase"
)
_DATACLASS = re.compile(r"(pydantic\.)?dataclasses\.dataclass(\(\))?|attrs?\.\w+(\(\))?")
# Class decorators that give no `__json__`.
_PLAIN_DECORATORS = re.compile(
    rf"{_DATACLASS.pattern}|functools\.total_ordering|enum\.unique|typing(_extensions)?\.\w+"
    r"|dataclasses_json\.dataclass_json(\(\))?"
)
_METACLASSES = ("abc.ABCMeta", "enum.EnumMeta", "enum.EnumType")


def uncarried(meaning: Meaning, kind: Kind) -> Uncarried | None:
    """Why JSON cannot carry a value; None where it can, or where that is not certain.

    Objects of an ORM are left to `orm_object`.
    """
    return None if meaning.config.teaches_json else _uncarried(meaning, kind)


def orm_object(kind: Kind) -> Instance | Stream | None:
    """The instance or queryset that a value is or holds: JSON cannot carry it either."""
    if isinstance(kind, Instance):
        return kind
    if isinstance(kind, Stream):
        return kind if kind.form in QUERIES else None
    return next((found for part in parts(kind) if (found := orm_object(part))), None)


def _uncarried(meaning: Meaning, kind: Kind) -> Uncarried | None:
    own = _own(meaning, kind)
    if own is not None:
        return own
    for part in parts(kind):
        found = _uncarried(meaning, part)
        if found is not None:
            return found
    if isinstance(kind, (Table, Mixed)):
        return _of_keys(meaning, kind)
    return None


def _of_keys(meaning: Meaning, kind: Table | Mixed) -> Uncarried | None:
    """A dict with keys that JSON has no text for (json.encoder takes str, numbers and None)."""
    for key in kind.keys:
        what = "tuples" if isinstance(key, Row) else ""
        if isinstance(key, Plain) and key.type == "bytes":
            what = "bytes"
        elif isinstance(key, Object) and _object(meaning, key) is not None:
            what = f"objects ({key.of.definition.name})"
        if what:
            return Uncarried(f"a dict with {what} as keys", "a list of pairs", kind)
    return None


def _own(meaning: Meaning, kind: Kind) -> Uncarried | None:
    if isinstance(kind, (Items, Mixed)) and kind.form in _FORMS:
        return Uncarried(*_FORMS[kind.form], kind)
    if isinstance(kind, External):
        return _external(kind)
    if isinstance(kind, Object):
        return _object(meaning, kind)
    if isinstance(kind, FunctionKind):
        if meaning.task(kind.source, kind.definition) is not None:
            return Uncarried("a task", "{}.name, or a signature of it: {}.s()", kind)
        if kind.definition.decorators:
            return None
        return Uncarried("a function", "plain data", kind)
    if isinstance(kind, (ClassKind, ModelClass)):
        return Uncarried("a class", "its name", kind)
    if isinstance(kind, ModuleKind):
        return Uncarried("a module", "its name", kind)
    if isinstance(kind, Awaitable):
        return Uncarried("a coroutine that is not awaited", "await {}", kind)
    if isinstance(kind, Result) and kind.form != "apply":
        return Uncarried("a task's result", "{}.id", kind)
    return None


def _external(kind: External) -> Uncarried | None:
    for pattern, what, instead in _TABLE:
        if pattern.fullmatch(kind.name):
            name = kind.name.removesuffix("()").rpartition(".")[2]
            return Uncarried(what.format(name=name), instead, kind)
    return None


def _object(meaning: Meaning, kind: Object) -> Uncarried | None:
    """An instance of a project's class, if all that it inherits is known."""
    definition = kind.of.definition
    family = meaning.ancestry(kind.of)
    if not family.whole or not all(_PLAIN_BASES.fullmatch(base) for base in family.external):
        return None
    # A class that answers to any attribute may answer to `__json__`.
    own = ("__new__", "__getattr__", "__getattribute__")
    if writes_itself(meaning, kind.of) or any(family.binding(name) for name in own):
        return None
    if not all(_is_plain(meaning, member) for member in family.classes):
        return None
    name = definition.name
    bases = " ".join(family.external)
    if "enum." in bases:
        return Uncarried(f"a member of the enumeration {name}", "{}.value", kind)
    if any(base in PYDANTIC for base in family.external):
        return Uncarried(f"a pydantic model ({name})", '{}.model_dump(mode="json")', kind)
    if re.search(r"(Error|Exception|Warning)\b", bases):
        return Uncarried(f"an exception ({name})", "str({})", kind)
    if any(_is_dataclass(meaning, member) for member in family.classes):
        return Uncarried(f"an instance of the dataclass {name}", "a dict of its fields", kind)
    return Uncarried(f"an instance of the class {name}", _FEW, kind)


def _is_plain(meaning: Meaning, kind: ClassKind) -> bool:
    """Whether nothing about a class itself is unknown: protocol, metaclass, decorators."""
    definition = kind.definition
    where = meaning.lexical(kind.source, definition.parent or kind.source.facts)
    for base in base_kinds(meaning, kind):
        if isinstance(base, External) and base.name.endswith(".Protocol"):
            return False
    metaclass = definition.keyword("metaclass")
    if metaclass is not None:
        named = meaning.evaluate(metaclass, where)
        if not isinstance(named, External) or named.name not in _METACLASSES:
            return False
    decorators = [meaning.evaluate(decorator, where) for decorator in definition.decorators]
    return all(
        isinstance(found, External) and _PLAIN_DECORATORS.fullmatch(found.name) is not None
        for found in decorators
    )


def _is_dataclass(meaning: Meaning, kind: ClassKind) -> bool:
    where = meaning.lexical(kind.source, kind.definition.parent or kind.source.facts)
    kinds = [meaning.evaluate(decorator, where) for decorator in kind.definition.decorators]
    return any(isinstance(k, External) and _DATACLASS.fullmatch(k.name) for k in kinds)

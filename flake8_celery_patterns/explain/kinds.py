"""What a value was found to be, in words."""

from __future__ import annotations

from flake8_celery_patterns.meaning.kinds import (
    Awaitable,
    Canvas,
    ClassKind,
    Empty,
    External,
    FunctionKind,
    Instance,
    Items,
    Kind,
    Maybe,
    Method,
    Mixed,
    ModelClass,
    ModuleKind,
    Moment,
    Nothing,
    Object,
    Partial,
    Plain,
    Result,
    Row,
    Stream,
    Table,
    TaskSelf,
)
from flake8_celery_patterns.meaning.meaning import Meaning

_CLOCKS = {
    "local": "a datetime of local time, without a time zone",
    "utc": "a datetime of UTC, without a time zone",
    "aware": "a datetime with a time zone",
}


def in_words(kind: Kind, meaning: Meaning | None = None, text: str = "") -> str:
    """Say what a value of `kind` is, as in "it is ..."; "" where nothing is known.

    With a `meaning`, functions that are tasks are called so. `text`: its expression, as written.
    """
    return _of_orm(kind, text) or _of_program(kind, meaning) or _held(kind, meaning)


def _of_orm(kind: Kind, text: str) -> str:
    match kind:
        case Instance(model, origin):
            known = [model.name] if model.name else []
            if origin and origin != text:
                known.append(origin if " " in origin else f"from {origin}")
            return f"a {model.orm} model instance" + (f" ({', '.join(known)})" if known else "")
        case ModelClass(model):
            return f"the {model.orm} model {model.name}"
        case Stream(form, model):
            named = f" of {model.name}" if model.name else ""
            return f"a {model.orm} {form}{named}"
    return ""


def _of_program(kind: Kind, meaning: Meaning | None) -> str:
    """What stands for something that the program defines, imports or calls."""
    match kind:
        case Canvas():
            return f"a {kind.form}"
        case External(name):
            name = name.removeprefix("builtins.")
            return f"what {name} gives" if name.endswith("()") else name
        case ModuleKind(source):
            return f"the module {source.path.name}"
        case ClassKind(_, definition):
            return f"the class {definition.name}"
        case FunctionKind(source, definition):
            is_task = meaning is not None and meaning.task(source, definition) is not None
            return f"the {'task' if is_task else 'function'} {definition.name}"
        case Object(of):
            return f"an instance of {of.definition.name}"
        case TaskSelf():
            return "the task itself"
        case Method(owner, name):
            words = in_words(owner, meaning)
            return f"`.{name}` of {words}" if words else ""
        case Partial(of):
            return f"a signature of {in_words(of, meaning) or 'an unknown task'}"
        case Result():
            return "the result of a task"
    return ""


def _held(kind: Kind, meaning: Meaning | None) -> str:
    """What is plain, or holds others."""

    def words(inner: Kind) -> str:
        return in_words(inner, meaning) or "something unknown"

    match kind:
        case Plain(type):
            return f"a plain value ({type})" if type else "a plain value"
        case Nothing():
            return "None"
        case Empty():
            return "nothing yet"
        case Items(element, form):
            return f"a {form or 'sequence'}, each item {words(element)}"
        case Row(items):
            return f"a tuple of {', '.join(map(words, items))}"
        case Table(value):
            return f"a dict, each value {words(value)}"
        case Mixed(members, form):
            return f"a {form or 'container'} of {', '.join(map(words, members))}"
        case Maybe(of):
            return f"{words(of)}, or None"
        case Moment(clock):
            return _CLOCKS[clock]
        case Awaitable(value):
            return f"a coroutine that gives {words(value)}"
    return ""

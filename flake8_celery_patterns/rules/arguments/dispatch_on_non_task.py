"""CEL116 dispatch-on-non-task."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.expressions import Call, Name, everything, shown
from flake8_celery_patterns.fixes.search import holds_name
from flake8_celery_patterns.meaning.errors.expected import expects_error
from flake8_celery_patterns.meaning.flow.places import Called, InBranch, InTry, Place
from flake8_celery_patterns.meaning.kinds import ClassKind, FunctionKind, Kind, Method
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.project.project import Source
from flake8_celery_patterns.rules.rule import Report, Rule

_FORMS = frozenset(
    """
    apply_async apply_async_on_commit chunks delay delay_on_commit s si signature starmap subtask
    """.split()
)
# Bases that give a class nothing of these names.
_PLAIN_BASES = ("builtins.object", "builtins.Exception", "builtins.ValueError", "abc.ABC")
# A module in which names can come to mean something else.
_CHANGING = (b"globals()", b"setattr(")


class DispatchOnNonTask(Rule[Called]):
    """Dispatches a function or class that is no task.

    ## What it reports

    `.delay()`, `.apply_async()`, `.s()`, `.si()`, `.signature()` and their like on a name that is a
    plain function, a coroutine function or a plain class of the project: the task decorator was
    forgotten, or the wrong function was imported.

    ## Why it is a bug

    A function has no such method: `send_receipt.delay(1)` raises `AttributeError: 'function' object
    has no attribute 'delay'` where it is called.

    ## Example

    ```python
    from celery import shared_task


    def send_receipt(order_id):
        print(order_id)


    @shared_task
    def charge(order_id):
        send_receipt.delay(order_id)
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task
    def send_receipt(order_id):
        print(order_id)


    @shared_task
    def charge(order_id):
        send_receipt.delay(order_id)
    ```

    ## Fix

    None: whether the function is to be a task, or another one was meant, cannot be told.

    ## When it stays silent

    - Where anything decorates the function or class, or sets such an attribute on it.
    - Where the name is bound more than once, by a star-import, or is not found in the project.
    - For a class with a base outside the project, a metaclass, or a method of that name.
    - In a branch that asks for the attribute (`hasattr`), and where `AttributeError` is caught.

    ## References

    - [Celery: tasks](https://docs.celeryq.dev/en/stable/userguide/tasks.html#basics)
    """

    code: ClassVar[str] = "CEL116"
    name: ClassVar[str] = "dispatch-on-non-task"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Called

    def check(self, fact: Called, meaning: Meaning) -> Iterator[Report]:
        method = fact.function
        node = fact.call.function.node
        if not isinstance(method, Method) or method.name not in _FORMS or node is None:
            return
        what = _plain(meaning, method.owner, method.name)
        if what is not None and not _is_guarded(fact.place) and not expects_error(fact.place):
            yield Report(node, _message(method, what, fact.call))


def _plain(meaning: Meaning, kind: Kind, method: str) -> str | None:
    """What a value is that certainly has no such method; None if it may have it."""
    if not isinstance(kind, (FunctionKind, ClassKind)) or kind.definition.decorators:
        return None
    definition = kind.definition
    if meaning.task(kind.source, definition) is not None:
        return None
    source = kind.source
    if meaning.is_patched(source, definition.name, method) or _may_change(meaning, source):
        return None
    if isinstance(kind, FunctionKind):
        return "coroutine function" if kind.definition.is_async else "function"
    family = meaning.ancestry(kind)
    if not family.whole or any(base not in _PLAIN_BASES for base in family.external):
        return None
    if family.binding(method) is not None:
        return None
    shaped = any(
        c.definition.decorators or c.definition.keyword("metaclass") for c in family.classes
    )
    return None if shaped else "class"


def _may_change(meaning: Meaning, source: Source) -> bool:
    """Whether a module may bind its names anew in ways that are not followed."""
    text = meaning.project.content(source.path)
    return text is None or any(sign in text for sign in _CHANGING)


def _is_guarded(place: Place) -> bool:
    """Whether the code itself reckons with the attribute not being there."""
    for around in place.around:
        if isinstance(around, InBranch):
            for part in everything(around.test):
                if isinstance(part, Call) and part.function in (Name("hasattr"), Name("getattr")):
                    return True
        elif isinstance(around, InTry):
            caught = [handler.type for handler in around.node.handlers]
            if any(type_ is None or holds_name(type_, "AttributeError") for type_ in caught):
                return True
    return False


def _message(method: Method, what: str, call: Call) -> str:
    text = shown(call.function).removesuffix(f".{method.name}")
    if what == "coroutine function":
        article, cure = "a", "await it, or make a plain function of it with @shared_task"
    else:
        article, cure = "a plain", "make it a task with @shared_task, or call it as it is"
    return (
        f"`{text}` is {article} {what} and no task: .{method.name}() raises AttributeError; {cure}"
    )

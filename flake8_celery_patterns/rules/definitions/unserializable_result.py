"""CEL206 unserializable-result."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.expressions import Expression, Mapping, Sequence, Star, shown
from flake8_celery_patterns.facts.scopes import Function
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.flow.places import Returned
from flake8_celery_patterns.meaning.kinds import Instance, Kind, Result, Stream
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.literals import UNSEEN
from flake8_celery_patterns.meaning.tasks.running import below
from flake8_celery_patterns.meaning.tasks.tasks import (
    Task,
    base_of,
    call_is_overridden,
    option,
    option_value,
)
from flake8_celery_patterns.meaning.values.serializers import (
    JSON,
    is_pydantic,
    takes_pydantic,
    writes_itself,
)
from flake8_celery_patterns.meaning.values.uncarried import (
    QUERIES,
    Uncarried,
    orm_object,
    uncarried,
)
from flake8_celery_patterns.rules.rule import Report, Rule


class UnserializableResult(Rule[Returned]):
    """Task returns a value that JSON cannot carry.

    ## What it reports

    A `return` in a task whose value certainly is or holds an object of an ORM, a queryset, a set, a
    generator, a timedelta, a member of an `Enum`, an instance of a class of the project, an
    exception, or whatever else CEL102 reports as an argument; also a list of other tasks' results.

    ## Why it is a bug

    Celery stores what a task returns as JSON. The body has run, the mail is sent, the card is
    charged; then storing the result raises `kombu.exceptions.EncodeError: Object of type Order is
    not JSON serializable`, and the task is recorded as FAILURE. Whoever sees that runs it again.
    Tests that call `task.apply()` do not show it.

    ## Example

    ```python
    from celery import Celery

    app = Celery("articles", backend="redis://localhost")


    @app.task(time_limit=60)
    def find_tags(words):
        tags = {word.lower() for word in words}
        return tags
    ```

    ## Use instead

    ```python
    from celery import Celery

    app = Celery("articles", backend="redis://localhost")


    @app.task(time_limit=60)
    def find_tags(words):
        tags = {word.lower() for word in words}
        return sorted(tags)
    ```

    ## Fix

    None: who reads the result decides what it should be.

    ## When it stays silent

    - With `ignore_result=True` from any source, or where that is not certain.
    - Where no result backend is in sight: what tasks return is then dropped. (With an app whose
      settings come from out of view, one is taken for granted.)
    - Where another `result_serializer` is set, or it is not certain which; where the project
      teaches kombu more types.
    - Where the value is not certain.
    - Where the project itself also calls the task as a function, `find_tags(…)`: what it returns
      may be meant for that.
    - For one result, `return other.delay()`: Celery stores its id.
    - Where another decorator stands below the task decorator, or the task's class has a `__call__`
      of its own: they may change what is returned.
    - For a pydantic model returned by a task with `pydantic=True`.
    - For generator tasks and coroutines, which never run: these are CEL217 and CEL203.

    ## References

    - [Celery: result_serializer](https://docs.celeryq.dev/en/stable/userguide/configuration.html#result-serializer)
    - [Celery: ignore results you don't want](https://docs.celeryq.dev/en/stable/userguide/tasks.html#ignore-results-you-don-t-want)
    """

    code: ClassVar[str] = "CEL206"
    name: ClassVar[str] = "unserializable-result"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Returned

    def check(self, fact: Returned, meaning: Meaning) -> Iterator[Report]:
        task = fact.place.task
        if task is None or task.run is None or task.run is not fact.place.function:
            return
        if task.run.is_generator or task.run.is_async or not task.keeps_signature:
            return
        if below(task):
            # Another decorator may make something else of what the function returns.
            return
        if isinstance(fact.kind, Result) or _reason(fact.kind, task, meaning) is None:
            return
        if not _is_stored_as_json(task, meaning) or _is_called_too(task, meaning):
            return
        expression, kind = _narrowed(fact.expression, fact, task, meaning)
        why = _reason(kind, task, meaning)
        if why is not None and expression.node is not None:
            yield Report(expression.node, _message(expression, kind, why, task))


def _reason(kind: Kind, task: Task, meaning: Meaning) -> Uncarried | None:
    """Why JSON cannot carry a value that the task returns."""
    held = orm_object(kind)
    if held is not None:
        definition = held.model.definition if isinstance(held, Instance) else None
        if writes_itself(meaning, definition):
            return None
        dumped = is_pydantic(meaning, held) and takes_pydantic(meaning, task)
        return None if dumped else _of_orm(held)
    why = uncarried(meaning, kind)
    if why is not None and is_pydantic(meaning, why.kind) and takes_pydantic(meaning, task):
        return None
    return why


def _of_orm(held: Instance | Stream) -> Uncarried:
    if isinstance(held, Stream):
        return Uncarried(f"a {held.model.orm} {QUERIES[held.form]}", "a list of primary keys", held)
    name = f" ({held.model.name})" if held.model.name else ""
    return Uncarried(f"a {held.model.orm} model instance{name}", "its primary key", held)


def _is_stored_as_json(task: Task, meaning: Meaning) -> bool:
    found = option(meaning, task, "ignore_result")
    if found.is_open or (found.given is not None and option_value(meaning, found) is not False):
        return False
    if found.given is None:
        ignoring = meaning.config.global_value("task_ignore_result")
        if ignoring is True or (ignoring is UNSEEN and _is_set("task_ignore_result", meaning)):
            return False
    config = meaning.config
    if config.result_serializer != JSON or not config.may_store_results:
        return False
    base = base_of(meaning, task)
    classes = [base] if base is not None else config.task_classes(task)
    return not any(call_is_overridden(meaning, kind) for kind in classes)


def _is_called_too(task: Task, meaning: Meaning) -> bool:
    """Whether the project, its tests left out, calls a task as a function: for what it returns."""
    if not isinstance(task.definition, Function):
        return False
    call = task.name.encode() + rb"\("
    pattern = re.compile(call + rb"(?<!def " + call + rb")(?<![.\w]" + call + rb")")
    return any(
        not is_test_code(path, meaning.project.root)
        for path in meaning.project.tree.matching(pattern, "tasks called")
    )


def _is_set(name: str, meaning: Meaning) -> bool:
    return any(True for _ in meaning.config.settings(name))


def _narrowed(
    expression: Expression, fact: Returned, task: Task, meaning: Meaning
) -> tuple[Expression, Kind]:
    """The value in a literal list, tuple or dict that is not carried, and what it is."""
    parts: tuple[Expression, ...] = ()
    if isinstance(expression, Sequence) and expression.kind != "set":
        parts = expression.items
    elif isinstance(expression, Mapping):
        parts = tuple(entry.value for entry in expression.entries if entry.key is not None)
    for part in parts:
        kind = meaning.evaluate(part, fact.place.environment)
        if not isinstance(part, Star) and _reason(kind, task, meaning) is not None:
            return _narrowed(part, fact, task, meaning)
    return expression, meaning.evaluate(expression, fact.place.environment)


def _message(expression: Expression, kind: Kind, why: Uncarried, task: Task) -> str:
    text = shown(expression)
    what = f"`{text}`" if text else "a value"
    if kind is why.kind or kind == why.kind:
        what = f"`{text}`, {why.what}," if text else why.what
        instead = why.instead.format(*[text or "…"] * 2)
    else:
        what = f"{what} that holds {why.what},"
        instead = f"{why.instead.format(*['…'] * 2)} in its place"
    return (
        f"task {task.name} returns {what} but its result is stored as JSON: its work is done, then "
        f"EncodeError makes it a FAILURE; return {instead}"
    )

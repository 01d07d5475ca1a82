"""CEL118 constant-task-id."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.expressions import Expression
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.flow.places import Called, Place
from flake8_celery_patterns.meaning.kinds import External, Method, Partial
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.literals import value
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.meaning.tasks.senders import is_canvas
from flake8_celery_patterns.meaning.tasks.tasks import Task, base_of, overrides_sending
from flake8_celery_patterns.rules.rule import Report, Rule

_FORMS = frozenset({"apply_async", "apply_async_on_commit", "send_task", "signature", "subtask"})
_THIRD = frozenset({"apply_async", "apply_async_on_commit"})


class ConstantTaskId(Rule[Dispatch | Called]):
    """Task is always sent under the same id.

    ## What it reports

    `task_id="…"` with a literal text in `apply_async`, `send_task`, `signature` or `.set`, or as
    the third positional argument of `apply_async`.

    ## Why it is a risk

    An id does not keep Celery from doing work twice: two messages of one id are both run, at the
    same time if two workers are free. Their results go to the same place, where the first one stays
    and the other is lost. Revoking the id revokes them all, those to come included.

    ## Example

    ```python
    from celery import shared_task


    @shared_task
    def rebuild_index(index):
        print(index)


    def index_changed(index):
        rebuild_index.apply_async((index,), task_id="rebuild-index")
    ```

    ## Use instead

    To run it once at a time, take a lock in the task, or use a library made for it, such as
    celery-once or celery-singleton. To find the result again, keep the id that Celery gives:

    ```python
    from celery import shared_task


    @shared_task
    def rebuild_index(index):
        print(index)


    def index_changed(index):
        return rebuild_index.apply_async((index,)).id
    ```

    ## Fix

    None: only you know what the id is for.

    ## When it stays silent

    - For ids that are made: f-strings with fields, variables, `str(uuid4())`.
    - Where the task's class, or that of the app, overrides how tasks are sent, or is not found;
      for those of celery-once and celery-singleton.
    - In test code.

    ## References

    - [Celery: Task.apply_async](https://docs.celeryq.dev/en/stable/reference/celery.app.task.html#celery.app.task.Task.apply_async)
    - [Celery: ensuring a task is only executed one at a time](https://docs.celeryq.dev/en/stable/tutorials/task-cookbook.html)
    """

    code: ClassVar[str] = "CEL118"
    name: ClassVar[str] = "constant-task-id"
    tier = "risk"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[tuple[type, ...]] = (Dispatch, Called)

    def check(self, fact: Dispatch | Called, meaning: Meaning) -> Iterator[Report]:
        if is_test_code(meaning.source.path, meaning.project.root):
            return
        if isinstance(fact, Dispatch):
            given, task, label = _dispatched(fact), fact.task, fact.label
        else:
            task = _set_on(fact, meaning)
            found = fact.call.keyword("task_id") if task is not None else None
            given, label = found.value if found is not None else None, task.name if task else ""
        if given is None or given.node is None:
            return
        if task is not None and (overrides_sending(meaning, task) or _is_guarded(task, meaning)):
            return
        text = _text(given, fact.place, meaning)
        if text:
            yield Report(given.node, _message(text, label))


def _dispatched(fact: Dispatch) -> Expression | None:
    if fact.form not in _FORMS:
        return None
    found = fact.call.keyword("task_id")
    if found is not None:
        return found.value
    if fact.form in _THIRD and not isinstance(fact.receiver, Partial):
        return None if is_canvas(fact.receiver) else fact.call.positional(2)
    return None


def _set_on(fact: Called, meaning: Meaning) -> Task | None:
    """The task of `task.s(…).set(…)`."""
    function = fact.function
    if not isinstance(function, Method) or function.name != "set":
        return None
    if not isinstance(function.owner, Partial) or function.owner.chained:
        return None
    return meaning.task_behind(function.owner)


def _is_guarded(task: Task, meaning: Meaning) -> bool:
    """Whether a library's base class (celery-once, celery-singleton) keeps doubles away."""
    base = base_of(meaning, task)
    return isinstance(base, External) and not base.name.startswith("celery.")


def _text(expression: Expression, place: Place, meaning: Meaning) -> str | None:
    shown = value(meaning, expression, place.environment)
    return shown if isinstance(shown, str) else None


def _message(text: str, label: str) -> str:
    whose = f"task {label}" if label else "the task"
    return (
        f"every message of {whose} sent here has the id {text!r}: Celery runs them all the same, "
        "and one result is lost; leave the id to Celery, and take a lock if it is to run once"
    )

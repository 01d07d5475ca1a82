"""CEL208 nested-task."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.expressions import Attribute, Call
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.flow.closures import SENDING, Closing, closing, tasks_in
from flake8_celery_patterns.meaning.flow.places import Called, InLoop
from flake8_celery_patterns.meaning.kinds import FunctionKind
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.tasks import Task, option, option_value
from flake8_celery_patterns.rules.rule import Report, Rule


class NestedTask(Rule[Task | Called]):
    """Task defined in a function uses the values of one of the function's calls.

    ## What it reports

    A task that is defined in a function and uses its parameters, or what is made of them, where
    that function is plainly called more than once, or while the program runs: it sends the task
    itself, it is a task, it is called in a loop or at several places of the module, or what it
    gives is sent where it is called.

    ## Why it is a risk

    Celery registers a name once. All calls of the function give one and the same task, with the
    values of one of them: after `double = make_scaler(2)` and `tenfold = make_scaler(10)` both
    double, or both make tenfold. The worker is another process. If nothing there calls the function
    at import, it does not know the task at all and throws the message away: `Received unregistered
    task of type …`.

    ## Example

    ```python
    from celery import shared_task


    def notify_all(addresses, text):
        @shared_task
        def notify(address):
            print(address, text)

        for address in addresses:
            notify.delay(address)
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task
    def notify(address, text):
        print(address, text)


    def notify_all(addresses, text):
        for address in addresses:
            notify.delay(address, text)
    ```

    ## Fix

    None: what the task closes over has to become its arguments.

    ## When it stays silent

    - For factories called at import (`create_app`, `make_celery`, `register_tasks(app)`): where
      nothing shows that the function runs again, or at another time.
    - For a task that uses nothing of the function but the app, constants and other functions.
    - For a name that is made for each call (`name=f"scale-{factor}"`), unless the function sends
      the task itself.
    - In test code.

    ## References

    - [Celery issue 10576: two callables under one name](https://github.com/celery/celery/issues/10576)
    - [Celery: task names](https://docs.celeryq.dev/en/stable/userguide/tasks.html#names)
    """

    code: ClassVar[str] = "CEL208"
    name: ClassVar[str] = "nested-task"
    tier = "risk"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[tuple[type, ...]] = (Task, Called)

    def check(self, fact: Task | Called, meaning: Meaning) -> Iterator[Report]:
        if is_test_code(meaning.source.path, meaning.project.root):
            return
        if isinstance(fact, Task):
            found = closing(meaning, fact)
            if found is None:
                return
            if found.is_sent or meaning.task(fact.source, found.function) is not None:
                yield from _report(found, _unknown(found))
            elif found.times_at_import > 1 and _has_one_name(found, meaning):
                yield from _report(found, _first_wins(found))
            return
        for found in _made_again(fact, meaning):
            if _has_one_name(found, meaning):
                yield from _report(found, _first_wins(found))


def _made_again(fact: Called, meaning: Meaning) -> Iterator[Closing]:
    """The tasks of a function that is called in a loop, or whose task is sent on the spot."""
    function = fact.call.function
    if isinstance(function, Attribute):
        # `make_scaler(10).delay(3)`
        made = function.value
        if function.name not in SENDING or not isinstance(made, Call):
            return
        made_by = meaning.evaluate(made.function, fact.place.environment)
    else:
        if not any(isinstance(around, InLoop) for around in fact.place.here):
            return
        made_by = fact.function
    if isinstance(made_by, FunctionKind) and made_by.source is meaning.source:
        only = isinstance(function, Attribute)
        yield from tasks_in(meaning, made_by.definition, given=only)


def _has_one_name(found: Closing, meaning: Meaning) -> bool:
    """Whether the task has the same name at every call."""
    given = option(meaning, found.task, "name")
    return given.is_absent or isinstance(option_value(meaning, given), str)


def _report(found: Closing, message: str) -> Iterator[Report]:
    if found.task.node is not None:
        yield Report(found.task.node, message)


def _unknown(found: Closing) -> str:
    return (
        f"task {found.task.name} is made by {found.function.name}() and uses its "
        f"`{found.variable}`: a worker that has not called {found.function.name}() does not know "
        "the task, and one that has keeps one value for all; define it at module level and "
        f"pass `{found.variable}` as an argument"
    )


def _first_wins(found: Closing) -> str:
    return (
        f"task {found.task.name} uses `{found.variable}` of {found.function.name}(), which is "
        "called more than once: Celery keeps one of the tasks, with the value of its call; "
        f"define it at module level and pass `{found.variable}` as an argument"
    )

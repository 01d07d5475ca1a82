"""CEL708 route-names-unknown-task."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import (
    Binary,
    Call,
    Constant,
    Expression,
    Mapping,
    Sequence,
)
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.kinds import External
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.environment import Environment, Lexical
from flake8_celery_patterns.meaning.names.literals import followed
from flake8_celery_patterns.meaning.settings.written import Written
from flake8_celery_patterns.meaning.tasks.globs import Patterns
from flake8_celery_patterns.rules.rule import Report, Rule

_SETTINGS = frozenset({"task_annotations", "task_routes"})
_DEEPEST = 5


class RouteNamesUnknownTask(Rule[Written]):
    """Route or annotation names a task that the project does not have.

    ## What it reports

    A key of `task_routes` or `task_annotations` that names no task of the project and was meant
    for one: a task's name is nearly the same, its function now stands in another module of the
    package, the task that it points at has another `name=`, or the module that it points into has
    tasks, and none of them is called so. A pattern of `task_routes` within one of the project's
    packages that no task matches. A pattern in `task_annotations`, which knows none but `"*"`.

    ## Why it is a bug

    Nothing checks these names. The task goes to the default queue, where the workers that were set
    up for it do not look, or runs without the limit that the annotation was to give it.

    ## Example

    ```python
    from celery import Celery

    app = Celery("shop")
    app.conf.task_time_limit = 300
    app.conf.task_routes = {"shop.send_recipt": {"queue": "mail"}}


    @app.task(name="shop.send_receipt")
    def send_receipt(order_id):
        print(order_id)
    ```

    ## Use instead

    ```python
    from celery import Celery

    app = Celery("shop")
    app.conf.task_time_limit = 300
    app.conf.task_routes = {"shop.send_receipt": {"queue": "mail"}}


    @app.task(name="shop.send_receipt")
    def send_receipt(order_id):
        print(order_id)
    ```

    ## Fix

    None: the name nearest to a slip is a guess.

    ## When it stays silent

    - For names that have nothing to do with the project's own, and those of Celery itself: other
      programs have tasks, too.
    - For regular expressions, router objects and functions, and what the text does not show.
    - Where not every file of the project can be seen, or some task is named while the program runs.
    - Where the name stands anywhere else in the project, other than to be sent, scheduled or
      routed.
    - In test code.

    ## References

    - [Celery: automatic routing](https://docs.celeryq.dev/en/stable/userguide/routing.html#automatic-routing)
    - [Celery: task_annotations](https://docs.celeryq.dev/en/stable/userguide/configuration.html#task-annotations)
    """

    code: ClassVar[str] = "CEL708"
    name: ClassVar[str] = "route-names-unknown-task"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Written

    def check(self, fact: Written, meaning: Meaning) -> Iterator[Report]:
        setting = fact.setting
        if setting not in _SETTINGS or is_test_code(meaning.source.path, meaning.project.root):
            return
        patterns = Patterns(meaning)
        for name, node in _keys(meaning, fact.value, fact.where, fact.value_node):
            if not name or name == "*" or name.startswith("celery."):
                continue
            if "*" not in name:
                meant = meaning.task_names.unknown(name)
                if meant is not None:
                    yield Report(node, _message(setting, name, meant))
            elif setting == "task_annotations":
                yield Report(node, _no_pattern(name))
            elif (meant := patterns.missed(name)) is not None:
                yield Report(node, _no_match(name, meant))


def _keys(
    meaning: Meaning,
    expression: Expression,
    where: Environment,
    outer: cst.CSTNode,
    depth: int = 0,
) -> Iterator[tuple[str, cst.CSTNode]]:
    """The keys of a dict, of dicts in a list, of dicts put together, and where to report them.

    That is the key, or what leads to it: the name of a dict that is made elsewhere.
    """
    shown, there = followed(meaning, expression, where)
    if not isinstance(there, Lexical) or depth > _DEEPEST:
        return
    is_here = there.source.path == meaning.source.path
    inner: tuple[Expression, ...] = ()
    keys: tuple[Expression, ...] = ()
    if isinstance(shown, Mapping):
        inner = tuple(entry.value for entry in shown.entries if entry.key is None)
        keys = tuple(entry.key for entry in shown.entries if entry.key is not None)
    elif isinstance(shown, Sequence):
        # `task_routes = ([("shop.tasks.*", {…}), …],)`: the order of patterns counts.
        inner, keys = ((), _firsts(shown)) if depth else (shown.items, ())
    elif isinstance(shown, Binary) and shown.operator == "|":
        inner = (shown.left, shown.right)
    elif isinstance(shown, Call) and meaning.evaluate(shown.function, there) == External(
        "builtins.dict"
    ):
        inner = tuple(a.value for a in shown.arguments if a.keyword is None and a.star != "*")
    for key in keys:
        if isinstance(key, Constant) and isinstance(key.value, str):
            yield key.value, (key.node if is_here else None) or outer
    for each in inner:
        node = (each.node if is_here else None) or outer
        yield from _keys(meaning, each, there, node, depth + 1)


def _firsts(pairs: Sequence) -> tuple[Expression, ...]:
    """What stands first in each of the pairs of a list."""
    return tuple(
        pair.items[0] for pair in pairs.items if isinstance(pair, Sequence) and len(pair.items) == 2
    )


def _message(setting: str, name: str, meant: str) -> str:
    cure = f"write '{meant}'" if meant else "write the name of a task that is there"
    effect = (
        "the route is for nothing and the task meant goes to the default queue"
        if setting == "task_routes"
        else "the annotation changes nothing"
    )
    return f"no task of the project is called '{name}': {effect}; {cure}"


def _no_match(name: str, meant: str) -> str:
    cure = f"write '{meant}'" if meant else "write a pattern for tasks that are there"
    return (
        f"no task of the project has a name like '{name}': the route matches no task, and the "
        f"tasks meant go to the default queue; {cure}"
    )


def _no_pattern(name: str) -> str:
    return (
        f"task_annotations knows no pattern but '*': '{name}' is no task's name, and the "
        "annotation changes nothing; name each task"
    )

"""CEL713 setting-type."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.assigned import ConfiguringCall
from flake8_celery_patterns.facts.expressions import Attribute, Constant, Expression, Sequence
from flake8_celery_patterns.fixes.plan import Plan, as_tuple, wrap_in
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.environment import Lexical
from flake8_celery_patterns.meaning.names.literals import followed
from flake8_celery_patterns.meaning.settings.written import Written
from flake8_celery_patterns.meaning.tasks.wrappers import may_be_celery_app
from flake8_celery_patterns.rules.rule import Report, Rule

_CONTENT = frozenset({"accept_content", "result_accept_content"})


class SettingType(Rule[Written | ConfiguringCall]):
    """Setting is of a type that Celery takes apart.

    ## What it reports

    A text where a list is wanted: `accept_content = "json"`, `("json")` too, and
    `app.autodiscover_tasks("shop")`. And `task_routes` as a list of pairs.

    ## Why it is a bug

    Celery loops over the letters. A worker with `accept_content = "json"` dies at start with
    `SerializerNotInstalled: No encoder/decoder installed for j`; `autodiscover_tasks("shop")` looks
    for the packages `s`, `h`, `o` and `p`: `ModuleNotFoundError: No module named 's'`.

    In `task_routes` each element of a list is a table of routes of its own: a pair is taken for
    one, and the first dispatch raises `ValueError: too many values to unpack`.

    ## Example

    ```python
    from celery import Celery

    app = Celery("shop", accept_content="json")
    app.autodiscover_tasks("shop")
    app.conf.task_routes = [("shop.tasks.*", {"queue": "shop"})]
    ```

    ## Use instead

    ```python
    from celery import Celery

    app = Celery("shop", accept_content=["json"])
    app.autodiscover_tasks(["shop"])
    app.conf.task_routes = ([("shop.tasks.*", {"queue": "shop"})],)
    ```

    ## Fix

    Safe: makes a list of the text, and a tuple of the one table of routes.

    ## When it stays silent

    - For values that the text does not show.
    - For `include` and `imports`, where Celery takes a text for the one module that it names.

    ## References

    - [Celery: accept_content](https://docs.celeryq.dev/en/stable/userguide/configuration.html#accept-content)
    - [Celery: task_routes](https://docs.celeryq.dev/en/stable/userguide/configuration.html#task-routes)
    """

    code: ClassVar[str] = "CEL713"
    name: ClassVar[str] = "setting-type"
    tier = "bug"
    fix = "safe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to = (Written, ConfiguringCall)

    def check(self, fact: Written | ConfiguringCall, meaning: Meaning) -> Iterator[Report]:
        if isinstance(fact, ConfiguringCall):
            yield from _discovering(fact, meaning)
        elif fact.setting in _CONTENT:
            shown, _ = followed(meaning, fact.value, fact.where)
            if _is_text(shown):
                yield Report(fact.value_node, _content(fact.setting or ""), _as_list(fact.value))
        elif fact.setting == "task_routes":
            shown, _ = followed(meaning, fact.value, fact.where)
            if isinstance(shown, Sequence) and any(map(_is_pair, shown.items)):
                yield Report(fact.value_node, _PAIRS, _as_tuple(fact.value))


_PAIRS = (
    "task_routes takes each element of a list for a table of routes, and these are pairs: sending "
    "raises ValueError; put the list of pairs into a tuple of its own, or write a dict"
)


def _discovering(fact: ConfiguringCall, meaning: Meaning) -> Iterator[Report]:
    function = fact.call.function
    if not isinstance(function, Attribute) or function.name != "autodiscover_tasks":
        return
    where = Lexical(meaning, meaning.source, meaning.source.facts.inner(fact.scope))
    named = fact.call.keyword("packages")
    given = named.value if named is not None else fact.call.positional(0)
    if given is None or given.node is None or not _is_text(followed(meaning, given, where)[0]):
        return
    kind = meaning.evaluate(function.value, where)
    if may_be_celery_app(meaning, kind, function.value, where):
        yield Report(
            given.node,
            "autodiscover_tasks() takes the letters of a text for packages: the worker dies with "
            "ModuleNotFoundError; give it a list",
            _as_list(given),
        )


def _is_text(expression: Expression) -> bool:
    return isinstance(expression, Constant) and isinstance(expression.value, str)


def _is_pair(item: Expression) -> bool:
    """`("shop.tasks.*", …)`: a name or pattern, and where it goes."""
    return isinstance(item, Sequence) and len(item.items) == 2 and _is_text(item.items[0])


def _content(setting: str) -> str:
    return (
        f"{setting} is text: Celery takes its letters for serializers, and the worker dies with "
        "SerializerNotInstalled; give it a list"
    )


def _as_list(value: Expression) -> Plan | None:
    if not isinstance(value.node, cst.SimpleString):
        return None
    return Plan("Make it a list", wrap_in(value.node, "[", "]"), safe=True)


def _as_tuple(value: Expression) -> Plan | None:
    if not isinstance(value.node, cst.List):
        return None
    return Plan("Make it a tuple of one table", as_tuple(value.node), safe=True)

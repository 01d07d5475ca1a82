"""CEL605 periodic-task-args-not-json."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import (
    Constant,
    Expression,
    Mapping,
    Sequence,
    Star,
)
from flake8_celery_patterns.fixes.plan import Insert, Plan, ReplaceHead
from flake8_celery_patterns.meaning.kinds import NOTHING, External, Kind, Mixed, Plain, Row, Table
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.names.literals import followed
from flake8_celery_patterns.meaning.schedules.entries import Field, Scheduled, titled
from flake8_celery_patterns.meaning.values.scalars import collection
from flake8_celery_patterns.rules.rule import Report, Rule

# The fields that django-celery-beat reads as JSON.
_FIELDS = ("args", "kwargs", "headers")
# Whose text is JSON, too.
_NUMBERS = frozenset({"int", "float"})
_IN_JSON = _NUMBERS | {"bool", "str"}


class PeriodicTaskArgsNotJson(Rule[Scheduled]):
    """A periodic task of django-celery-beat gets arguments that are not JSON.

    ## What it reports

    `args`, `kwargs` or `headers` of a `PeriodicTask` that are a dict, a tuple or a list with a text
    in it, where the row is made or changed: `PeriodicTask(…)`, `.objects.create(…)`,
    `get_or_create`, `update_or_create` with their `defaults`, and `.update(…)`.

    ## Why it is a bug

    The columns hold text, and Django stores what Python shows of the value: `{'order': 1}`, with
    single quotes, is no JSON. When beat reads the row it cannot decode it: it logs that it removes
    the schedule "for argument deseralization error", and disables the periodic task for good.

    ## Example

    ```python
    import json

    from django_celery_beat.models import PeriodicTask


    def install(interval):
        PeriodicTask.objects.create(
            name="sync",
            task="shop.tasks.sync",
            interval=interval,
            kwargs={"source": "erp"},
        )
    ```

    ## Use instead

    ```python
    import json

    from django_celery_beat.models import PeriodicTask


    def install(interval):
        PeriodicTask.objects.create(
            name="sync",
            task="shop.tasks.sync",
            interval=interval,
            kwargs=json.dumps({"source": "erp"}),
        )
    ```

    ## Fix

    Safe: puts `json.dumps(…)` around a literal that JSON can hold, where the file imports `json`.

    ## When it stays silent

    - For values whose type the text does not show.
    - For lists of numbers, and of what nothing shows, and for what is empty: their text may be
      JSON, by luck.
    - For rows that are only looked for (`filter`, `get`), and in test code.

    ## References

    - [django-celery-beat: example](https://django-celery-beat.readthedocs.io/en/latest/#example-creating-interval-based-periodic-task)
    """

    code: ClassVar[str] = "CEL605"
    name: ClassVar[str] = "periodic-task-args-not-json"
    tier = "bug"
    fix = "safe"
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Scheduled

    def check(self, fact: Scheduled, meaning: Meaning) -> Iterator[Report]:
        if fact.form != "stored":
            return
        for name in _FIELDS:
            field = fact.fields.get(name)
            node = field.value.node if field is not None else None
            if field is None or not isinstance(node, cst.BaseExpression):
                continue
            what = _no_json(field, meaning)
            if what:
                yield Report(node, _message(name, what, fact), _fix(field, node, meaning))


def _no_json(field: Field, meaning: Meaning) -> str:
    """What a value is whose text is certainly no JSON; "" for any other."""
    expression, where = followed(meaning, field.value, field.where)
    kind = meaning.evaluate(expression, where)
    form = collection(kind)
    if form == "dict":
        return "a dict" if _has_text_key(kind) else ""
    if form == "list":
        items = expression.items if isinstance(expression, Sequence) else ()
        kinds = (meaning.evaluate(item, where) for item in items if not isinstance(item, Star))
        return "a list" if any(_is_shown_otherwise(kind) for kind in kinds) else ""
    return "a tuple" if isinstance(kind, Row) else ""


def _has_text_key(kind: Kind) -> bool:
    keys = kind.keys if isinstance(kind, (Table, Mixed)) else ()
    return any(isinstance(key, Plain) and key.type == "str" for key in keys)


def _is_shown_otherwise(kind: Kind) -> bool:
    """Whether Python shows a value in a way that JSON does not have: `'x'`, `True`, `(1,)`."""
    if isinstance(kind, Plain):
        return bool(kind.type) and kind.type not in _NUMBERS
    return isinstance(kind, Row) or (collection(kind) == "dict" and _has_text_key(kind))


def _message(name: str, what: str, fact: Scheduled) -> str:
    return (
        f"the {name} of {titled(fact)} are {what}: it is stored as Python shows it, which is no "
        "JSON, and beat disables the periodic task; write json.dumps(…)"
    )


def _fix(field: Field, node: cst.BaseExpression, meaning: Meaning) -> Plan | None:
    if field.where.lookup("json") != External("json"):
        return None
    if not _can_be_json(field.value, field.where, meaning):
        return None
    # What is known of the place of a tuple leaves out its parentheses.
    opening, closing = ("[", "]") if isinstance(node, cst.Tuple) and node.lpar else ("", "")
    changes = (ReplaceHead(node, 0, f"json.dumps({opening}"), Insert(node, f"{closing})"))
    return Plan("Write it as JSON", changes, safe=True)


def _can_be_json(expression: Expression, where: Environment, meaning: Meaning) -> bool:
    expression, where = followed(meaning, expression, where)
    if isinstance(expression, Sequence):
        items = expression.items
        return expression.kind != "set" and all(_can_be_json(i, where, meaning) for i in items)
    if isinstance(expression, Mapping):
        return all(
            isinstance(entry.key, Constant) and _can_be_json(entry.value, where, meaning)
            for entry in expression.entries
        )
    kind = meaning.evaluate(expression, where)
    return kind == NOTHING or (isinstance(kind, Plain) and kind.type in _IN_JSON)

"""CEL213 rate-limit-grammar."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import (
    Call,
    Constant,
    Expression,
    Mapping,
    Sequence,
)
from flake8_celery_patterns.facts.scopes import Module, Setting
from flake8_celery_patterns.fixes.plan import Plan, Replace
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.names.literals import value
from flake8_celery_patterns.meaning.tasks.own_options import decorator_takes, own_option
from flake8_celery_patterns.meaning.tasks.tasks import Task, option
from flake8_celery_patterns.rules.rule import Report, Rule

_UNITS = {
    "s": "s sec secs second seconds",
    "m": "m min mins minute minutes",
    "h": "h hr hrs hour hours",
}
_LETTERS = {word: letter for letter, words in _UNITS.items() for word in words.split()}
_MEANT = re.compile(r"\s*(?P<count>\d+(\.\d+)?)\s*(/|per)\s*(?P<unit>[a-z]+)\s*", re.IGNORECASE)


class RateLimitGrammar(Rule[Task | Module]):
    """Rate limit is not in Celery's grammar.

    ## What it reports

    A `rate_limit` such as `"10/min"`, `"100/day"` or `"10 per second"`: in a task's decorator or
    class, in `task_annotations`, or as `task_default_rate_limit`.

    ## Why it is a bug

    Celery knows a number, and a number with `/s`, `/m` or `/h`. Anything else is found out by the
    worker, when it starts: `KeyError: 'min'`, and it ends. Nothing is seen of it where the task is
    only sent.

    ## Example

    ```python
    from celery import shared_task


    @shared_task(rate_limit="10/min")
    def send_newsletter(campaign):
        print(campaign)
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task(rate_limit="10/m")
    def send_newsletter(campaign):
        print(campaign)
    ```

    ## Fix

    Safe: the unit's letter, where the unit is a second, a minute or an hour. None for a day or a
    week, and for a value that a name stands for.

    ## When it stays silent

    - For numbers, `None`, the empty text, and whatever the text does not show.
    - Where a decorator of the project's own takes the option itself.
    - For limits set while workers run (`app.control.rate_limit`): the worker says what is wrong.

    ## References

    - [Celery: Task.rate_limit](https://docs.celeryq.dev/en/stable/userguide/tasks.html#Task.rate_limit)
    """

    code: ClassVar[str] = "CEL213"
    name: ClassVar[str] = "rate-limit-grammar"
    tier = "bug"
    fix = "safe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[tuple[type, ...]] = (Task, Module)

    def check(self, fact: Task | Module, meaning: Meaning) -> Iterator[Report]:
        if isinstance(fact, Task):
            yield from _of_task(fact, meaning)
            return
        for setting in fact.settings:
            where = meaning.lexical(meaning.source, fact.inner(setting.scope))
            for held, whose in _limits(setting):
                yield from _judged(held, where, whose, meaning)


def _of_task(task: Task, meaning: Meaning) -> Iterator[Report]:
    own = own_option(task, "rate_limit")
    if own is None or decorator_takes(meaning, task, "rate_limit"):
        return
    given = option(meaning, task, "rate_limit").given
    if given is not None and given.expression.node is own.value:
        yield from _judged(given.expression, given.environment, f"task {task.name}", meaning)


def _limits(setting: Setting) -> Iterator[tuple[Expression, str]]:
    """The rate limits that a setting gives, and whose each is."""
    if setting.value is None:
        return
    if setting.name == "task_default_rate_limit":
        yield setting.value, "every task"
    if setting.name != "task_annotations":
        return
    shown = setting.value
    for entries in shown.items if isinstance(shown, Sequence) else (shown,):
        if not isinstance(entries, Mapping):
            continue
        for entry in entries.entries:
            name = entry.key.value if isinstance(entry.key, Constant) else None
            whose = f"task {name}" if isinstance(name, str) and name != "*" else ""
            if not whose:
                whose = "every task" if name == "*" else "a task"
            yield from ((held, whose) for held in _rate_limits(entry.value))


def _rate_limits(options: Expression) -> Iterator[Expression]:
    """The `rate_limit` of a dict of options that is written out."""
    if isinstance(options, Mapping):
        yield from (e.value for e in options.entries if e.key == Constant("rate_limit"))
    elif isinstance(options, Call):
        yield from (a.value for a in options.arguments if a.keyword == "rate_limit")


def _judged(
    expression: Expression, where: Environment, whose: str, meaning: Meaning
) -> Iterator[Report]:
    text = value(meaning, expression, where)
    node = expression.node
    if not isinstance(text, str) or _is_valid(text) or not isinstance(node, cst.BaseExpression):
        return
    error, meant = _error(text), _meant(text)
    advice = f'write "{meant}"' if meant else "write a number, or n/s, n/m or n/h"
    yield Report(
        node,
        f"rate limit {text!r} of {whose} is none to Celery: the worker ends with {error} when it "
        f"starts; {advice}",
        _fix(node, meant),
    )


def _is_valid(text: str) -> bool:
    """Whether Celery can read it (celery/utils/time.py, `rate`)."""
    count, _, unit = text.partition("/")
    return not text or (_is_number(count) and (unit or "s") in _UNITS)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _error(text: str) -> str:
    unit = text.partition("/")[2] or "s"
    return "ValueError" if unit in _UNITS else f"KeyError: {unit!r}"


def _meant(text: str) -> str | None:
    found = _MEANT.fullmatch(text)
    letter = _LETTERS.get(found["unit"].lower()) if found is not None else None
    return f"{found['count']}/{letter}" if found is not None and letter is not None else None


def _fix(node: cst.BaseExpression, meant: str | None) -> Plan | None:
    if meant is None or not isinstance(node, cst.SimpleString):
        return None
    written = f"{node.quote}{meant}{node.quote}"
    return Plan(f"Write {meant}", (Replace(node, written),), safe=True)

"""The project's broker, as its settings name it, and how long it waits for an acknowledgement."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.expressions import (
    Binary,
    Call,
    Choice,
    Constant,
    Entry,
    Expression,
    Mapping,
    Sequence,
)
from flake8_celery_patterns.facts.scopes import Setting
from flake8_celery_patterns.meaning.kinds import External
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.names.literals import followed, value

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning
    from flake8_celery_patterns.meaning.settings.config import Config

# What a broker's URL begins with, its name, and the seconds after which it hands a message that
# nobody acknowledged to another worker (kombu/transport: `visibility_timeout`).
_REDELIVERING = (
    (re.compile(r"(redis|rediss|sentinel)(\+\w+)?\b"), "Redis", 3600.0),
    (re.compile(r"sqs\b"), "SQS", 1800.0),
)
_UNTOLD = ""
# Nobody runs these in production.
_FOR_TESTS = frozenset({"filesystem", "memory"})


@dataclass(frozen=True, slots=True)
class Redelivery:
    """A broker that delivers again what is not acknowledged in time.

    `is_default`: the project does not set the `seconds` itself.
    """

    broker: str
    seconds: float
    is_default: bool


def redelivery(meaning: Meaning, config: Config) -> Redelivery | None:
    """What the project's broker does; None if it waits, or if that does not show."""
    if not meaning.settings_in_view:
        return None
    schemes = {scheme(meaning, setting, where) for where, setting in config.placed("broker_url")}
    schemes -= _FOR_TESTS
    if len(schemes) != 1:
        return None
    named = schemes.pop()
    for pattern, broker, default in _REDELIVERING:
        if pattern.match(named):
            set_to = _set_timeout(meaning, config)
            if set_to is not None:
                return Redelivery(broker, max([*set_to, 0.0]) or default, not set_to)
    return None


def scheme(meaning: Meaning, setting: Setting, where: Environment) -> str:
    """The beginning of a broker's or backend's URL; "" where it is not shown."""
    return _beginning(meaning, setting.value, where) if setting.value is not None else _UNTOLD


def _beginning(meaning: Meaning, expression: Expression, where: Environment) -> str:
    expression, where = followed(meaning, expression, where)
    if isinstance(expression, Constant):
        text = expression.value if isinstance(expression.value, str) else _UNTOLD
        return text.partition(":")[0].lower()
    if isinstance(expression, Binary) and expression.operator in ("+", "%"):
        return _beginning(meaning, expression.left, where)
    if isinstance(expression, Choice) and expression.operator == "or":
        return _beginning(meaning, expression.right, where)
    if isinstance(expression, Sequence) and expression.items:
        return _beginning(meaning, expression.items[0], where)
    if isinstance(expression, Call):
        # `os.environ.get("BROKER", "redis://…")`: what it is where nobody sets another.
        given = expression.keyword("default")
        fallback = given.value if given is not None else expression.positional(1)
        return _beginning(meaning, fallback, where) if fallback is not None else _UNTOLD
    return _UNTOLD


def _set_timeout(meaning: Meaning, config: Config) -> list[float] | None:
    """The visibility timeouts that the project sets; None if one may be set that is not shown."""
    for where, setting in config.placed("broker_transport_options"):
        if setting.value is None or not _is_shown(meaning, setting.value, where):
            return None
    found: list[float] = []
    for where, setting in config.placed("visibility_timeout"):
        shown = None if setting.value is None else value(meaning, setting.value, where)
        if not isinstance(shown, (int, float)) or isinstance(shown, bool):
            return None
        found.append(float(shown))
    return found


def _is_shown(meaning: Meaning, expression: Expression, where: Environment) -> bool:
    """Whether the text shows all keys of a dict, and no queue that is made elsewhere."""
    expression, where = followed(meaning, expression, where)
    if isinstance(expression, Mapping):
        return all(_is_plain(entry) for entry in expression.entries)
    if isinstance(expression, Call) and not expression.is_open:
        kind = meaning.evaluate(expression.function, where)
        is_dict = kind == External("builtins.dict")
        return is_dict and all(a.keyword not in (None, _PREDEFINED) for a in expression.arguments)
    return False


# SQS queues that the project did not make have a timeout of their own.
_PREDEFINED = "predefined_queues"


def _is_plain(entry: Entry) -> bool:
    return isinstance(entry.key, Constant) and entry.key.value != _PREDEFINED

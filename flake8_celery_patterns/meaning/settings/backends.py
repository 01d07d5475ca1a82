"""The project's result backends, as its settings name them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.expressions import Call, Constant, Expression
from flake8_celery_patterns.facts.scopes import Setting
from flake8_celery_patterns.meaning.names.environment import Environment, Lexical
from flake8_celery_patterns.meaning.names.literals import followed
from flake8_celery_patterns.meaning.settings.brokers import scheme
from flake8_celery_patterns.meaning.tasks.wrappers import is_celery_app

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning
    from flake8_celery_patterns.meaning.settings.config import Config

NO_BACKEND = "disabled"
"""The scheme of Celery's backend that stores nothing, which is the default."""

# The position of `backend` in `Celery(main, loader, backend, …)`.
_POSITION = 2
# Celery prefers it to any setting; where the code names no broker, the environment does the rest.
_BY_ENVIRONMENT = re.compile(rb"CELERY_RESULT_BACKEND")


def backends(meaning: Meaning, config: Config) -> frozenset[str] | None:
    """The schemes of all backends that the project's apps may have; None if one does not show."""
    if not meaning.settings_in_view:
        return None
    found = {_shown(meaning, setting, where) for where, setting in config.placed("result_backend")}
    for given, where in _given_to_apps(meaning, config):
        if given != Constant(None):
            found.add(_shown(meaning, Setting("result_backend", given), where))
    if "" in found:
        return None
    if found:
        return frozenset(found)
    tree = meaning.project.tree
    in_code = any(True for _ in config.settings("broker_url"))
    elsewhere = tree.other_matching(_BY_ENVIRONMENT, "backend") or tree.matching(
        _BY_ENVIRONMENT, "backend"
    )
    return frozenset({NO_BACKEND}) if in_code and not elsewhere else None


def _given_to_apps(meaning: Meaning, config: Config) -> list[tuple[Expression, Environment]]:
    """What the calls of `Celery` name as their backend."""
    found: list[tuple[Expression, Environment]] = []
    for source in config.sources:
        for configuring in source.facts.configuring:
            call = configuring.call
            where = Lexical(meaning, source, source.facts.inner(configuring.scope))
            named = call.keyword("backend")
            given = named.value if named is not None else call.positional(_POSITION)
            if given is not None and is_celery_app(meaning, meaning.evaluate(call, where)):
                found.append((given, where))
    return found


def _shown(meaning: Meaning, setting: Setting, where: Environment) -> str:
    """The scheme that a setting certainly has: what the environment may change shows none."""
    if setting.value is None:
        return ""
    value, _ = followed(meaning, setting.value, where)
    return "" if isinstance(value, Call) else scheme(meaning, setting, where)

"""Whether the project limits the run time of all tasks, and whether that can be known.

The absence of a limit is only certain where everything that configures Celery is in view.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

from flake8_celery_patterns.facts.configuration import UNSEEN_SETTINGS, last_name
from flake8_celery_patterns.facts.expressions import (
    Argument,
    Attribute,
    Call,
    Constant,
    Expression,
    Mapping,
    Name,
    Subscript,
)
from flake8_celery_patterns.facts.scopes import Configuring, Import, Setting
from flake8_celery_patterns.meaning.kinds import (
    ClassKind,
    External,
    FunctionKind,
    Kind,
    ModelClass,
    ModuleKind,
    Object,
)
from flake8_celery_patterns.meaning.names.environment import Lexical
from flake8_celery_patterns.meaning.names.literals import UNSEEN, followed, value
from flake8_celery_patterns.meaning.settings.config import Config
from flake8_celery_patterns.meaning.tasks.wrappers import is_celery_app
from flake8_celery_patterns.project.project import Source

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning

# How a worker's own command line sets limits (Procfile, systemd units, compose files …).
_WORKER_OPTIONS = re.compile(rb"--(soft-)?time-limit")
_LIMITS = ("task_time_limit", "task_soft_time_limit")
_OPTION_LIMITS = ("time_limit", "soft_time_limit")

_EXAMPLE = re.compile(r"(?i)(doc|demo|example|sample|sandbox|test_?project)s?(_\w+)?")
# What can set anything.
_OPAQUE = frozenset({"exec", "setattr", UNSEEN_SETTINGS})
# How Flask's configuration takes values from outside the code (flask/config.py).
_FLASK_OUTSIDE = frozenset(
    {"from_envvar", "from_file", "from_json", "from_prefixed_env", "from_pyfile"}
)


class GlobalLimit(Enum):
    """Whether the project limits the run time of all tasks."""

    SET = "set"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class GlobalLimits:
    """Looks for a limit on all tasks, and at all that could set one."""

    def __init__(self, meaning: Meaning, config: Config) -> None:
        self._meaning = meaning
        self._config = config

    @cached_property
    def verdict(self) -> GlobalLimit:
        """Whether a time limit for all tasks is set anywhere in the project."""
        project = self._meaning.project
        if project.settings.assume_global_time_limit:
            return GlobalLimit.SET
        if next(self._config.settings(*_LIMITS), None) is not None or self._worker_sets_limits():
            return GlobalLimit.SET
        for where, setting in self._config.placed("task_annotations"):
            if self._annotates_all(setting, where):
                return GlobalLimit.SET
        return GlobalLimit.ABSENT if self.view_is_whole else GlobalLimit.UNKNOWN

    @cached_property
    def view_is_whole(self) -> bool:
        """Whether everything that configures the project's apps is in view: any setting shows."""
        tree = self._meaning.project.tree
        if not tree.whole or tree.unread or not self._apps:
            return False
        return all(self._is_seen(source, found) for source, found in self._configuring)

    def _annotates_all(self, setting: Setting, where: Lexical) -> bool:
        shown = UNSEEN if setting.value is None else value(self._meaning, setting.value, where)
        options = shown.get("*") if isinstance(shown, dict) else None
        return isinstance(options, dict) and any(name in options for name in _OPTION_LIMITS)

    def _worker_sets_limits(self) -> bool:
        tree = self._meaning.project.tree
        return bool(
            tree.other_matching(_WORKER_OPTIONS, "worker options")
            or tree.matching(_WORKER_OPTIONS, "worker options")
        )

    @cached_property
    def _configuring(self) -> tuple[tuple[Source, Configuring], ...]:
        return tuple(
            (source, found) for source in self._config.sources for found in source.facts.configuring
        )

    @cached_property
    def _apps(self) -> tuple[Call, ...]:
        """The calls that make the project's apps."""
        return tuple(
            found.call
            for source, found in self._configuring
            if self._makes_app(source, found) and not self._is_example(source)
        )

    def _is_example(self, source: Source) -> bool:
        """Whether an app is made for show: a reusable library's real app is its host's."""
        parts = source.path.relative_to(self._meaning.project.root).parts[:-1]
        return any(_EXAMPLE.fullmatch(part) for part in parts)

    def _where(self, source: Source, found: Configuring) -> Lexical:
        return Lexical(self._meaning, source, source.facts.inner(found.scope))

    def _makes_app(self, source: Source, found: Configuring) -> bool:
        kind = self._meaning.evaluate(found.call, self._where(source, found))
        return is_celery_app(self._meaning, kind)

    def _is_seen(self, source: Source, found: Configuring) -> bool:
        """Whether all that a configuring call brings is in the project's own text."""
        name = last_name(found.call.function)
        where = self._where(source, found)
        if self._makes_app(source, found):
            config = found.call.keyword("config_source")
            if found.call.keyword("loader") is not None:
                return False
            return not _has_open_keywords(found.call) and (
                config is None or self._source_seen(config.value, where)
            )
        if name == "update" and not _is_namespace_call(found.call):
            return all(self._argument_seen(argument, where) for argument in found.call.arguments)
        if name == "config_from_object":
            first = found.call.positional(0) or _keyword(found.call, "obj")
            return first is not None and self._source_seen(first, where)
        if name in _FLASK_OUTSIDE:
            # Only Flask's own configuration can come so; `_flask_seen` asks about it.
            return True
        if name in ("add_defaults", "config_from_envvar", "config_from_cmdline"):
            return False
        if name == "include":
            return not _is_split_settings(source)
        if name in _OPAQUE or _is_namespace_call(found.call) or "dynaconf" in name.lower():
            return False
        return self._receiver_seen(found.call, where)

    def _receiver_seen(self, call: Call, where: Lexical) -> bool:
        """Whether the function that is handed the app is one of the project, or of Celery."""
        kind = self._meaning.evaluate(call.function, where)
        if isinstance(kind, External):
            return kind.name.startswith(
                ("builtins.", "celery.", "django.", "flask.", "sentry_sdk.")
            )
        return isinstance(kind, (FunctionKind, ClassKind))

    def _argument_seen(self, argument: Argument, where: Lexical) -> bool:
        if argument.keyword is not None:
            return True
        return self._mapping_seen(argument.value, where)

    def _mapping_seen(self, expression: Expression, where: Lexical) -> bool:
        """Whether a mapping of settings shows all its keys."""
        shown, there = followed(self._meaning, expression, where)
        if isinstance(shown, Mapping):
            return all(
                entry.key is not None or self._mapping_seen(entry.value, where)
                for entry in shown.entries
            )
        if isinstance(shown, Call) and isinstance(there, Lexical):
            kind = self._meaning.evaluate(shown.function, there)
            if isinstance(kind, External) and kind.name == "builtins.dict":
                return all(self._argument_seen(argument, there) for argument in shown.arguments)
        return False

    def _source_seen(self, expression: Expression, where: Lexical) -> bool:
        """Whether the object that holds the settings is in the project."""
        if isinstance(expression, Constant) and isinstance(expression.value, str):
            return self._module_seen(expression.value.partition(":")[0], where.source)
        if isinstance(expression, Subscript):
            return self._flask_seen(expression)
        if self._mapping_seen(expression, where):
            return True
        return self._kind_seen(self._meaning.evaluate(expression, where), where.source)

    def _kind_seen(self, kind: Kind, importer: Source) -> bool:
        if isinstance(kind, External):
            return kind.name == "django.conf.settings" and self._django_seen()
        if isinstance(kind, ModuleKind):
            return self._stars_seen(kind.source)
        if isinstance(kind, ModelClass):
            return False
        holder = kind.of if isinstance(kind, Object) else kind
        if isinstance(holder, ClassKind):
            return self._meaning.ancestry(holder).whole and not (
                self._meaning.ancestry(holder).external
            )
        return False

    def _module_seen(self, dotted: str, importer: Source) -> bool:
        if dotted == "django.conf":
            return self._django_seen()
        found = self._meaning.project.find(importer, Import(dotted))
        if isinstance(found, Source) and found.path.suffix == ".py":
            return self._stars_seen(found)
        # `module.Class`: the last part may be a name in a module.
        module, _, name = dotted.rpartition(".")
        if not module:
            return False
        outer = self._meaning.project.find(importer, Import(module))
        if not isinstance(outer, Source):
            return False
        return self._kind_seen(self._meaning.member(outer, name), importer)

    def _stars_seen(self, source: Source, depth: int = 0) -> bool:
        """Whether a settings module brings names from the project's own modules only."""
        if depth > 20:
            return False
        for star in source.facts.stars:
            found = self._meaning.project.find(source, star)
            if not isinstance(found, Source) or not self._stars_seen(found, depth + 1):
                return False
        return all(self._is_seen(source, found) for found in source.facts.configuring)

    def _django_seen(self) -> bool:
        """Whether every Django settings module that the project names is there to be read."""
        named = list(self._config.settings("django_settings_module"))
        if not named:
            return False
        for source, setting in named:
            shown = setting.value
            if not isinstance(shown, Constant) or not isinstance(shown.value, str):
                return False
            if not self._module_seen(shown.value, source):
                return False
        return True

    def _flask_seen(self, expression: Subscript) -> bool:
        """`app.config["CELERY"]`: whether the project shows that mapping whole."""
        key = expression.index
        if not isinstance(key, Constant) or not isinstance(key.value, str):
            return False
        found = list(self._config.placed(key.value))
        if any(last_name(c.call.function) in _FLASK_OUTSIDE for _, c in self._configuring):
            return False
        return bool(found) and all(
            setting.value is not None and self._mapping_seen(setting.value, where)
            for where, setting in found
        )


def _has_open_keywords(call: Call) -> bool:
    return any(argument.star == "**" for argument in call.arguments)


def _keyword(call: Call, name: str) -> Expression | None:
    found = call.keyword(name)
    return found.value if found is not None else None


def _is_split_settings(source: Source) -> bool:
    """Whether `include(…)` in a file is django-split-settings', and not Django's own for URLs."""
    return any(
        isinstance(binding, Import) and binding.module.startswith("split_settings")
        for binding in source.facts.bindings.get("include", ())
    )


def _is_namespace_call(call: Call) -> bool:
    """Whether a call changes, or is handed, `locals()` or `globals()`."""
    owner = call.function.value if isinstance(call.function, Attribute) else None
    return any(
        isinstance(part, Call)
        and isinstance(part.function, Name)
        and part.function.id in ("globals", "locals", "vars")
        for part in (owner, *(argument.value for argument in call.arguments))
    )

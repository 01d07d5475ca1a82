"""The project's Celery configuration, from wherever in the project it is given."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from flake8_celery_patterns.facts.configuration import APP_TASK, last_name
from flake8_celery_patterns.facts.expressions import (
    Attribute,
    Call,
    Constant,
    Expression,
)
from flake8_celery_patterns.facts.scopes import Import, Scope, Setting
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.kinds import (
    UNKNOWN,
    ClassKind,
    External,
    Kind,
    ModuleKind,
    Object,
)
from flake8_celery_patterns.meaning.names.environment import Lexical
from flake8_celery_patterns.meaning.names.literals import UNSEEN, followed, value
from flake8_celery_patterns.meaning.settings.annotations import Annotations
from flake8_celery_patterns.meaning.settings.backends import backends
from flake8_celery_patterns.meaning.settings.brokers import Redelivery, redelivery
from flake8_celery_patterns.meaning.tasks.tasks import (
    Option,
    Task,
    class_option,
    is_plain_task_base,
)
from flake8_celery_patterns.meaning.tasks.wrappers import is_celery_app
from flake8_celery_patterns.project.project import Source

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.meaning import Meaning


class _Absent:
    def __repr__(self) -> str:
        return "ABSENT"


ABSENT = _Absent()
"""What `Config.global_value` gives for a setting that is certainly not given."""

# The files that can configure Celery: those that hold one of these words.
_TELLING = tuple(
    map(
        re.compile,
        (
            rb"Celery(?<!\wCelery)\s*\(",
            rb"Celery(?<!\wCelery)\s+as\b",
            rb"config_from_",
            rb"\.conf\s*(?:\[|=[^=]|[,)]|\.\s*(?:update|add_defaults|changes|defaults)\b)",
            rb"Task(?<!\wTask)(?:\.\w+)?\s*=[^=]",
            rb"task_cls(?<!\wtask_cls)\b",
            rb"time_limit(?<=task_time_limit)",
            rb"time_limit(?<=task_soft_time_limit)",
            rb"TIME_LIMIT(?<=TASK_TIME_LIMIT)",
            rb"TIME_LIMIT(?<=TASK_SOFT_TIME_LIMIT)",
            rb"CELERY\w*_(?:SOFT_)?TIME_LIMIT",
            rb"celery\w*_(?:soft_)?time_limit",
            rb"task_annotations",
            rb"ANNOTATIONS(?<=TASK_ANNOTATIONS)",
            rb"ANNOTATIONS(?<=CELERY_ANNOTATIONS)",
            rb"celery_annotations",
            rb"task_serializer",
            rb"TASK_SERIALIZER",
            rb"eager_propagates",
            rb"EAGER_PROPAGATES",
            rb"task_acks_late",
            rb"celery_acks_late",
            rb"ACKS_LATE(?<=TASK_ACKS_LATE)",
            rb"ACKS_LATE(?<=CELERY_ACKS_LATE)",
            rb"result_(?:backend|serializer)",
            rb"RESULT_(?:BACKEND|SERIALIZER)",
            rb"ignore_result",
            rb"IGNORE_RESULT",
            rb"DJANGO_SETTINGS_MODULE",
            rb"CELERY(?<!\wCELERY)(?:_CONFIG)?[\"']?\]?\s*[:=]",
            rb"\.from_(?:envvar|file|json|prefixed_env|pyfile)\b",
            rb"broker_(?:url|transport_options)",
            rb"BROKER_(?:URL|TRANSPORT_OPTIONS)",
            rb"visibility_timeout",
            rb"VISIBILITY_TIMEOUT",
        ),
    )
)
# kombu's hook for types of one's own (kombu/utils/json.py).
_JSON_TEACHING = (
    re.compile(rb"register_type(?<!\wregister_type)\b"),
    re.compile(rb"kombu\.utils\.json"),
    re.compile(rb"from kombu\.utils import[^\n]*\bjson\b"),
    re.compile(rb"register(?<!\wregister)\(\s*[\"']json[\"']"),
)


class Config:
    """What the project's settings say, as far as the project shows."""

    def __init__(self, meaning: Meaning) -> None:
        self._meaning = meaning

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """The files that configure Celery, test code left out; the one being linted included."""
        project = self._meaning.project
        found = {source.path: source for source in project.linted}
        for path in project.tree.matching(_TELLING, "configuration"):
            source = project.source(path)
            if source is not None:
                found.setdefault(path, source)
        return tuple(
            source for path, source in found.items() if not is_test_code(path, project.root)
        )

    @cached_property
    def redelivery(self) -> Redelivery | None:
        """The broker's way with messages that are not acknowledged in time, where it has one."""
        return redelivery(self._meaning, self)

    @cached_property
    def has_app(self) -> bool:
        """Whether the project makes a Celery app, test code left out."""
        return any(
            is_celery_app(
                self._meaning,
                self._meaning.evaluate(
                    found.call, Lexical(self._meaning, source, source.facts.inner(found.scope))
                ),
            )
            for source in self.sources
            for found in source.facts.configuring
        )

    def settings(self, *names: str) -> Iterator[tuple[Source, Setting]]:
        """Every place that gives one of the settings a value other than None."""
        found = [numbered for name in names for numbered in self._by_name.get(name, ())]
        if len(names) > 1:
            found.sort(key=lambda numbered: numbered[0])
        for _, source, setting in found:
            yield source, setting

    @cached_property
    def _by_name(self) -> dict[str, list[tuple[int, Source, Setting]]]:
        """The settings that are given a value other than None, by name, numbered in their order."""
        found: dict[str, list[tuple[int, Source, Setting]]] = {}
        every = ((source, each) for source in self.sources for each in source.facts.settings)
        for number, (source, setting) in enumerate(every):
            if setting.value != Constant(None):
                found.setdefault(setting.name, []).append((number, source, setting))
        return found

    @cached_property
    def serializer(self) -> str | None:
        """The serializer of the project's tasks: Celery's default, or what all settings agree on.

        None where the text does not show it.
        """
        return self._agreed_serializer("task_serializer")

    @cached_property
    def result_serializer(self) -> str | None:
        """The serializer of the project's results, as `serializer`."""
        return self._agreed_serializer("result_serializer")

    @cached_property
    def backends(self) -> frozenset[str] | None:
        """The schemes of the result backends, `NO_BACKEND` where there certainly is none.

        None where that does not show.
        """
        return backends(self._meaning, self)

    @cached_property
    def may_store_results(self) -> bool:
        """Whether results are stored: a backend is named, or an app has settings out of view."""
        if any(True for _ in self.settings("result_backend")):
            return True
        apps = [
            found.call
            for source in self.sources
            for found in source.facts.configuring
            if self._makes_app(found.call, source.facts.inner(found.scope), source)
        ]
        named = any(call.keyword("backend") is not None for call in apps)
        return named or (bool(apps) and not self._meaning.settings_in_view)

    def _makes_app(self, call: Call, scope: Scope, source: Source) -> bool:
        where = Lexical(self._meaning, source, scope)
        return is_celery_app(self._meaning, self._meaning.evaluate(call, where))

    def _agreed_serializer(self, name: str) -> str | None:
        named = {self._serializer_named(setting, where) for where, setting in self.placed(name)}
        return (named or {"json"}).pop() if len(named) <= 1 else None

    def _serializer_named(self, setting: Setting, where: Lexical) -> str | None:
        shown = UNSEEN if setting.value is None else value(self._meaning, setting.value, where)
        if isinstance(setting.value, Call):
            # `os.environ.get("SERIALIZER", "json")`: what it is where nobody sets another.
            fallback = setting.value.keyword("default")
            given = fallback.value if fallback is not None else setting.value.positional(1)
            shown = given.value if isinstance(given, Constant) else UNSEEN
        return shown if isinstance(shown, str) else None

    def placed(self, *names: str) -> Iterator[tuple[Lexical, Setting]]:
        for source, setting in self.settings(*names):
            scope = source.facts.inner(setting.scope)
            yield Lexical(self._meaning, source, scope), setting

    def global_value(self, name: str) -> Any:
        """The literal value that the project certainly gives the setting `name`.

        `UNSEEN` where that is not certain; `ABSENT` where all settings are in view and none is it.
        """
        return self._meaning.known(("global value", name), UNSEEN, self._global_value, name)

    def _global_value(self, name: str) -> Any:
        shown = [
            UNSEEN
            if setting.value is None or not self._is_applied(where.source, setting, name)
            else value(self._meaning, setting.value, where)
            for where, setting in self.placed(name)
        ]
        if not shown:
            return ABSENT if self._meaning.settings_in_view else UNSEEN
        return shown[0] if all(other == shown[0] for other in shown) else UNSEEN

    def is_off(self, name: str) -> bool:
        """Whether the setting `name`, off by default, is certainly not switched on anywhere."""
        return self._meaning.known(("is off", name), False, self._is_off, name)

    def _is_off(self, name: str) -> bool:
        found = list(self.placed(name))
        return self._meaning.settings_in_view and all(
            setting.value is not None and value(self._meaning, setting.value, where) is False
            for where, setting in found
        )

    def _is_applied(self, source: Source, setting: Setting, name: str) -> bool:
        """Whether a place that gives a setting certainly reaches the app under that name."""
        if setting.owner == "conf":
            return setting.written == name
        if setting.owner or setting.scope:
            return False
        for other in self.sources:
            for found in other.facts.configuring:
                if last_name(found.call.function) != "config_from_object":
                    continue
                namespace = found.call.keyword("namespace")
                if namespace is not None:
                    if isinstance(namespace.value, Constant) and setting.written == (
                        f"{namespace.value.value}_{name.upper()}"
                    ):
                        return True
                elif setting.written == name and self._configures(other, found.call, source):
                    return True
        return False

    def _configures(self, caller: Source, call: Call, source: Source) -> bool:
        """Whether `app.config_from_object(…)` names the module `source`."""
        first = call.positional(0)
        if isinstance(first, Constant) and isinstance(first.value, str):
            return self._meaning.project.find(caller, Import(first.value)) is source
        where = self._meaning.lexical(caller, caller.facts)
        return first is not None and self._meaning.evaluate(first, where) == ModuleKind(source)

    def option(self, task: Task, name: str) -> Option:
        """What the app's task class and `task_annotations` say of a task's option."""
        for kind in self.task_classes(task):
            found = self._of_task_class(kind, name)
            if not found.is_absent:
                return found
        return Option(None, True) if self._annotations.may_give(task, name) else Option()

    @cached_property
    def _annotations(self) -> Annotations:
        """What the project's `task_annotations` say."""
        shown = [
            UNSEEN if setting.value is None else value(self._meaning, setting.value, where)
            for where, setting in self.placed("task_annotations")
        ]
        return Annotations(self._meaning, shown)

    def task_classes(self, task: Task) -> list[Kind]:
        """The classes that `task`'s app may make its tasks from, where the project names any."""
        named = ["task_cls", APP_TASK]
        classes: list[Kind] = []
        own = self._own_app(task)
        if own is not None:
            call, where = own
            named.remove("task_cls")
            argument = call.keyword("task_cls")
            if argument is not None:
                classes.append(self._class_named(argument.value, where))
        for where, setting in self.placed(*named):
            shown = setting.value
            classes.append(UNKNOWN if shown is None else self._class_named(shown, where))
        return classes

    def app_overrides(self, task: Task, method: str) -> bool:
        """Whether the app of a task is of a project's own class that overrides `method`."""
        own = self._own_app(task)
        kind = self._meaning.evaluate(*own) if own is not None else None
        return (
            isinstance(kind, Object) and self._meaning.ancestry(kind.of).method(method) is not None
        )

    def _own_app(self, task: Task) -> tuple[Call, Lexical] | None:
        """The `Celery(…)` call that made the app of `@app.task`, if it is in sight."""
        decorator = task.decorator
        if isinstance(decorator, Call):
            decorator = decorator.function
        if not isinstance(decorator, Attribute) or task.maker.wraps:
            return None
        where = self._meaning.lexical(task.source, task.definition.parent or task.source.facts)
        made, there = followed(self._meaning, decorator.value, where)
        if not isinstance(made, Call) or not isinstance(there, Lexical):
            return None
        if not is_celery_app(self._meaning, self._meaning.evaluate(made, there)):
            return None
        return made, there

    def _class_named(self, expression: Expression, where: Lexical) -> Kind:
        """The class that `task_cls=` names, as an object or as `"module:Class"`."""
        if isinstance(expression, Constant) and isinstance(expression.value, str):
            module, _, name = expression.value.replace(":", ".").rpartition(".")
            found = self._meaning.project.find(where.source, Import(module)) if module else None
            return self._meaning.member(found, name) if isinstance(found, Source) else UNKNOWN
        return self._meaning.evaluate(expression, where)

    def _of_task_class(self, kind: Kind, name: str) -> Option:
        if isinstance(kind, ClassKind):
            return class_option(self._meaning, kind, name)
        return Option(None, not (isinstance(kind, External) and is_plain_task_base(kind.name)))

    @cached_property
    def teaches_json(self) -> bool:
        """Whether the project may have taught kombu's JSON to carry types of its own."""
        project = self._meaning.project
        if project.tree.matching(_JSON_TEACHING, "json types"):
            return True
        return any(
            isinstance(binding, Import) and binding.module.startswith("kombu.utils.json")
            for source in project.linted
            for bindings in source.facts.bindings.values()
            for binding in bindings
        )

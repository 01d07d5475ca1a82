"""Everything that can be asked about one file while it is linted."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from flake8_celery_patterns.facts.expressions import Binary, Call, Expression
from flake8_celery_patterns.facts.scopes import (
    Assignment,
    Class,
    Function,
    Import,
    Parameter,
    Scope,
)
from flake8_celery_patterns.meaning.canvas import building
from flake8_celery_patterns.meaning.canvas.members import Signed
from flake8_celery_patterns.meaning.kinds import (
    UNKNOWN,
    Canvas,
    ClassKind,
    External,
    FunctionKind,
    Kind,
    Method,
    Model,
    ModelClass,
    Object,
    Partial,
    Stream,
    TaskSelf,
    Unresolved,
)
from flake8_celery_patterns.meaning.names import classes, environment
from flake8_celery_patterns.meaning.names.annotations import annotated, parsed
from flake8_celery_patterns.meaning.names.classes import Ancestry
from flake8_celery_patterns.meaning.names.environment import Environment, Lexical
from flake8_celery_patterns.meaning.orm.models import model_of
from flake8_celery_patterns.meaning.settings.config import Config
from flake8_celery_patterns.meaning.settings.holders import Holders
from flake8_celery_patterns.meaning.settings.limits import GlobalLimit, GlobalLimits
from flake8_celery_patterns.meaning.tasks import tasks
from flake8_celery_patterns.meaning.tasks.tasknames import TaskNames
from flake8_celery_patterns.meaning.tasks.wrappers import Maker, imports_other_task_library
from flake8_celery_patterns.meaning.transactions import views
from flake8_celery_patterns.meaning.transactions.requests import Requests
from flake8_celery_patterns.meaning.values import evaluate
from flake8_celery_patterns.meaning.values.results import result_of_method
from flake8_celery_patterns.project.project import Project, Source

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.flow.places import Called

_SIGNING = frozenset({"s", "si", "signature", "subtask", "map", "starmap", "chunks"})
_SAME_SIGNATURE = frozenset({"clone", "link", "on_error", "set"})

# Names that lead to names: real applications need 12, Python's own stack has room for some 55.
_DEEPEST = 40

_Answer = TypeVar("_Answer")


class Meaning:
    """What the names and expressions of a project's files are, each found out once.

    One instance serves the linting of one file, `source`.
    """

    def __init__(self, project: Project, source: Source) -> None:
        self.project = project
        self.source = source
        self._known: dict[Any, Any] = {}
        self._open: set[Any] = set()
        # The calls in the place that was followed last, by the identity of their nodes.
        self.calls: dict[int, Called] = {}

    @contextmanager
    def once(self, key: Any) -> Iterator[bool]:
        """Whether `key` is not being worked on further up: the way out of circles.

        Nor is it where one thing has led to another for too long.
        """
        if key in self._open or len(self._open) >= _DEEPEST:
            yield False
            return
        self._open.add(key)
        try:
            yield True
        finally:
            self._open.discard(key)

    def known(
        self, key: Hashable, circular: _Answer, work_out: Callable[..., _Answer], *given: Any
    ) -> _Answer:
        """What `work_out(*given)` gives, asked once for a key; `circular` while it is asked."""
        if key not in self._known:
            with self.once(key) as free:
                if not free:
                    return circular
                self._known[key] = work_out(*given)
        answer: _Answer = self._known[key]
        return answer

    @cached_property
    def config(self) -> Config:
        """The project's Celery configuration."""
        return Config(self)

    @cached_property
    def holders(self) -> Holders:
        """What holds the project's settings."""
        return Holders(self)

    @cached_property
    def requests(self) -> Requests:
        """What the project says of the transactions that its views run in."""
        return Requests(self)

    @cached_property
    def task_names(self) -> TaskNames:
        """The names of the project's tasks."""
        return TaskNames(self)

    @cached_property
    def global_limit(self) -> GlobalLimit:
        """Whether a time limit for all tasks is set anywhere in the project."""
        return GlobalLimits(self, self.config).verdict

    @cached_property
    def settings_in_view(self) -> bool:
        """Whether all that configures Celery is in view: a setting not found is then not set."""
        return GlobalLimits(self, self.config).view_is_whole

    # Names

    def lexical(self, source: Source, scope: Scope) -> Lexical:
        """Where the expressions of `scope` stand."""
        return Lexical(self, source, scope)

    def bound(self, source: Source, scope: Scope, name: str, given: dict[str, Kind]) -> Kind:
        """What `name`, bound in `scope`, is."""
        key = ("bound", source, scope, name)
        if not given and key in self._known:
            known: Kind = self._known[key]
            return known
        with self.once(key) as free:
            if not free:
                return UNKNOWN
            kinds = [
                environment.binding_kind(self, source, scope, binding, given)
                for binding in scope.bindings[name]
            ]
        # Whoever sees the scope from outside does not see what is done to a signature there.
        kind = building.unsettled(environment.join_bindings(kinds))
        if not given:
            self._known[key] = kind
        return kind

    def member(self, module: Source, name: str) -> Kind:
        """The attribute `name` of a module of the project."""
        return environment.member(self, module, name)

    def member_class(self, module: Source, name: str) -> Model | None:
        """The model called `name` in a module, if there is one."""
        kind = self.member(module, name)
        if isinstance(kind, ClassKind):
            return self.model(kind)
        return kind.model if isinstance(kind, ModelClass) else None

    def assigned(self, name: str, where: Environment) -> tuple[Expression, Environment] | None:
        """The expression that `name` is bound to once, and where it stands."""
        if not isinstance(where, Lexical):
            return None
        for scope in where.scope.enclosing():
            if isinstance(scope, Class) and scope is not where.scope:
                continue
            if isinstance(scope, Function) and scope.parameter(name) is not None:
                return None
            if name in scope.bindings:
                return self._assigned_in(where.source, scope, name)
        return None

    def assigned_member(self, module: Source, name: str) -> tuple[Expression, Environment] | None:
        """The expression that a module's `name` is bound to once, and where it stands."""
        if name not in module.facts.bindings:
            return None
        return self._assigned_in(module, module.facts, name)

    def _assigned_in(
        self, source: Source, scope: Scope, name: str
    ) -> tuple[Expression, Environment] | None:
        bindings = scope.bindings[name]
        if len(bindings) != 1:
            return None
        binding = bindings[0]
        if isinstance(binding, Assignment) and binding.value is not None:
            return binding.value, Lexical(self, source, scope)
        if isinstance(binding, Import) and binding.name is not None:
            with self.once(("import", source, scope, name)) as free:
                found = self.project.find(source, binding) if free else None
                if isinstance(found, Source):
                    return self.assigned_member(found, binding.name)
        return None

    def other_task_library(self, source: Source) -> bool:
        """Whether a file imports a library with tasks of its own."""
        key = ("other library", source)
        if key not in self._known:
            self._known[key] = imports_other_task_library(_imports(source))
        return bool(self._known[key])

    def homes(self, name: str, where: Environment) -> list[Source]:
        """The project's modules that `name` may be imported from."""
        if not isinstance(where, Lexical):
            return []
        found = [
            self.project.find(where.source, binding)
            for scope in where.scope.enclosing()
            for binding in scope.bindings.get(name, ())
            if isinstance(binding, Import)
        ]
        return [source for source in found if isinstance(source, Source)]

    def imports_celery(self, source: Source) -> bool:
        """Whether a file concerns Celery by what it imports."""
        key = ("imports celery", source)
        if key not in self._known:
            self._known[key] = any(
                not binding.level and binding.module.partition(".")[0] == "celery"
                for binding in _imports(source)
            )
        return bool(self._known[key])

    # Values

    def evaluate(self, expression: Expression, where: Environment) -> Kind:
        """What an expression is."""
        return evaluate.evaluate(self, expression, where)

    def annotated(self, annotation: Expression, where: Environment) -> Kind:
        """What a value annotated so is."""
        return annotated(self, annotation, where)

    def parsed_annotation(self, text: str) -> Expression | None:
        """The expression in a string annotation; None if it is not one."""
        return self.known(("annotation", text), None, parsed, text)

    def parameter(self, source: Source, function: Function, parameter: Parameter) -> Kind:
        """What a function's parameter is."""
        key = ("parameter", source, function, parameter.name)
        unknown: Kind = UNKNOWN
        return self.known(key, unknown, self._parameter, source, function, parameter)

    def _parameter(self, source: Source, function: Function, parameter: Parameter) -> Kind:
        if parameter.kind in ("args", "kwargs"):
            return UNKNOWN
        if parameter is function.first_parameter:
            # Whatever it is called and annotated with, a bound task gets itself.
            task = self.task(source, function)
            if task is not None and (parameter.name == "self" or tasks.is_bound(self, task)):
                return TaskSelf(FunctionKind(source, function))
        if parameter.annotation is not None:
            scope = function.parent or source.facts
            return self.annotated(parameter.annotation, self.lexical(source, scope))
        return views.parameter_kind(self, source, function, parameter)

    # Classes

    def ancestry(self, kind: ClassKind) -> Ancestry:
        """A class of the project and all its bases."""
        alone = Ancestry((kind,), (), False)
        return self.known(("ancestry", kind), alone, classes.ancestry, self, kind)

    def class_member(self, kind: ClassKind, name: str) -> Kind | None:
        """The task, class or value that a class body binds `name` to; None for a plain method."""
        found = self.ancestry(kind).binding(name)
        if found is None:
            return None
        owner, binding = found
        if isinstance(binding, Function):
            return self.task_member(kind, name)
        bindings = owner.definition.bindings[name]
        return self.bound(owner.source, owner.definition, name, {}) if len(bindings) == 1 else None

    def task_member(self, kind: ClassKind, name: str) -> FunctionKind | None:
        """The task that a class defines in its body, if `name` is one."""
        found = self.ancestry(kind).method(name)
        if found is None or self.task(found[0].source, found[1]) is None:
            return None
        return FunctionKind(found[0].source, found[1])

    def model(self, kind: ClassKind) -> Model | None:
        """The model that a class of the project is."""
        return self.known(("model", kind), None, model_of, self, kind)

    def super_of(self, where: Environment) -> Kind:
        """`super()` in a method of a manager or queryset: it hands out what `self` does."""
        kind = where.lookup("self")
        return kind if isinstance(kind, Stream) else UNKNOWN

    def is_patched(self, source: Source, name: str, attribute: str) -> bool:
        """Whether `name.attribute` is set from outside, where `name` is defined or here."""
        text, nothing = f"{name}.{attribute}", frozenset[str]()
        return any(
            text in self.known(("patched", module), nothing, _patched_in, module)
            for module in (source, self.source)
        )

    # Views

    def view_attribute(self, owner: Object, expression: Any) -> Kind | None:
        """An attribute that a framework gives an object."""
        return views.view_attribute(self, owner, expression)

    def view_call(self, method: Method, call: Call) -> Kind | None:
        """A method that a framework gives an object."""
        return views.view_call(self, method, call)

    # Tasks

    def task(self, source: Source, definition: Function | Class) -> tasks.Task | None:
        """The task that a function or class is."""
        key = ("task", source, definition)
        return self.known(key, None, tasks.task_of, self, source, definition)

    def task_behind(self, kind: Kind) -> tasks.Task | None:
        """The task that a value is, or that a signature will call."""
        while isinstance(kind, (Partial, TaskSelf)):
            kind = kind.of
        if isinstance(kind, FunctionKind):
            return self.task(kind.source, kind.definition)
        holder = kind.of if isinstance(kind, Object) else kind
        if isinstance(holder, ClassKind):
            return self.task(holder.source, holder.definition)
        return None

    def maker_of_function(self, source: Source, definition: Function) -> Maker | None:
        """What makes a task of a decorated function."""
        return tasks.maker_of_function(self, source, definition)

    def task_call(self, method: Method, call: Call, where: Environment) -> Kind | None:
        """What a task's own methods give."""
        owner = method.owner
        is_task = (
            isinstance(owner, (FunctionKind, Partial, TaskSelf))
            or self.task_behind(owner) is not None
        )
        if not is_task and not isinstance(owner, (External, Method, Unresolved)):
            return None
        given = result_of_method(self, method, call, where, is_task=is_task)
        if given is not None:
            return given
        if not is_task and not isinstance(owner, Unresolved):
            return None
        if method.name in _SIGNING:
            return Partial(owner, made=building.signed(self, method.name, call, where))
        if method.name in _SAME_SIGNATURE and isinstance(owner, Partial):
            if not isinstance(owner.made, Signed):
                return owner
            made = building.changed(self, owner.made, method.name, call, where)
            return replace(owner, made=made)
        return UNKNOWN if is_task else None

    def chained(self, left: Kind, right: Kind, expression: Binary) -> Kind:
        """`left | right`: a chain of two signatures takes its arguments where the first does."""
        made = building.piped(left, right, expression)
        if made is not None:
            return made
        if isinstance(left, Partial) and isinstance(right, Partial):
            return Partial(left.of, chained=True)
        return UNKNOWN

    def canvas(self, name: str, call: Call, where: Environment) -> Canvas | None:
        """The chain, group or chord that calling a library's `name` gives."""
        return building.canvas(self, name, call, where)


def _patched_in(source: Source) -> frozenset[str]:
    """The last two parts of each attribute that a file sets on something of another."""
    return frozenset(".".join(patched.split(".")[-2:]) for patched in source.facts.patched)


def _imports(source: Source) -> Iterator[Import]:
    """Every import of a file, wherever it stands."""
    for scope in source.facts.all_scopes():
        for bindings in scope.bindings.values():
            for binding in bindings:
                if isinstance(binding, Import):
                    yield binding

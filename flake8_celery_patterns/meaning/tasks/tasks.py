"""Tasks: which functions and classes are one, and where their options come from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flake8_celery_patterns.facts.expressions import Attribute, Call, Expression, Name, dotted
from flake8_celery_patterns.facts.scopes import Assignment, Class, Function, Parameter
from flake8_celery_patterns.meaning.kinds import ClassKind, External, Kind, ModelClass
from flake8_celery_patterns.meaning.names.classes import Ancestry
from flake8_celery_patterns.meaning.names.environment import Lexical
from flake8_celery_patterns.meaning.names.literals import UNSEEN, value
from flake8_celery_patterns.meaning.tasks.parameters_kept import keeps_parameters
from flake8_celery_patterns.meaning.tasks.wrappers import Given, Maker, maker
from flake8_celery_patterns.project.project import Source

if TYPE_CHECKING:
    import libcst as cst

    from flake8_celery_patterns.meaning.meaning import Meaning

# Task classes of Celery itself, and of libraries that only guard against doubles: they neither
# bind, set options nor change arguments (celery_once/tasks.py, celery_singleton/singleton.py).
_PLAIN_BASES = re.compile(
    r"celery\.((app\.)?(base\.)?Celery\(\)\.|app\.(task\.)?|contrib\.(\w+\.)*)?\w*Task"
    r"|celery_once\.(tasks\.)?QueueOnce|celery_singleton\.(singleton\.)?Singleton"
)


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a task.

    `given` is None if no source gives it; `is_open`: one that is not seen may.
    """

    given: Given | None = None
    is_open: bool = False

    @property
    def is_absent(self) -> bool:
        """Whether it is certain that nothing gives this option."""
        return self.given is None and not self.is_open


@dataclass(eq=False, frozen=True, slots=True)
class Task:
    """A task, function or class.

    `decorator` is the expression that makes it one; None for a class. `keeps_signature`: calls
    reach the function with the parameters it shows. `is_wrapped`: another decorator stands below,
    so that Celery itself may see other parameters when it is called.
    """

    name: str
    source: Source
    definition: Function | Class
    decorator: Expression | None
    maker: Maker
    keeps_signature: bool
    is_wrapped: bool = False

    @property
    def run(self) -> Function | None:
        """The function that a worker runs."""
        if isinstance(self.definition, Function):
            return self.definition
        return self.definition.method("run")

    @property
    def node(self) -> cst.CSTNode | None:
        """What a finding about the whole task points at: its decorator, or its class's name."""
        if self.decorator is not None:
            return self.decorator.node
        return self.definition.node.name if self.definition.node is not None else None

    def parameter(self, meaning: Meaning, slot: int | str | None) -> Parameter | None:
        """The parameter that an argument goes to, by its 0-based position or its keyword."""
        function = self.run
        if function is None or slot is None:
            return None
        if isinstance(slot, str):
            return function.parameter(slot)
        bound = option_value(meaning, option(meaning, self, "bind"))
        first = 1 if bound is True or isinstance(self.definition, Class) else 0
        taking = [p for p in function.parameters if p.kind in ("positional", "positional_only")]
        return taking[first + slot] if first + slot < len(taking) else None


def task_of(meaning: Meaning, source: Source, definition: Function | Class) -> Task | None:
    """The task that a definition is; None if it is none, or not certainly one."""
    if isinstance(definition, Class):
        return _class_task(meaning, source, definition)
    found = _making_decorator(meaning, source, definition)
    if found is None:
        return None
    position, made = found
    below = definition.decorators[position + 1 :]
    environment = Lexical(meaning, source, definition.parent or source.facts)
    keeps = not made.wraps and all(keeps_parameters(meaning, d, environment) for d in below)
    decorator = definition.decorators[position]
    return Task(definition.name, source, definition, decorator, made, keeps, bool(below))


def maker_of_function(meaning: Meaning, source: Source, definition: Function) -> Maker | None:
    """What makes a task of a decorated function, if something does."""
    found = _making_decorator(meaning, source, definition)
    return found[1] if found is not None else None


def _making_decorator(
    meaning: Meaning, source: Source, definition: Function
) -> tuple[int, Maker] | None:
    environment = Lexical(meaning, source, definition.parent or source.facts)
    for position, decorator in reversed(list(enumerate(definition.decorators))):
        made = maker(meaning, decorator, environment) or _named_by_user(meaning, decorator)
        if made is not None:
            return position, made
    return None


def _named_by_user(meaning: Meaning, decorator: Expression) -> Maker | None:
    """A decorator named by the option `task-decorators`: what it adds is not known."""
    names = meaning.project.settings.task_decorators
    if not names:
        return None
    target = decorator.function if isinstance(decorator, Call) else decorator
    text = dotted(target)
    if text is None:
        return None
    last = text.rpartition(".")[2]
    if any(name == text or name.rpartition(".")[2] == last for name in names):
        return Maker({}, is_open=True, is_named=True)
    return None


def _class_task(meaning: Meaning, source: Source, definition: Class) -> Task | None:
    if definition.method("run") is None:
        return None
    family = meaning.ancestry(ClassKind(source, definition))
    if not any(is_plain_task_base(name) for name in family.external):
        return None
    return Task(definition.name, source, definition, None, Maker({}), True)


def is_plain_task_base(name: str) -> bool:
    """Whether the full name is that of a task class that changes nothing rules ask about."""
    return _PLAIN_BASES.fullmatch(name) is not None


def base_of(meaning: Meaning, task: Task) -> ClassKind | External | None:
    """The class that `base=` names; None without it, `External("")` for one not resolved."""
    given = task.maker.options.get("base")
    if given is None:
        return None
    kind = meaning.evaluate(given.expression, given.environment)
    if isinstance(kind, (ClassKind, External)):
        return kind
    if isinstance(kind, ModelClass) or value(meaning, given.expression, given.environment) is None:
        return None
    return External("")


def family_of(meaning: Meaning, task: Task) -> list[Ancestry]:
    """The classes of the project that a task is made from: its own, its base, the app's."""
    if isinstance(task.definition, Class):
        return [meaning.ancestry(ClassKind(task.source, task.definition))]
    base = base_of(meaning, task)
    kinds = [base] if base is not None else meaning.config.task_classes(task)
    return [meaning.ancestry(kind) for kind in kinds if isinstance(kind, ClassKind)]


def retries_otherwise(meaning: Meaning, task: Task) -> bool:
    """Whether a class of the project gives the task a `retry` of its own."""
    return any(family.binding("retry") is not None for family in family_of(meaning, task))


def option(meaning: Meaning, task: Task, name: str) -> Option:
    """The option `name` of a task: from its decorator, base, app's task class, or annotations."""
    if isinstance(task.definition, Class):
        found = class_option(meaning, ClassKind(task.source, task.definition), name)
    else:
        found = _of_decorator(meaning, task, name)
    if found.given is not None or found.is_open:
        return found
    return meaning.config.option(task, name)


def _of_decorator(meaning: Meaning, task: Task, name: str) -> Option:
    given = task.maker.options.get(name)
    if given is not None:
        return Option(given)
    if task.maker.is_open:
        return Option(None, True)
    base = base_of(meaning, task)
    if isinstance(base, ClassKind):
        return class_option(meaning, base, name)
    if isinstance(base, External) and not is_plain_task_base(base.name):
        return Option(None, True)
    return Option()


def class_option(meaning: Meaning, kind: ClassKind, name: str) -> Option:
    family = meaning.ancestry(kind)
    found = family.binding(name)
    if found is not None:
        owner, binding = found
        if isinstance(binding, Assignment) and binding.value is not None:
            environment = Lexical(meaning, owner.source, owner.definition)
            return Option(Given(binding.value, environment))
        return Option(None, True)
    is_known = family.whole and all(is_plain_task_base(base) for base in family.external)
    return Option(None, not is_known)


def option_value(meaning: Meaning, found: Option) -> Any:
    """The value of an option, `UNSEEN` where it is not given or the text does not show it."""
    if found.given is None or found.is_open:
        return UNSEEN
    return value(meaning, found.given.expression, found.given.environment)


def overrides_sending(meaning: Meaning, task: Task) -> bool:
    """Whether the task's class may change what is sent: one of the project, or not resolved."""
    if isinstance(task.definition, Class):
        return _may_override(meaning, ClassKind(task.source, task.definition))
    base = base_of(meaning, task)
    if base is not None:
        return _may_override(meaning, base)
    if task.maker.is_open and not task.maker.is_named:
        return True
    if meaning.config.app_overrides(task, "send_task"):
        return True
    return any(_may_override(meaning, kind) for kind in meaning.config.task_classes(task))


def _may_override(meaning: Meaning, kind: Kind) -> bool:
    if not isinstance(kind, ClassKind):
        return not (isinstance(kind, External) and is_plain_task_base(kind.name))
    family = meaning.ancestry(kind)
    if not family.whole or not all(is_plain_task_base(base) for base in family.external):
        return True
    return any(family.binding(name) for name in ("apply_async", "delay", "signature", "s", "si"))


def call_is_overridden(meaning: Meaning, kind: Kind) -> bool:
    """Whether a task class may hand `self` to the task function: by its own `__call__` or `run`.

    A `__call__` that only passes on what it is given (Flask's own pattern) hands over nothing.
    """
    if not isinstance(kind, ClassKind):
        return not (isinstance(kind, External) and is_plain_task_base(kind.name))
    family = meaning.ancestry(kind)
    if not family.whole or not all(is_plain_task_base(base) for base in family.external):
        return True
    called = family.method("__call__")
    if called is not None and not _passes_on(called[1]):
        return True
    return family.method("run") is not None


def changes_arguments(meaning: Meaning, task: Task) -> bool:
    """Whether the task's class may call the task with other arguments than were sent."""
    if isinstance(task.definition, Class):
        called = meaning.ancestry(ClassKind(task.source, task.definition)).method("__call__")
        return called is not None and not _passes_on(called[1])
    base = base_of(meaning, task)
    if base is not None:
        return call_is_overridden(meaning, base)
    return any(call_is_overridden(meaning, kind) for kind in meaning.config.task_classes(task))


def _passes_on(called: Function) -> bool:
    """Whether a `__call__` only ends in `self.run(*args, **kwargs)`, or in its base's own."""
    owner = called.first_parameter
    own = {p.kind: p.name for p in called.parameters}
    if {own.get("args"), own.get("kwargs")} & {*called.bindings, *called.touched}:
        return False
    stars = [("*", Name(own.get("args", ""))), ("**", Name(own.get("kwargs", "")))]
    for returned in called.returned or (None,):
        function = returned.function if isinstance(returned, Call) else None
        if not isinstance(returned, Call) or not isinstance(function, Attribute):
            return False
        handed = [(a.star, a.value) for a in returned.arguments]
        if function.name == "__call__" and isinstance(function.value, (Attribute, Name)):
            # `TaskBase.__call__(self, *args, **kwargs)`
            if owner is None or handed[:1] != [("", Name(owner.name))]:
                return False
            handed = handed[1:]
        keywords = any(argument.keyword for argument in returned.arguments)
        if function.name not in ("__call__", "run") or handed != stars or keywords:
            return False
    return True


def is_bound(meaning: Meaning, task: Task) -> bool | None:
    """Whether Celery passes a function the task itself, by `bind=True`; None if that is unseen."""
    given = task.maker.options.get("bind")
    if given is None:
        return None if task.maker.is_open else False
    shown = value(meaning, given.expression, given.environment)
    return shown if isinstance(shown, bool) else None

"""CEL212 task-instance-state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import Sequence
from flake8_celery_patterns.facts.scopes import Assignment, Class, Function
from flake8_celery_patterns.meaning.kinds import ClassKind, External
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.classes import Ancestry
from flake8_celery_patterns.meaning.tasks.instance_state import (
    InstanceState,
    attributes_read,
    attributes_set,
    instance_state,
)
from flake8_celery_patterns.meaning.tasks.tasks import (
    Task,
    base_of,
    is_plain_task_base,
    option,
    option_value,
)
from flake8_celery_patterns.rules.rule import Report, Rule
from flake8_celery_patterns.source.walk import children

# What Celery calls after `run`, also after one that failed half-way.
_AFTERWARDS = ("on_failure", "on_retry", "after_return")
_EMPTYING = frozenset({"clear", "pop", "popleft", "remove"})
_MADE_ONCE = frozenset({"run", "__init__"})


class TaskInstanceState(Rule[Task]):
    """Task keeps something on `self` that the next message finds there.

    ## What it reports

    An attribute of `self` that the body of a bound task, or the `run` of a task class, sets and
    that can be read where this run has not set it:

    - one that is counted on, `self.sent += 1`;
    - one that is read before it is set, or set in one branch only;
    - one that `on_failure`, `on_retry` or `after_return` of the class reads, although `run` can
      fail before it is set;
    - a list in the class's body to which `run` adds.

    ## Why it is a risk

    Celery makes one instance of a task for each process, and that serves all of its messages. What
    a run leaves on `self` is there for the next one, of another customer perhaps. With a pool of
    threads or greenlets, even runs at the same time share it.

    ## Example

    ```python
    from celery import Task


    class SendNewsletter(Task):
        name = "shop.send_newsletter"
        failed = []

        def run(self, addresses):
            for address in addresses:
                if "@" not in address:
                    self.failed.append(address)
            return self.failed
    ```

    ## Use instead

    ```python
    from celery import Task


    class SendNewsletter(Task):
        name = "shop.send_newsletter"

        def run(self, addresses):
            failed = []
            for address in addresses:
                if "@" not in address:
                    failed.append(address)
            return failed
    ```

    What belongs to one message and is wanted in a handler can be kept by `task_id`.

    ## Fix

    None: where the value should live is for you to say.

    ## When it stays silent

    - Where every reading follows a setting in the same run.
    - Where the attribute is looked at before it is set: `if self._client is None`, `hasattr`,
      `self._client or …`. That is a client or a cache which is meant to last.
    - For properties, and attributes that a method other than `run` and `__init__` sets or empties.
    - Where a base of the task is not found, and for attributes that its bases manage.
    - For an element that is set: `self._prices[sku] = …` is taken for a cache.

    ## References

    - [Celery: instantiation](https://docs.celeryq.dev/en/stable/userguide/tasks.html#instantiation)
    """

    code: ClassVar[str] = "CEL212"
    name: ClassVar[str] = "task-instance-state"
    tier = "risk"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Task

    def check(self, fact: Task, meaning: Meaning) -> Iterator[Report]:
        run = fact.run
        if run is None or run.node is None or run.first_parameter is None:
            return
        if isinstance(fact.definition, Class) and (run.decorators or _is_cut(fact.definition)):
            return
        name = run.first_parameter.name
        mentioned = attributes_read(run.node.body, name)
        family = _family(fact, meaning) if mentioned else None
        if family is None or not fact.keeps_signature:
            return
        state = instance_state(run.node.body, name)
        managed = _managed(fact, family)
        for attribute, node in state.written.items():
            if attribute in managed | state.guarded | state.unclear:
                continue
            message = _message(fact, state, attribute)
            if message:
                yield Report(node, message)
        for attribute, node in state.grown.items():
            if attribute not in managed and attribute not in state.written:
                if _is_shared_list(fact, family, attribute):
                    yield Report(node, _growing(fact, attribute))


def _family(task: Task, meaning: Meaning) -> Ancestry | None:
    """The classes that a task's `self` is of; None where they are not all known."""
    if isinstance(task.definition, Class):
        family = meaning.ancestry(ClassKind(task.source, task.definition))
    else:
        if option_value(meaning, option(meaning, task, "bind")) is not True:
            return None
        base = base_of(meaning, task)
        if base is None:
            named = meaning.config.task_classes(task)
            known = all(isinstance(k, External) and is_plain_task_base(k.name) for k in named)
            return Ancestry((), (), True) if known else None
        if isinstance(base, External):
            return Ancestry((), (), True) if is_plain_task_base(base.name) else None
        family = meaning.ancestry(base)
    known = all(is_plain_task_base(name) for name in family.external)
    return family if family.whole and known else None


def _managed(task: Task, family: Ancestry) -> set[str]:
    """Attributes that something besides `run` and `__init__` sets, empties or computes."""
    found: set[str] = set()
    for kind in family.classes:
        own = kind.definition is task.definition
        for name, bindings in kind.definition.bindings.items():
            for binding in bindings:
                if not isinstance(binding, Function):
                    continue
                found.add(name)
                if binding.node is None:
                    continue
                found |= _emptied(binding.node)
                if own and name not in _MADE_ONCE:
                    first = binding.first_parameter
                    found |= attributes_set(binding.node.body, first.name if first else "self")
        if not own:
            found.update(kind.definition.assigned)
    return found


def _is_cut(definition: Class) -> bool:
    """Whether a method's body is only `pass`: what the parser was spared looks like that."""
    methods = [b for bound in definition.bindings.values() for b in bound]
    for method in methods:
        if isinstance(method, Function) and method.node is not None:
            lines = method.node.body.body
            only = lines[0] if len(lines) == 1 else None
            if isinstance(only, cst.SimpleStatementLine) and isinstance(only.body[0], cst.Pass):
                return True
    return False


def _emptied(node: cst.CSTNode) -> set[str]:
    """The attributes of anything that are emptied below a node: `self.rows.clear()`."""
    found: set[str] = set()
    stack = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, cst.Call) and isinstance(current.func, cst.Attribute):
            owner = current.func.value
            if isinstance(owner, cst.Attribute) and current.func.attr.value in _EMPTYING:
                found.add(owner.attr.value)
        stack.extend(children(current))
    return found


def _is_shared_list(task: Task, family: Ancestry, attribute: str) -> bool:
    found = family.binding(attribute)
    if found is None or any(attribute in kind.definition.assigned for kind in family.classes):
        return False
    bound = found[1]
    return (
        isinstance(bound, Assignment)
        and isinstance(bound.value, Sequence)
        and bound.value.kind == "list"
    )


def _message(task: Task, state: InstanceState, attribute: str) -> str:
    shared = "one instance of the task serves all messages of a process"
    if attribute in state.counted:
        return (
            f"self.{attribute} of task {task.name} goes on from where the last message left it, "
            f"{shared}; use a local variable"
        )
    if attribute in state.early:
        return (
            f"self.{attribute} of task {task.name} may still be what an earlier message left, "
            f"{shared}; use a local variable, or set it before it is read"
        )
    reader = _reading_handler(task, attribute) if attribute not in state.leading else ""
    if reader:
        return (
            f"{reader} of task {task.name} reads self.{attribute}, which is an earlier message's "
            f"if this run failed before it was set, {shared}; set it to None first in run()"
        )
    return ""


def _reading_handler(task: Task, attribute: str) -> str:
    if not isinstance(task.definition, Class):
        return ""
    for name in _AFTERWARDS:
        handler = task.definition.method(name)
        if handler is not None and handler.node is not None and handler.first_parameter:
            if attribute in attributes_read(handler.node.body, handler.first_parameter.name):
                return name
    return ""


def _growing(task: Task, attribute: str) -> str:
    place = "run()" if isinstance(task.definition, Class) else "the task, as a local variable"
    return (
        f"self.{attribute} of task {task.name} is one list for all messages of a process: each "
        f"run finds what the ones before it added; make it in {place}"
    )

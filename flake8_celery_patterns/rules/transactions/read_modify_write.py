"""CEL805 read-modify-write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar, NamedTuple

import libcst as cst

from flake8_celery_patterns.facts.expressions import Attribute, Call, Name
from flake8_celery_patterns.facts.read import read
from flake8_celery_patterns.facts.scopes import Function
from flake8_celery_patterns.meaning.flow.assigned import assigned_in
from flake8_celery_patterns.meaning.flow.course import parts_of, statements_of, steps_to
from flake8_celery_patterns.meaning.flow.places import Called, InWith
from flake8_celery_patterns.meaning.kinds import ClassKind, External, Instance
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.environment import Environment
from flake8_celery_patterns.meaning.names.literals import value
from flake8_celery_patterns.meaning.tasks.tasks import Task, base_of
from flake8_celery_patterns.meaning.transactions.transactions import opened
from flake8_celery_patterns.rules.rule import Report, Rule

_ORMS = ("Django", "peewee", "MongoEngine")
_SAVING = ("save", "asave")
_LOADING = frozenset({"aget", "afirst", "earliest", "first", "get", "last", "latest"})
_GET_OR_404 = ("django.shortcuts.get_object_or_404", "django.shortcuts.aget_object_or_404")
_GROWING = frozenset({"append", "extend", "insert"})
# Words by which a function speaks of a lock that it holds, in whatever library.
_GUARDED = re.compile(r"(?i)(?<![bc])lock|mutex|semaphore|acquire|select_for_update|\bfor_update")
_CACHE = re.compile(r"(?i)(.*_)?(cache|caches)")


class _Change(NamedTuple):
    """An attribute computed from its old value; `is_inside`: an item of what it holds."""

    attribute: str
    is_inside: bool


class ReadModifyWrite(Rule[Called]):
    """Task writes a value back that it computed from an earlier read.

    ## What it reports

    In a task: an object loaded by `.get()` or `get_object_or_404()`, an attribute computed from its
    own old value (`account.balance += 1`, `account.balance = account.balance - price`,
    `account.log.append(…)`), and then `account.save()`.

    ## Why it is a risk

    Tasks run side by side, and Celery may run one twice. Two workers read the same 10, both write
    11, and one increment is gone, without any error. Four tasks that each added 1 at the same time
    added 1 together.

    ## Example

    ```python
    from celery import shared_task
    from django.db import models


    class Account(models.Model):
        balance = models.IntegerField(default=0)


    @shared_task
    def deposit(account_pk, amount):
        account = Account.objects.get(pk=account_pk)
        account.balance += amount
        account.save()
    ```

    ## Use instead

    ```python
    from celery import shared_task
    from django.db import models
    from django.db.models import F


    class Account(models.Model):
        balance = models.IntegerField(default=0)


    @shared_task
    def deposit(account_pk, amount):
        Account.objects.filter(pk=account_pk).update(balance=F("balance") + amount)
    ```

    Where the new value cannot be said in SQL: `select_for_update()` inside `transaction.atomic()`.

    ## Fix

    None: which of the two fits is yours to say.

    ## When it stays silent

    - With `F()`, `select_for_update()`, `refresh_from_db()`, and in any function that speaks of a
      lock or stands in a context manager other than `atomic`, which alone does not help.
    - Where the function asks for what only one can get: `cache.add(…)`, `set(…, nx=True)`, or a row
      that it claims, `if not Order.objects.filter(…).update(…)`.
    - Where `save(update_fields=…)` leaves the attribute out, or may do so.
    - Where the task has a decorator or a base class that may let only one run at a time.
    - Where load, change and save do not follow each other plainly.
    - Outside tasks.

    ## References

    - [Django: avoiding race conditions using F()](https://docs.djangoproject.com/en/stable/ref/models/expressions/#avoiding-race-conditions-using-f)
    - [Django: select_for_update](https://docs.djangoproject.com/en/stable/ref/models/querysets/#select-for-update)
    """

    code: ClassVar[str] = "CEL805"
    name: ClassVar[str] = "read-modify-write"
    tier = "risk"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Called

    def check(self, fact: Called, meaning: Meaning) -> Iterator[Report]:
        called, task, function = fact.call.function, fact.place.task, fact.place.function
        if task is None or function is None or not isinstance(called, Attribute):
            return
        if called.name not in _SAVING or not isinstance(called.value, Name):
            return
        owner = meaning.evaluate(called.value, fact.place.environment)
        if not isinstance(owner, Instance) or owner.model.orm not in _ORMS:
            return
        if fact.call.node is None or _is_guarded(fact, task, function, meaning):
            return
        changed = _changed(called.value.id, function, fact, meaning)
        if changed is not None and _is_written(changed, fact, meaning):
            yield Report(fact.call.node, _message(called.value.id, changed, task, owner.model.orm))


def _is_guarded(fact: Called, task: Task, function: Function, meaning: Meaning) -> bool:
    """Whether something may see to it that only one task at a time is here."""
    for around in fact.place.around:
        if isinstance(around, InWith):
            found = opened(meaning, around.manager, fact.place.environment)
            if found is None:
                return True
    if not task.keeps_signature or task.maker.is_open or task.maker.is_project:
        return True
    base = base_of(meaning, task)
    if isinstance(base, External) and not base.name.startswith("celery."):
        return True
    if isinstance(base, ClassKind) and _base_guards(base, meaning):
        return True
    return any(
        meaning.known(("takes key or lock", each), True, _takes_key_or_lock, each)
        for each in (function, task.run or function)
    )


def _takes_key_or_lock(function: Function) -> bool:
    if function.node is None or _takes_key(function.node.body):
        return True
    return any(_GUARDED.search(word) for word in _words_of(function.node.body))


def _base_guards(base: ClassKind, meaning: Meaning) -> bool:
    family = meaning.ancestry(base)
    return (
        not family.whole
        or family.binding("__call__") is not None
        or not all(name.startswith("celery.") for name in family.external)
    )


def _takes_key(body: cst.BaseSuite) -> bool:
    """Whether a function's body asks for what only one can have: `cache.add(…)`, `set(…, nx=True)`.

    The cookbook's lock of Celery goes without the word. So does a row that is claimed:
    `if not Order.objects.filter(pk=pk, status="new").update(status="taken"): return`.
    """
    unused: set[int] = set()
    for part in parts_of(body, cst.Expr, cst.Await, cst.Call, cst.Arg, cst.Attribute):
        if isinstance(part, cst.Expr):
            unused.add(id(part.value))
        elif isinstance(part, cst.Await) and id(part) in unused:
            unused.add(id(part.expression))
        elif isinstance(part, cst.Call) and id(part) not in unused:
            called = part.func
            if isinstance(called, cst.Attribute) and called.attr.value in ("update", "aupdate"):
                return True
        if isinstance(part, cst.Arg) and part.keyword is not None and part.keyword.value == "nx":
            return True
        if isinstance(part, cst.Attribute):
            owner = part.value.value if isinstance(part.value, cst.Subscript) else part.value
            last = owner.attr if isinstance(owner, cst.Attribute) else owner
            name = last.value if isinstance(last, cst.Name) else ""
            if part.attr.value == "setnx" or (
                part.attr.value in ("add", "aadd") and _CACHE.fullmatch(name)
            ):
                return True
    return False


def _is_written(changed: _Change, fact: Called, meaning: Meaning) -> bool:
    """Whether `save()` certainly writes an attribute: `update_fields` may leave it out."""
    given = fact.call.keyword("update_fields")
    if fact.call.is_open:
        return False
    if given is None:
        return True
    shown = value(meaning, given.value, fact.place.environment)
    return shown is None or (isinstance(shown, (list, tuple, set)) and changed.attribute in shown)


def _words_of(body: cst.BaseSuite) -> Iterator[str]:
    """The names and texts in a body."""
    yield from (part.value for part in parts_of(body, cst.Name))
    yield from (part.value for part in parts_of(body, cst.SimpleString))
    yield from (part.value for part in parts_of(body, cst.FormattedStringText))


def _changed(name: str, function: Function, fact: Called, meaning: Meaning) -> _Change | None:
    """The attribute of `name` that was computed from its own old value since it was loaded."""
    changed: _Change | None = None
    for step in reversed(steps_to(meaning, function, fact.place.statement)):
        block = step.block
        made = step.last_before(block.named(_made_anew, name))
        last = step.last_before(block.named(_saved, name), block.named(_changing, name))
        if changed is None and last is not None and (made is None or last > made):
            statement = block.statements[last]
            if name in _saved(statement):
                return None
            changed = _computed(statement, name)
        if made is not None:
            loading = _binding(block.statements[made], name)
            is_load = loading and _is_load(loading, fact.place.environment, meaning)
            return changed if is_load else None
    return None


def _made_anew(statement: cst.CSTNode) -> Iterator[str]:
    """The names that a statement binds, or of which it loads the row anew."""
    yield from assigned_in(statement)
    yield from _asked(statement, ("refresh_from_db",))


def _saved(statement: cst.CSTNode) -> Iterator[str]:
    """The names of what a statement saves."""
    return _asked(statement, _SAVING)


def _changing(statement: cst.CSTNode) -> Iterator[str]:
    """The names of which a statement computes an attribute from its old value."""
    target: cst.CSTNode | None = None
    if isinstance(statement, cst.AugAssign):
        target = statement.target
        target = target.value if isinstance(target, cst.Subscript) else target
    elif isinstance(statement, cst.Assign):
        target = statement.targets[0].target
    elif isinstance(statement, cst.Expr) and isinstance(statement.value, cst.Call):
        function = statement.value.func
        target = function.value if isinstance(function, cst.Attribute) else None
    owner = target.value if isinstance(target, cst.Attribute) else None
    if isinstance(owner, cst.Name) and _computed(statement, owner.value) is not None:
        yield owner.value


def _binding(statement: cst.CSTNode, name: str) -> cst.BaseExpression | None:
    """What `name = …` binds, also as the first thing that a `try` does to it."""
    if isinstance(statement, cst.Try):
        inside = [_binding(inner, name) for inner in statements_of(statement.body)]
        bound = [value for value in inside if value is not None]
        return bound[0] if len(bound) == 1 == assigned_in(statement)[name] else None
    if isinstance(statement, cst.Assign) and len(statement.targets) == 1:
        target = statement.targets[0].target
        if isinstance(target, cst.Name) and target.value == name:
            return statement.value
    return None


def _is_load(value: cst.BaseExpression, where: Environment, meaning: Meaning) -> bool:
    """`Account.objects.get(…)`, `get_object_or_404(…)`."""
    if isinstance(value, cst.Await):
        value = value.expression
    call = read(value)
    if not isinstance(call, Call):
        return False
    if isinstance(call.function, Attribute) and call.function.name in _LOADING:
        return True
    kind = meaning.evaluate(call.function, where)
    return isinstance(kind, External) and kind.name in _GET_OR_404


def _asked(statement: cst.CSTNode, methods: tuple[str, ...]) -> Iterator[str]:
    """The names of which a statement reaches for one of the methods."""
    for part in parts_of(statement, cst.Attribute):
        if part.attr.value in methods:
            if isinstance(part.value, cst.Name):
                yield part.value.value


def _computed(statement: cst.CSTNode, name: str) -> _Change | None:
    """`n` of `name.n += 1`, `name.n = name.n + 1`, `name.n.append(…)`."""
    if isinstance(statement, cst.AugAssign):
        target: cst.BaseExpression = statement.target
        is_inside = isinstance(target, cst.Subscript)
        if isinstance(target, cst.Subscript):
            target = target.value
        return _change(_attribute_of(target, name), is_inside)
    if isinstance(statement, cst.Assign) and len(statement.targets) == 1:
        attribute = _attribute_of(statement.targets[0].target, name)
        if attribute is not None and _is_term(statement.value, name, attribute):
            return _Change(attribute, False)
    if isinstance(statement, cst.Expr) and isinstance(statement.value, cst.Call):
        function = statement.value.func
        if isinstance(function, cst.Attribute) and function.attr.value in _GROWING:
            return _change(_attribute_of(function.value, name), True)
    return None


def _change(attribute: str | None, is_inside: bool) -> _Change | None:
    return _Change(attribute, is_inside) if attribute is not None else None


def _attribute_of(node: cst.BaseExpression, name: str) -> str | None:
    if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name):
        if node.value.value == name and not node.attr.value.startswith("_"):
            return node.attr.value
    return None


def _is_term(value: cst.BaseExpression, name: str, attribute: str) -> bool:
    """Whether `name.attribute` is a term of the arithmetic that `value` is."""
    if isinstance(value, cst.BinaryOperation):
        return _is_term(value.left, name, attribute) or _is_term(value.right, name, attribute)
    return _attribute_of(value, name) == attribute


def _message(name: str, changed: _Change, task: Task, orm: str) -> str:
    # No expression of Django's says "one more item".
    lock = "load the row under a lock"
    cure = "F()" if orm == "Django" else "an atomic update"
    way_out = lock if changed.is_inside else f"use {cure} in the database, or {lock}"
    return (
        f"task {task.name} writes {name}.{changed.attribute} back, computed from what it read "
        f"before: of two that run at the same time, one change is lost; {way_out}"
    )

"""CEL811 dispatch-before-save."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import ClassVar, Literal

import libcst as cst

from flake8_celery_patterns.facts.expressions import Attribute, Call, Name, everything, shown
from flake8_celery_patterns.facts.read import read
from flake8_celery_patterns.meaning.flow.course import Step, mentions, names_in, parts_of, steps_to
from flake8_celery_patterns.meaning.kinds import External, Instance, Kind, ModelClass, Object
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.orm.calls import is_model_form, is_model_serializer
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.meaning.transactions.transactions import is_sent_now, transaction_around
from flake8_celery_patterns.meaning.transactions.writes import is_written_by
from flake8_celery_patterns.rules.rule import Report, Rule

Pending = Literal["made", "changed"]

_KEYS = ("pk", "id")
_SAVING = ("save", "asave")
_SESSION_ORMS = ("SQLAlchemy", "SQLModel")
_MODEL_FORM = External("django.forms.ModelForm()")
# Methods of a model that look at it or change it, and do not save it.
_NOT_SAVING = frozenset(
    """
    clean clean_fields full_clean set_password set_unusable_password validate_constraints
    validate_unique
    """.split()
)
_BY_QUERY = frozenset({"aupdate", "bulk_update", "update", "update_or_create"})
# Methods of a session that leave the row where no one else sees it.
_NOT_COMMITTING = frozenset({"add", "add_all", "flush", "refresh"})


class DispatchBeforeSave(Rule[Dispatch]):
    """Sends a task about an object before the object is saved.

    ## What it reports

    A dispatch that is handed `obj.pk` or `obj.id` where `obj` was made by its constructor, or had
    an attribute set, and its `obj.save()` (`session.commit()` with SQLAlchemy) stands further down
    in the same block. Also `serializer.instance.pk` and `form.instance.pk` before `.save()`.

    ## Why it is a bug

    The primary key of an object that was never saved is None, and that is what the task gets. For a
    row that exists already, the worker reads what it was before the change: the receipt says
    "open", although the next line of the view wrote "paid".

    ## Example

    ```python
    from celery import shared_task
    from django.db import models


    class Order(models.Model):
        paid = models.BooleanField(default=False)


    @shared_task
    def send_receipt(order_pk):
        print(order_pk)


    def order(request):
        order = Order(paid=True)
        send_receipt.delay(order.pk)
        order.save()
    ```

    ## Use instead

    ```python
    from celery import shared_task
    from django.db import models


    class Order(models.Model):
        paid = models.BooleanField(default=False)


    @shared_task
    def send_receipt(order_pk):
        print(order_pk)


    def order(request):
        order = Order(paid=True)
        order.save()
        send_receipt.delay(order.pk)
    ```

    ## Fix

    None: what else stands between the two lines decides where the dispatch belongs.

    ## When it stays silent

    - Where the task waits for the commit: `delay_on_commit`, a lambda, a `partial`.
    - Where anything between the change and the dispatch may have saved the object.
    - Where the save stands in another block, or the result of the dispatch is used (its id is
      stored in the row that is saved next).
    - Where a row that exists is changed and the task is told to start later (`countdown`, `eta`).
    - For objects that are not certainly an ORM's; inside a transaction (see CEL801), unless the
      object was just made.

    ## References

    - [Celery: database transactions](https://docs.celeryq.dev/en/stable/userguide/tasks.html#database-transactions)
    - [Django: auto-incrementing primary keys](https://docs.djangoproject.com/en/stable/ref/models/instances/#auto-incrementing-primary-keys)
    """

    code: ClassVar[str] = "CEL811"
    name: ClassVar[str] = "dispatch-before-save"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Dispatch

    def check(self, fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
        function = fact.place.function
        if (
            function is None
            or not is_sent_now(meaning, fact)
            or fact.place.here != fact.place.around
        ):
            return
        steps = steps_to(meaning, function, fact.place.statement)
        if not steps or steps[-1].is_last:
            return
        for key in _keys(fact):
            report = _report(key, steps[-1], fact, meaning)
            if report is not None:
                yield report
                return


def _keys(fact: Dispatch) -> Iterator[Attribute]:
    """`order.pk` among what is sent, also in `str(order.pk)`."""
    for sent in fact.sent:
        for part in everything(sent.expression):
            if isinstance(part, Attribute) and part.name in _KEYS:
                yield part


def _report(key: Attribute, step: Step, fact: Dispatch, meaning: Meaning) -> Report | None:
    node, owner = key.node, key.value
    if node is None:
        return None
    if isinstance(owner, Attribute) and owner.name == "instance" and isinstance(owner.value, Name):
        form = owner.value
        kind = meaning.evaluate(form, fact.place.environment)
        saved = step.last_before(step.block.named(_saved_in, form.id)) is not None
        unsaved = _saves_an_instance(kind, meaning) and not saved
        if unsaved and _saved_later(step, form.id, ""):
            return Report(node, _message(fact, form.id, shown(key), "changed", "save()"))
        return None
    if not isinstance(owner, Name):
        return None
    kind = meaning.evaluate(owner, fact.place.environment)
    if not isinstance(kind, Instance) or not _saved_later(step, owner.id, kind.model.orm):
        return None
    pending = _pending(step, owner.id, kind, fact, meaning)
    if pending is None:
        return None
    if pending == "changed" and (
        not fact.place.is_whole_statement(fact.call)
        or _starts_later(fact)
        or transaction_around(meaning, fact.place) is not None
    ):
        return None
    saving = "commit()" if kind.model.orm in _SESSION_ORMS else "save()"
    return Report(node, _message(fact, owner.id, shown(key), pending, saving))


def _starts_later(dispatch: Dispatch) -> bool:
    """Whether the worker is told to wait: by then the lines below have run."""
    given = (dispatch.call.keyword(name) for name in ("countdown", "eta"))
    return dispatch.call.is_open or any(argument is not None for argument in given)


def _saves_an_instance(kind: Kind, meaning: Meaning) -> bool:
    if isinstance(kind, Object):
        return is_model_serializer(meaning, kind) or is_model_form(meaning, kind)
    return kind == _MODEL_FORM


def _saved_later(step: Step, name: str, orm: str) -> bool:
    """Whether the rest of the block saves what `name` stands for."""
    block = step.block
    in_session = orm in _SESSION_ORMS
    saving = block.marked(_is_commit) if in_session else block.named(_saved_by, name)
    saved = step.first_after(saving)
    ended = step.first_after(block.marked(_leaves), block.named(_bound_by, name))
    return saved is not None and (ended is None or saved <= ended)


def _pending(
    step: Step, name: str, kind: Instance, fact: Dispatch, meaning: Meaning
) -> Pending | None:
    """What the object still has to be saved for when the dispatch is reached."""
    uses_session = kind.model.orm in _SESSION_ORMS
    block = step.block
    # `Order.objects.filter(pk=pk).update(…)` may be this very row.
    written = block.marked(partial(_writes, meaning), _writes)
    telling = [block.named(names_in, name), written]
    if uses_session:
        telling.append(block.marked(_commits))
    place = step
    while True:
        position = place.last_before(*telling)
        if position is None:
            return None
        place = Step(block, position)
        statement = place.current
        if _sets_attribute(statement, name):
            return "made" if _was_made(step, name, fact, meaning) else "changed"
        if _is_making(statement, name, fact, meaning):
            return "made"
        if uses_session and _commits(statement):
            return None
        call = _own_call(statement) if mentions(statement, name) else None
        if call is None or not _leaves_unsaved(call, name, uses_session):
            return None


def _leaves_unsaved(call: Call, name: str, uses_session: bool) -> bool:
    """Whether a call that has to do with the object certainly does not save it."""
    if uses_session and isinstance(call.function, Attribute):
        return call.function.name in _NOT_COMMITTING
    return _is_method_of(call, name, _NOT_SAVING)


def _was_made(step: Step, name: str, fact: Dispatch, meaning: Meaning) -> bool:
    """Whether the object was made in this block, and not saved since."""
    block = step.block
    settling = block.named(_bound_by, name), block.named(_saved_in, name), block.marked(_commits)
    position = step.last_before(*settling)
    if position is None:
        return False
    return _is_making(block.statements[position], name, fact, meaning)


def _is_making(statement: cst.CSTNode, name: str, fact: Dispatch, meaning: Meaning) -> bool:
    """`order = Order(…)`."""
    if not isinstance(statement, cst.Assign) or not _binds(statement, name):
        return False
    value = read(statement.value)
    return isinstance(value, Call) and isinstance(
        meaning.evaluate(value.function, fact.place.environment), ModelClass
    )


def _sets_attribute(statement: cst.CSTNode, name: str) -> bool:
    """`order.status = "paid"`, `order.count += 1`."""
    if isinstance(statement, cst.Assign):
        targets = [target.target for target in statement.targets]
    elif isinstance(statement, (cst.AugAssign, cst.AnnAssign)):
        targets = [statement.target]
    else:
        return False
    return any(
        isinstance(target, cst.Attribute)
        and isinstance(target.value, cst.Name)
        and target.value.value == name
        and not target.attr.value.startswith("_")
        for target in targets
    )


def _binds(statement: cst.CSTNode, name: str) -> bool:
    return name in _bound_by(statement)


def _bound_by(statement: cst.CSTNode) -> Iterator[str]:
    """`order` of `order = …`."""
    if isinstance(statement, cst.Assign):
        for target in statement.targets:
            if isinstance(target.target, cst.Name):
                yield target.target.value


def _leaves(statement: cst.CSTNode) -> bool:
    return isinstance(statement, (cst.Return, cst.Raise, cst.Break, cst.Continue))


def _own_call(statement: cst.CSTNode) -> Call | None:
    """The call that is all there is to a statement, awaited or not."""
    value = statement.value if isinstance(statement, (cst.Expr, cst.Assign)) else None
    if isinstance(value, cst.Await):
        value = value.expression
    call = read(value) if isinstance(value, cst.Call) else None
    return call if isinstance(call, Call) else None


def _is_method_of(call: Call, name: str, methods: Sequence[str] | frozenset[str]) -> bool:
    function = call.function
    return (
        isinstance(function, Attribute)
        and function.name in methods
        and function.value == Name(name)
    )


def _saved_by(statement: cst.CSTNode) -> Iterator[str]:
    """`order` of a statement that does nothing but `order.save()`."""
    call = _own_call(statement)
    function = call.function if call is not None else None
    if isinstance(function, Attribute) and isinstance(function.value, Name):
        if function.name in _SAVING:
            yield function.value.id


def _saved_in(statement: cst.CSTNode) -> Iterator[str]:
    """`order` of `order.save()`, wherever in a statement."""
    for part in parts_of(statement):
        if isinstance(part, cst.Call) and isinstance(part.func, cst.Attribute):
            owner = part.func.value
            if part.func.attr.value in _SAVING and isinstance(owner, cst.Name):
                yield owner.value


def _writes(meaning: Meaning, statement: cst.CSTNode) -> bool:
    """Whether a statement writes to rows by a query."""
    return any(
        isinstance(part, cst.Call)
        and isinstance(part.func, cst.Attribute)
        and part.func.attr.value in _BY_QUERY
        and is_written_by(meaning, part)
        for part in parts_of(statement)
    )


def _is_commit(statement: cst.CSTNode) -> bool:
    """Whether a statement does nothing but `session.commit()`."""
    call = _own_call(statement)
    function = call.function if call is not None else None
    return isinstance(function, Attribute) and function.name == "commit"


def _commits(statement: cst.CSTNode) -> bool:
    return any(
        isinstance(part, cst.Call)
        and isinstance(part.func, cst.Attribute)
        and part.func.attr.value == "commit"
        for part in parts_of(statement)
    )


def _message(dispatch: Dispatch, name: str, key: str, pending: Pending, saving: str) -> str:
    task = f"task {dispatch.label}" if dispatch.label else "the task"
    if pending == "made":
        return (
            f"`{name}` is not saved yet: {task} gets None for {key}, or looks for a row that is "
            f"not there; send it after the {saving} below"
        )
    return (
        f"`{name}` is sent to {task} before it is saved: the worker may read the row as it was "
        f"before the change; send it after the {saving} below"
    )

"""CEL917 use-delay-on-commit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import Attribute, Call, Expression, Lambda, shown
from flake8_celery_patterns.fixes.plan import Plan, Replace
from flake8_celery_patterns.fixes.search import holds_comment
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.flow.places import Called
from flake8_celery_patterns.meaning.kinds import External
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch, dispatch_of
from flake8_celery_patterns.meaning.tasks.running import is_required
from flake8_celery_patterns.meaning.transactions.transactions import has_on_commit_methods
from flake8_celery_patterns.rules.rule import Report, Rule

_ON_COMMIT = "django.db.transaction.on_commit"
_FORMS = ("delay", "apply_async")
# A project that says it runs on a Celery before 5.4, which has no such methods.
_OLD_CELERY = re.compile(
    rb"(?i)\bcelery(?:\[[\w,-]*\])?[\"'\s(]*(?:==|~=|<=?|=\s*[\"'][=~^<]*)\s*(?:[1-4]\.|5\.[0-3]\b)"
    rb"|\bcelery(?:\[[\w,-]*\])?[^\n#]*<\s*5\.4"
)


class UseDelayOnCommit(Rule[Called]):
    """Writes out what `delay_on_commit()` does.

    ## What it reports

    `transaction.on_commit()` of Django with a lambda or `functools.partial` that does nothing but
    `task.delay(…)` or `task.apply_async(…)`, or with `task.delay` itself.

    ## Why it is a risk

    The long form is easily got wrong, and each of its mistakes is silent: `on_commit(t.delay(pk))`
    sends at once (CEL802), a lambda in a loop sends the last item each time (CEL803),
    `on_commit(t.s(pk))` runs the task in the web process (CEL806). `t.delay_on_commit(pk)`, since
    Celery 5.4, takes its arguments where it stands and cannot be written wrongly.

    ## Example

    ```python
    from celery import shared_task
    from django.db import transaction


    @shared_task
    def send_receipt(order_pk):
        print(order_pk)


    def pay(order):
        order.save()
        transaction.on_commit(lambda: send_receipt.delay(order.pk))
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task
    def send_receipt(order_pk):
        print(order_pk)


    def pay(order):
        order.save()
        send_receipt.delay_on_commit(order.pk)
    ```

    ## Fix

    Unsafe: writes the short form. The arguments are then computed where it stands, and not when
    the transaction is committed. None for a lambda with parameters, and for what spans lines.

    ## When it stays silent

    - With `using=` or `robust=`, which the short form does not have.
    - Where the callback does anything else, or sends a signature or a canvas: these do not have it.
    - For tasks that are not found, that have a `base=` or are classes.
    - Where the requirements of the project say that its Celery is older than 5.4; in test code.

    ## References

    - [Celery: trigger tasks at the end of the database transaction](https://docs.celeryq.dev/en/stable/django/first-steps-with-django.html#trigger-tasks-at-the-end-of-the-database-transaction)
    """

    code: ClassVar[str] = "CEL917"
    name: ClassVar[str] = "use-delay-on-commit"
    tier = "opinion"
    fix = "unsafe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Called

    def check(self, fact: Called, meaning: Meaning) -> Iterator[Report]:
        call = fact.call
        if fact.function != External(_ON_COMMIT) or len(call.arguments) != 1 or call.is_open:
            return
        given = call.arguments[0]
        if given.keyword not in (None, "func") or call.node is None:
            return
        sent = _sent(given.value, fact, meaning)
        if sent is None or not has_on_commit_methods(meaning, sent) or _is_old(meaning):
            return
        if not is_test_code(meaning.source.path, meaning.project.root):
            yield Report(call.node, _message(sent), _fix(fact, given.value, sent))


def _sent(callback: Expression, fact: Called, meaning: Meaning) -> Dispatch | None:
    """The dispatch that is all that a callback does."""
    if isinstance(callback, Lambda):
        found = callback.body
    elif isinstance(callback, Attribute):
        found = Call(callback, (), node=callback.node)
    else:
        found = callback
    if not isinstance(found, Call):
        return None
    sent = dispatch_of(meaning, found, fact.place)
    if sent is None or sent.form not in _FORMS:
        return None
    return sent if sent.is_partial == (found is callback) else None


def _is_old(meaning: Meaning) -> bool:
    project = meaning.project
    return project.remember("celery before 5.4", lambda: is_required(project, _OLD_CELERY))


def _message(sent: Dispatch) -> str:
    function = sent.call.function
    assert isinstance(function, Attribute)
    short = f"{shown(function.value)}.{sent.form}_on_commit()"
    return f"this on_commit() only sends a task, which {short} does by itself; use {short}"


def _fix(fact: Called, callback: Expression, sent: Dispatch) -> Plan | None:
    node, inner, function = fact.call.node, callback.node, sent.call.function.node
    if node is None or not fact.is_bare or holds_comment(node):
        return None
    if isinstance(inner, cst.Lambda):
        if isinstance(callback, Lambda) and callback.parameters:
            return None
        inner = inner.body
        arguments = inner.args if isinstance(inner, cst.Call) else ()
    else:
        arguments = inner.args[1:] if isinstance(inner, cst.Call) else ()
    if not isinstance(function, cst.Attribute):
        return None
    name = cst.Name(f"{sent.form}_on_commit")
    made = cst.Call(function.with_changes(attr=name, lpar=(), rpar=()), arguments)
    text = cst.Module(body=[]).code_for_node(made)
    if "\n" in text:
        return None
    return Plan(f"Use {name.value}()", (Replace(node, text),), safe=False)

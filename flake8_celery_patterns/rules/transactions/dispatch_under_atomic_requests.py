"""CEL810 dispatch-under-atomic-requests."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import shown
from flake8_celery_patterns.facts.scopes import Class, Function
from flake8_celery_patterns.fixes.deferring import sent_on_commit
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.flow.course import any_before, parts_of, steps_to
from flake8_celery_patterns.meaning.kinds import ClassKind
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.meaning.transactions.transactions import (
    has_on_commit_methods,
    is_sent_now,
    may_wait_for_commit,
    transaction_around,
)
from flake8_celery_patterns.meaning.transactions.writes import is_written_by
from flake8_celery_patterns.rules.rule import Report, Rule

# What these methods of the class above do is save, create or delete.
_SAVING = frozenset(
    "create destroy form_valid perform_create perform_destroy perform_update update".split()
)
_SAVING_VIEWS = re.compile(
    r"django\.views\.generic\..*(Create|Update|Delete|ModelForm)\w*|rest_framework\..*"
)


class DispatchUnderAtomicRequests(Rule[Dispatch]):
    """Sends a task in a view that `ATOMIC_REQUESTS` runs in a transaction.

    ## What it reports

    A dispatch behind a write to the database, in a view (a function that a URL leads to, a method
    of a class-based view or of a Django REST framework view), where the project's settings have
    `ATOMIC_REQUESTS` on.

    ## Why it is a risk

    With that setting Django opens a transaction for every request and commits when the view has
    returned. Nothing of it stands in the view. A task that is sent in it may start before the
    commit: the worker finds no row, or the old one; and it runs even if the view fails later and
    everything is rolled back.

    ## Example

    ```python
    # shop/settings.py
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "shop",
            "ATOMIC_REQUESTS": True,
        }
    }
    ```

    ```python
    # shop/views.py
    from celery import shared_task
    from django.contrib.auth.models import User
    from django.views import View


    @shared_task
    def send_welcome(user_pk):
        print(user_pk)


    class RegisterView(View):
        def post(self, request):
            user = User.objects.create(username="ann")
            send_welcome.delay(user.pk)
    ```

    ## Use instead

    ```python
    # shop/settings.py
    DATABASES = {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "shop",
            "ATOMIC_REQUESTS": True,
        }
    }
    ```

    ```python
    # shop/views.py
    from celery import shared_task
    from django.contrib.auth.models import User
    from django.views import View


    @shared_task
    def send_welcome(user_pk):
        print(user_pk)


    class RegisterView(View):
        def post(self, request):
            user = User.objects.create(username="ann")
            send_welcome.delay_on_commit(user.pk)
    ```

    ## Fix

    Unsafe: as for CEL801, `.delay_on_commit(` or `transaction.on_commit(…)`.

    ## When it stays silent

    - Where not all of the project's settings (those for tests and development aside) say
      `"ATOMIC_REQUESTS": True` in plain text, or the project is not in view as a whole.
    - Under `@transaction.non_atomic_requests`, and for class-based views where any `urls.py`
      speaks of it; for coroutines.
    - For functions that no URL of the project leads to, and helpers that views call.
    - Where nothing was certainly written before; for whatever waits for the commit, see CEL801.

    ## References

    - [Django: tying transactions to HTTP requests](https://docs.djangoproject.com/en/stable/topics/db/transactions/#tying-transactions-to-http-requests)
    - [Celery: database transactions](https://docs.celeryq.dev/en/stable/userguide/tasks.html#database-transactions)
    """

    code: ClassVar[str] = "CEL810"
    name: ClassVar[str] = "dispatch-under-atomic-requests"
    tier = "risk"
    fix = "unsafe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Dispatch

    def check(self, fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
        function = fact.place.function
        if function is None or fact.call.node is None or not is_sent_now(meaning, fact):
            return
        if fact.place.here != fact.place.around:
            return
        steps = steps_to(meaning, function, fact.place.statement)
        if not any_before(steps, partial(_writes, function, meaning), _writes):
            return
        if is_test_code(meaning.source.path, meaning.project.root):
            return
        if transaction_around(meaning, fact.place) or may_wait_for_commit(meaning, fact):
            return
        requests = meaning.requests
        if not requests.are_atomic:
            return
        view = requests.view(function)
        if view is not None:
            fix = sent_on_commit(meaning, fact)
            yield Report(fact.call.node, _message(fact, view, meaning), fix)


def _writes(function: Function, meaning: Meaning, statement: cst.CSTNode) -> bool:
    """Whether a statement writes to the database."""
    for part in parts_of(statement, cst.Call):
        if isinstance(part.func, cst.Attribute):
            if is_written_by(meaning, part) or _saves_above(part.func, function, meaning):
                return True
    return False


def _saves_above(called: cst.Attribute, function: Function, meaning: Meaning) -> bool:
    """`super().form_valid(form)` of a view that saves its form."""
    above = called.value
    if called.attr.value not in _SAVING or not isinstance(function.parent, Class):
        return False
    if not isinstance(above, cst.Call) or not isinstance(above.func, cst.Name):
        return False
    family = meaning.ancestry(ClassKind(meaning.source, function.parent))
    return above.func.value == "super" and any(
        _SAVING_VIEWS.fullmatch(name) for name in family.external
    )


def _message(dispatch: Dispatch, view: str, meaning: Meaning) -> str:
    what = shown(dispatch.call) or "this dispatch"
    can = dispatch.form != "send_task" and has_on_commit_methods(meaning, dispatch)
    cure = f"{dispatch.form}_on_commit()" if can else "transaction.on_commit()"
    return (
        f"`{what}` sends in the view {view}, which ATOMIC_REQUESTS runs in a transaction: the "
        f"worker may find the old row or none, and runs even after a rollback; use {cure}"
    )

"""CEL105 signature-mismatch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.meaning.errors.expected import expects_error
from flake8_celery_patterns.meaning.kinds import ClassKind, Partial
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.dispatches import MAKING, Dispatch
from flake8_celery_patterns.meaning.tasks.passed import DIRECT, own_arguments, passed, passes_task
from flake8_celery_patterns.meaning.tasks.signatures import (
    CALL_OPTIONS,
    Misfit,
    Signature,
    described,
    misfits,
    signature_of,
)
from flake8_celery_patterns.meaning.tasks.tasknames import name_sent
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.rules.rule import Report, Rule

# What each item of an iterable is the argument of.
_SPREAD = frozenset({"map", "starmap", "chunks"})


class SignatureMismatch(Rule[Dispatch]):
    """Calls a task with arguments that it does not take.

    ## What it reports

    Too many arguments, a required one that is missing, a name that the task has no parameter for,
    and one that is given both by position and by name; in every form of dispatch: `.delay`,
    `.apply_async`, `.s`, `.si`, `.signature`, `.map`, `.starmap`, `.chunks`, `self.retry`,
    `functools.partial` of them, and `send_task` or `signature` by a name that is a task of the
    project. `self` of a bound task is Celery's to pass and is not counted.

    ## Why it is a bug

    `.delay()` and `.apply_async()` raise `TypeError` where they are called: in the web request, and
    mostly on the one path that no test takes. What is sent by `send_task`, class-based tasks, tasks
    with `typing=False` and tasks beneath another decorator are not compared: they are published,
    and fail in the worker with a `TypeError` that only its log shows. A later step of a chain is
    compared in the worker, when the step before it has done its work: both are recorded as failed.

    ## Example

    ```python
    from celery import shared_task


    @shared_task
    def send_receipt(order_id, address):
        print(order_id, address)


    def pay(order_id):
        send_receipt.delay(order_id)
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task
    def send_receipt(order_id, address):
        print(order_id, address)


    def pay(order_id, address):
        send_receipt.delay(order_id, address)
    ```

    ## Fix

    None: what was meant cannot be told from the text.

    ## When it stays silent

    - Where the arguments are not all in sight: `*args`, `**kwargs`, `apply_async(args=arguments)`.
    - For `.s()` with too few arguments: a chain, a group or a later call may bring the others. What
      no other argument can mend (too many, an unknown name) is reported. `.si()` is final.
    - Where a decorator beneath the task decorator may add or take away arguments: one that is not
      in the project, or whose wrapper does more than pass `*args, **kwargs` on.
    - Where the task's class may: its `base=` (or the app's `task_cls`) cannot be found, or it
      overrides `__call__`, `delay` or `apply_async`.
    - For options such as `countdown` passed to `.delay()` (CEL103), a task passed to itself
      (CEL110), and tasks whose own definition is broken (CEL201, CEL202).
    - For tasks that are methods, names that are bound more than once, and calls that are to fail
      (`with pytest.raises(…):`).

    ## References

    - [Celery: calling tasks](https://docs.celeryq.dev/en/stable/userguide/calling.html)
    - [Celery: argument checking](https://docs.celeryq.dev/en/stable/userguide/tasks.html#argument-checking)
    - [Celery: partials](https://docs.celeryq.dev/en/stable/userguide/canvas.html#partials)
    """

    code: ClassVar[str] = "CEL105"
    name: ClassVar[str] = "signature-mismatch"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Dispatch

    def check(self, fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
        task = _target(fact, meaning)
        if task is None or isinstance(fact.receiver, ClassKind) or passes_task(meaning, fact):
            return
        signature = signature_of(meaning, task)
        if signature is None or expects_error(fact.place):
            return
        if _is_reported_already(fact, signature, meaning):
            return
        for given in passed(meaning, fact):
            for found in _own(fact, misfits(signature, given)):
                node = found.value.node if found.value is not None else _callee(fact)
                if node is not None:
                    count = len(given.positional)
                    yield Report(node, _message(found, fact, task, signature, count))


def _target(dispatch: Dispatch, meaning: Meaning) -> Task | None:
    """The task that is sent: what the method is called on, or the one that is named."""
    if dispatch.task is not None:
        return dispatch.task
    named = name_sent(meaning, dispatch)
    return meaning.task_names.task(named[0]) if named is not None else None


def _is_reported_already(dispatch: Dispatch, signature: Signature, meaning: Meaning) -> bool:
    """Whether the signature that this sends is itself at fault."""
    if not isinstance(dispatch.receiver, Partial):
        return False
    own = own_arguments(meaning, dispatch)
    return own is None or any(misfits(signature, own.open() if not own.is_final else own))


def _own(dispatch: Dispatch, found: Iterator[Misfit]) -> list[Misfit]:
    """Those to report: not options given where only arguments can be, which is CEL103's.

    What is missing is only told where nothing else is wrong: a misspelt name explains it.
    """
    every = list(found)
    shown = [misfit for misfit in every if misfit.form != "missing"] or every
    if dispatch.form not in DIRECT:
        return shown
    return [m for m in shown if m.form != "unknown" or m.names[0] not in CALL_OPTIONS]


def _callee(dispatch: Dispatch) -> cst.CSTNode | None:
    """What a finding about the whole call points at: the called, or the task's name."""
    if dispatch.receiver is None:
        first = dispatch.call.positional(0)
        return first.node if first is not None else None
    return dispatch.call.function.node


def _message(
    found: Misfit, dispatch: Dispatch, task: Task, signature: Signature, count: int
) -> str:
    each = " for each item" if dispatch.form in _SPREAD else ""
    what, cure = described(found, task, signature, count, each)
    return f"{what}: {_outcome(dispatch, signature)}; {cure}"


def _outcome(dispatch: Dispatch, signature: Signature) -> str:
    if dispatch.form == "retry" and signature.is_checked:
        return "self.retry() fails with TypeError and the task is lost"
    if dispatch.form in MAKING:
        return "TypeError when this signature is sent or run"
    if dispatch.receiver is None or dispatch.form == "retry" or not signature.is_checked:
        return "it is sent all the same and fails with TypeError in the worker"
    return f".{dispatch.form}() raises TypeError"

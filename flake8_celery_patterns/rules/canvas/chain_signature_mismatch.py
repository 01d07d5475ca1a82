"""CEL502 chain-signature-mismatch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.fixes.plan import Plan, Replace
from flake8_celery_patterns.meaning.canvas.handing import (
    Part,
    parts_of,
    received_misfits,
    receivers,
    written_in,
)
from flake8_celery_patterns.meaning.canvas.members import Signed
from flake8_celery_patterns.meaning.errors.expected import expects_error
from flake8_celery_patterns.meaning.flow.places import Called, Piped
from flake8_celery_patterns.meaning.kinds import Partial
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.signatures import Misfit
from flake8_celery_patterns.rules.rule import Report, Rule

# What each of them is handed, and from where.
_HANDED = {
    "step": "the result of the step before",
    "body": "the list of the header's results",
    "link": "the result of the task that it is linked to",
}


class ChainSignatureMismatch(Rule["Called | Piped"]):
    """Puts a signature where it is handed a result that its task does not take.

    ## What it reports

    A `.s()` that is handed one argument more than it shows, and whose task has no room for it or
    needs another one besides:

    - in a chain (`chain(…)` or `|`), any step but the first, also the tasks of a group there;
    - the body of a chord, which is handed the list of the header's results;
    - what is linked: `link=`, `.link(…)`.

    ## Why it is a bug

    Celery puts the result of the step before in front of the step's own arguments. This is not
    compared with the task's parameters when the chain is sent. The first step does its work; then
    the worker cannot send the second (`TypeError`), which never runs, and both are recorded as
    failed. A group there never ends, and a chord ends in `ChordError`. A task that returns nothing
    hands on None: one argument all the same.

    ## Example

    ```python
    from celery import chain, shared_task


    @shared_task
    def import_prices(day):
        return day


    @shared_task
    def clear_cache():
        print("cleared")


    def nightly(day):
        chain(import_prices.s(day), clear_cache.s()).delay()
    ```

    ## Use instead

    ```python
    from celery import chain, shared_task


    @shared_task
    def import_prices(day):
        return day


    @shared_task
    def clear_cache():
        print("cleared")


    def nightly(day):
        chain(import_prices.s(day), clear_cache.si()).delay()
    ```

    ## Fix

    Safe: writes `.si(…)`, which is handed nothing, where the task takes just the arguments shown.

    ## When it stays silent

    - For `.si(…)`, `immutable=True`, and for a step of which it is not certain that another one
      comes before it.
    - Where the task, its parameters or the signature's own arguments do not show: `*args`, an
      unknown decorator, a signature that somebody else changed.
    - For arguments that do not fit whatever they are handed (CEL105).
    - In a block that is to fail (`with pytest.raises(…):`).

    ## References

    - [Celery: chains](https://docs.celeryq.dev/en/stable/userguide/canvas.html#chains)
    - [Celery: immutability](https://docs.celeryq.dev/en/stable/userguide/canvas.html#immutability)
    """

    code: ClassVar[str] = "CEL502"
    name: ClassVar[str] = "chain-signature-mismatch"
    tier = "bug"
    fix = "safe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[tuple[type, ...]] = (Called, Piped)

    def check(self, fact: Called | Piped, meaning: Meaning) -> Iterator[Report]:
        if expects_error(fact.place):
            return
        told: set[int] = set()
        for part in parts_of(meaning, fact):
            if part.role not in _HANDED or not part.is_given:
                continue
            for signature in receivers(part.member.kind):
                found = received_misfits(meaning, signature, 1)
                node = _node(part, signature)
                if found and node is not None and id(node) not in told:
                    told.add(id(node))
                    yield Report(
                        node,
                        _message(part, signature, found[0], meaning),
                        _fix(part, signature, node, meaning),
                    )


def _node(part: Part, signature: Partial) -> cst.CSTNode | None:
    """The signature where it is written, if that is in this very canvas; else what brings it."""
    made, expression = signature.made, part.member.expression
    if isinstance(made, Signed) and made.call is not None and written_in(expression, made.call):
        return made.call.node
    return (part.member.through or expression).node


def _message(part: Part, signature: Partial, found: Misfit, meaning: Meaning) -> str:
    task = meaning.task_behind(signature)
    made = signature.made
    assert task is not None
    assert isinstance(made, Signed)
    names = " and ".join(f"`{name}`" for name in found.names)
    wrong = {
        "too_many": f"task {task.name} has no parameter left for it",
        "doubled": f"task {task.name} gets {names} twice by that",
        "missing": f"task {task.name} still needs {names}",
    }.get(found.form, f"task {task.name} does not take {names}")
    method = made.form or "s"
    cure = (
        f"pass {names}"
        if found.form == "missing"
        else "write `.si(...)` if it is not wanted, or give the task a parameter for it"
    )
    return (
        f"`.{method}(...)` is handed {_HANDED[part.role]} first, but {wrong}: TypeError in the "
        f"worker; {cure}"
    )


def _fix(part: Part, signature: Partial, node: cst.CSTNode, meaning: Meaning) -> Plan | None:
    made = signature.made
    if not isinstance(made, Signed) or made.call is None or node is not made.call.node:
        return None
    if made.form != "s" or part.member.through is not None:
        return None
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Attribute):
        return None
    if received_misfits(meaning, signature, 0):
        return None
    return Plan("Make it immutable", (Replace(node.func.attr, "si"),), safe=True)

"""Making a signature of what was taken for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from flake8_celery_patterns.facts.expressions import Call
from flake8_celery_patterns.fixes.plan import Change, Insert, Plan, Replace
from flake8_celery_patterns.meaning.canvas.errbacks import handed_to
from flake8_celery_patterns.meaning.canvas.handing import misfits_of
from flake8_celery_patterns.meaning.tasks.passed import Passed, given_to_signature

if TYPE_CHECKING:
    from flake8_celery_patterns.meaning.canvas.handing import Part
    from flake8_celery_patterns.meaning.canvas.mistaken import Mistaken
    from flake8_celery_patterns.meaning.meaning import Meaning
    from flake8_celery_patterns.meaning.names.environment import Environment
    from flake8_celery_patterns.meaning.tasks.tasks import Task

Method = Literal["s", "si"]


def as_signature(meaning: Meaning, part: Part, found: Mistaken, where: Environment) -> Plan | None:
    """Write `.s(…)` or `.si(…)`, whichever fits what the part is handed; None if neither does.

    It is safe where one of them alone does.
    """
    expression = part.member.expression
    if part.member.through is not None:
        return None
    given = Passed()
    if found.form in ("result", "ran") and isinstance(expression, Call):
        form = "signature" if _name(expression) == "apply_async" else "s"
        shown = given_to_signature(meaning, form, expression, where)
        if shown is None:
            return None
        given = shown
    chosen = _fitting(meaning, part, found.task, given)
    if chosen is None:
        return None
    method, safe = chosen
    change = _change(part, found, method)
    return Plan("Make it a signature", (change,), safe) if change is not None else None


def _name(call: Call) -> str:
    return str(getattr(call.function, "name", ""))


def _fitting(
    meaning: Meaning, part: Part, task: Task | None, given: Passed
) -> tuple[Method, bool] | None:
    if task is None:
        return "s", False
    alone = not misfits_of(meaning, task, given, 0)
    if part.role == "member":
        # What is missing may come when the canvas is called.
        missing = {misfit.form for misfit in misfits_of(meaning, task, given, 0)} == {"missing"}
        return ("s", alone) if alone or missing else None
    if part.role == "errback":
        handed = handed_to(meaning, task, given)
        if handed is None:
            return "s", False
        if handed.misfit is None and handed.shifted is None:
            return "s", not alone
        return ("si", True) if alone else None
    if not part.is_given:
        return "s", False
    behind = not misfits_of(meaning, task, given, 1)
    if not behind and not alone:
        return None
    return ("s" if behind else "si"), behind is not alone


def _change(part: Part, found: Mistaken, method: Method) -> Change | None:
    import libcst as cst

    node = part.member.expression.node
    if found.form == "task":
        return Insert(node, f".{method}()") if isinstance(node, (cst.Name, cst.Attribute)) else None
    if found.form == "method":
        return Replace(node.attr, f"{method}()") if isinstance(node, cst.Attribute) else None
    if not isinstance(node, cst.Call):
        return None
    if found.form == "ran":
        return Insert(node.func, f".{method}")
    if not isinstance(node.func, cst.Attribute):
        return None
    if node.func.attr.value == "delay":
        return Replace(node.func.attr, method)
    if node.func.attr.value == "apply_async" and method == "s":
        return Replace(node.func.attr, "signature")
    return None

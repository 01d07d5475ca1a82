"""CEL119 argument-changed-by-json."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.facts.expressions import shown
from flake8_celery_patterns.fixes.plan import Plan, wrap
from flake8_celery_patterns.meaning.kinds import (
    NOTHING,
    External,
    Kind,
    Mixed,
    Plain,
    Table,
    parts,
)
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch, Sent
from flake8_celery_patterns.meaning.tasks.tasks import Task, overrides_sending
from flake8_celery_patterns.meaning.values.serializers import JSON, serializer
from flake8_celery_patterns.meaning.values.timing import task_named
from flake8_celery_patterns.rules.rule import Report, Rule

# What Django and Werkzeug make of a query or a form: a dict that has several values for a name.
_DJANGO = re.compile(
    r"(django\.http\.(request\.)?HttpRequest|rest_framework\.request\.Request"
    r"|django\.core\.handlers\.\w+\.(WSGI|ASGI)Request)\(\)\.(GET|POST|query_params)(\.copy\(\))?"
    r"|django\.http\.(request\.)?QueryDict\(\)"
)
_FLASK = re.compile(
    r"flask\.(globals\.)?request\.(args|form|values)(\.copy\(\))?"
    r"|werkzeug\.datastructures\.(Immutable)?MultiDict\(\)"
)
# What turns the text of a key into what it was.
_TURNING_BACK = r"\b(?:int|float|literal_eval)\s*\(|\bmap\(\s*(?:int|float)\b"


@dataclass(frozen=True, slots=True)
class _Change:
    """What JSON changes. `kind` is that of the dict itself; `is_of_keys`: a task may undo it."""

    kind: Kind
    what: str
    effect: str
    instead: str
    is_of_keys: bool = True


_PAIRS = "a list of pairs, or turn the keys back in the task"
_NUMBERS = ("a dict with numbers as keys", "they arrive as texts ('1' in the place of 1)", _PAIRS)
_KEYS = {
    "int": _NUMBERS,
    "float": _NUMBERS,
    "bool": ("a dict with True or False as a key", "it arrives as the text 'true'", _PAIRS),
    "None": ("a dict with None as a key", "it arrives as the text 'null'", _PAIRS),
}


class ArgumentChangedByJson(Rule[Dispatch]):
    """Passes a dict to a task that arrives as another.

    ## What it reports

    - A dict whose keys are certainly numbers, True, False or None.
    - `request.GET`, `request.POST`, `request.query_params` of Django, and `request.args`,
      `request.form`, `request.values` of Flask.

    ## Why it is a risk

    Celery sends arguments as JSON, whose keys are texts: `{1: "a", None: "b"}` arrives as
    `{"1": "a", "null": "b"}`, without a word. `prices[1]` in the task is then a KeyError, and
    `prices.get(1)` is None.

    The data of a web request holds a list of values for each name. JSON sees it as a plain dict: of
    `?tag=a&tag=b` only the last value arrives, in Flask only the first.

    ## Example

    ```python
    from celery import shared_task


    @shared_task
    def publish_prices(prices):
        print(prices[1])


    def publish():
        publish_prices.delay({1: "9.90", 2: "19.90"})
    ```

    ## Use instead

    ```python
    from celery import shared_task


    @shared_task
    def publish_prices(prices):
        print(dict(prices)[1])


    def publish():
        publish_prices.delay([[1, "9.90"], [2, "19.90"]])
    ```

    ## Fix

    Unsafe: `dict(….lists())` around Django's data: the task then gets a list for each name. None
    for keys: the task has to turn them back.

    ## When it stays silent

    - Where the keys are not certain, `{order.pk: order.total}` among them: a key may be a text.
    - Where the task may turn the keys back itself: it, or the other file that it stands in, calls
      `int`, `float` or `literal_eval`.
    - For `request.POST.dict()`, `dict(request.POST)`, `request.POST["name"]`.
    - Where another serializer is set, or it is not certain which.

    ## References

    - [Python: JSON, keys of a dict](https://docs.python.org/3/library/json.html#json.dumps)
    - [Django: QueryDict](https://docs.djangoproject.com/en/stable/ref/request-response/#querydict-objects)
    """

    code: ClassVar[str] = "CEL119"
    name: ClassVar[str] = "argument-changed-by-json"
    tier = "risk"
    fix = "unsafe"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Dispatch

    def check(self, fact: Dispatch, meaning: Meaning) -> Iterator[Report]:
        found = [(sent, change) for sent in fact.sent if (change := _change(sent.kind))]
        if not found or (fact.task is not None and overrides_sending(meaning, fact.task)):
            return
        if serializer(fact, meaning) != JSON:
            return
        for sent, change in found:
            node = sent.expression.node
            if node is None or (change.is_of_keys and _turns_back(fact.task, meaning)):
                continue
            yield Report(node, _message(sent, change, fact), _fix(sent, change))


def _change(kind: Kind) -> _Change | None:
    """What JSON changes in a value; None if nothing that is certain."""
    if isinstance(kind, External):
        if _DJANGO.fullmatch(kind.name):
            return _of_form(kind, "only the last value of each arrives", "dict({}.lists())")
        if _FLASK.fullmatch(kind.name):
            return _of_form(kind, "only the first value of each arrives", "{}.to_dict(flat=False)")
        return None
    if isinstance(kind, (Table, Mixed)):
        for key in kind.keys:
            name = key.type if isinstance(key, Plain) else "None" if key == NOTHING else ""
            if name in _KEYS:
                return _Change(kind, *_KEYS[name])
    return next((change for part in parts(kind) if (change := _change(part))), None)


def _of_form(kind: Kind, effect: str, instead: str) -> _Change:
    return _Change(kind, "a dict of several values for each name", effect, instead, False)


def _turns_back(task: Task | None, meaning: Meaning) -> bool:
    """Whether a task may make numbers of texts: what then arrives as text does no harm."""
    if task is None or task.run is None:
        return False
    if task.run.node is not None:
        code = cst.Module(body=[task.run.node]).code
        return re.search(_TURNING_BACK, code) is not None
    pattern = re.compile(_TURNING_BACK.encode())
    return task.source.path in meaning.project.tree.matching(pattern, "texts turned back")


def _message(sent: Sent, change: _Change, fact: Dispatch) -> str:
    text = shown(sent.expression)
    verb = "is" if sent.kind is change.kind else "holds"
    subject = f"`{text}`" if text else "this argument"
    instead = change.instead.format(text if text and verb == "is" else "…")
    return (
        f"{subject} {verb} {change.what}, but {task_named(fact)} gets its arguments as JSON: "
        f"{change.effect}; send {instead}"
    )


def _fix(sent: Sent, change: _Change) -> Plan | None:
    """`dict(….lists())` around Django's data of a request."""
    node = sent.expression.node
    kind = sent.kind
    if change.is_of_keys or kind is not change.kind or node is None:
        return None
    if not isinstance(kind, External) or not _DJANGO.fullmatch(kind.name):
        return None
    return Plan("Pass all values", wrap(node, "dict", behind=".lists()"), safe=False)

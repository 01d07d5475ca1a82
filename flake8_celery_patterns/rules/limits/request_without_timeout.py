"""CEL406 request-without-timeout."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.facts.expressions import Call
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.flow.places import Called
from flake8_celery_patterns.meaning.kinds import NOTHING, External
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.meaning.tasks.time_limits import time_limit
from flake8_celery_patterns.rules.rule import Report, Rule

_VERBS = r"(?:get|options|head|post|put|patch|delete|request)"
_SESSION = r"requests\.(?:sessions\.)?(?:Session|session)\(\)"
_REQUESTS = re.compile(rf"requests\.(?:api\.)?{_VERBS}")
_OF_SESSION = re.compile(rf"{_SESSION}\.{_VERBS}")
# What opens a connection, and at which position it takes a timeout.
_CONNECTING = {
    "urllib.request.urlopen": 2,
    "smtplib.SMTP": 3,
    "smtplib.SMTP_SSL": 3,
    "socket.create_connection": 1,
}
# httpx gives up after 5 seconds unless it is told to wait.
_HTTPX = re.compile(
    r"httpx\.(?:get|options|head|post|put|patch|delete|request|stream|Client|AsyncClient)"
)
# Timeouts that are set for the process, for all sessions, or by a patch.
_DEFAULTS = (
    re.compile(rb"setdefaulttimeout\b"),
    re.compile(rb"HTTPAdapter\.send\s*="),
    re.compile(rb"requests(?<!\wrequests)(?:\.\w+)+\s*=[^=]"),
    re.compile(rb"monkey.?patch\w*requests"),
)
_OF_SESSIONS = re.compile(
    rb"\.mount\s*\(\s*f?[\"']https?:|HTTPAdapter|(?i:session)\w*\.(?:request|send)\s*=[^=]"
    rb"|\.(?:request|send)\s*=\s*(?:functools\.)?partial"
)


class RequestWithoutTimeout(Rule[Called]):
    """Waits for another machine with no timeout.

    ## What it reports

    In the body of a task, without a `timeout`, or with `timeout=None`: `requests.get()` and the
    like, the methods of a `requests.Session()`, `urllib.request.urlopen()`, `smtplib.SMTP()`,
    `socket.create_connection()`. Of `httpx`, which has a default of five seconds, only
    `timeout=None`.

    ## Why it is a risk

    A machine that accepts the connection and never answers (a firewall that drops packets, a
    hanging load balancer) keeps the task waiting without end. One such task holds one process of
    the worker; as many as the worker has processes, and the whole queue stands still, with no
    error anywhere.

    ## Example

    ```python
    import requests
    from celery import shared_task


    @shared_task
    def fetch(url):
        return requests.get(url).text
    ```

    ## Use instead

    ```python
    import requests
    from celery import shared_task


    @shared_task
    def fetch(url):
        return requests.get(url, timeout=10).text
    ```

    ## Fix

    None: how long the other side may take only you know.

    ## When it stays silent

    - Where the timeout may be among `**options`, or comes by `functools.partial`.
    - For sessions of the project's own class; for all sessions where the project mounts adapters.
    - Where the project sets defaults: `socket.setdefaulttimeout()`, patches of `requests`.
    - In functions that the task calls but does not hold.

    ## References

    - [Celery: tasks that block (on timeouts)](https://docs.celeryq.dev/en/stable/userguide/tasks.html)
    - [requests: timeouts](https://requests.readthedocs.io/en/latest/user/advanced/#timeouts)
    """

    code: ClassVar[str] = "CEL406"
    name: ClassVar[str] = "request-without-timeout"
    tier = "risk"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Called

    def check(self, fact: Called, meaning: Meaning) -> Iterator[Report]:
        task, node = fact.place.task, fact.call.node
        if task is None or node is None or not isinstance(fact.function, External):
            return
        name = fact.function.name
        if _waits_for_ever(name, fact, meaning) and not _has_defaults(name, meaning):
            yield Report(node, _message(task, name, _end(task, meaning)))


def _waits_for_ever(name: str, called: Called, meaning: Meaning) -> bool:
    """Whether a call certainly has no timeout."""
    call = called.call
    if _HTTPX.fullmatch(name):
        return not call.is_open and _timeout_is_none(called, None, meaning)
    position = _CONNECTING.get(name)
    if position is None and not _REQUESTS.fullmatch(name) and not _OF_SESSION.fullmatch(name):
        return False
    if call.is_open:
        return False
    return not _has_timeout(call, position) or _timeout_is_none(called, position, meaning)


def _has_timeout(call: Call, position: int | None) -> bool:
    if call.keyword("timeout") is not None:
        return True
    return position is not None and call.positional(position) is not None


def _timeout_is_none(called: Called, position: int | None, meaning: Meaning) -> bool:
    given = called.call.keyword("timeout")
    expression = given.value if given is not None else None
    if expression is None and position is not None:
        expression = called.call.positional(position)
    if expression is None:
        return False
    return meaning.evaluate(expression, called.place.environment) == NOTHING


def _has_defaults(name: str, meaning: Meaning) -> bool:
    """Whether code of the project may give such a call a timeout from elsewhere."""
    project = meaning.project
    found = list(project.tree.matching(_DEFAULTS, "default timeouts"))
    if _OF_SESSION.fullmatch(name):
        found += project.tree.matching(_OF_SESSIONS, "session timeouts")
    return any(not is_test_code(path, project.root) for path in found)


def _end(task: Task, meaning: Meaning) -> str:
    """How such a task ends, if it does."""
    known = [
        time_limit(meaning, task, limit).seconds for limit in ("soft_time_limit", "time_limit")
    ]
    limits = [limit for limit in known if limit is not None]
    if not limits:
        return "the task hangs and its worker process with it"
    return f"the task and its worker process hang until the time limit ({min(limits)} s) ends it"


def _message(task: Task, name: str, end: str) -> str:
    shown = (
        name.removeprefix("requests.").removeprefix("sessions.").replace("session()", "Session()")
    )
    what = shown if shown.startswith("Session()") else name
    return (
        f"{what}() in task {task.name} has no timeout: where the other side does not answer, "
        f"{end}; give it timeout="
    )

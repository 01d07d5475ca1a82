"""CEL910 external-call-without-retry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.meaning.errors.handling import (
    caught,
    exception_name,
    passes_on,
    surroundings,
)
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.flow.places import Called, InTry, InWith, Place
from flake8_celery_patterns.meaning.kinds import External, Method
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.tasks.retrying import body_speaks_of
from flake8_celery_patterns.meaning.tasks.tasks import Task, option, option_value
from flake8_celery_patterns.rules.rule import Report, Rule

_VERBS = r"(?:get|options|head|post|put|patch|delete|request|send|stream)"
_AWS_VERBS = (
    r"(?:abort|batch|complete|copy|create|delete|describe|download|get|head|invoke|list|publish|put"
    r"|query|receive|restore|scan|send|start|stop|update|upload)"
)
# What asks another machine, by its full name.
_ASKING = re.compile(
    rf"requests\.(?:api\.)?{_VERBS}|requests\.(?:sessions\.)?[Ss]ession\(\)\.{_VERBS}"
    rf"|httpx\.{_VERBS}|httpx\.(?:Async)?Client\(\)\.{_VERBS}"
    r"|urllib\.request\.(?:urlopen|urlretrieve)"
    r"|smtplib\.SMTP(?:_SSL)?\(\)\.(?:sendmail|send_message)"
    r"|django\.core\.mail\.(?:send_mail|send_mass_mail|mail_admins|mail_managers)"
    r"|django\.core\.mail\.(?:message\.)?Email(?:Message|MultiAlternatives)\(\)\.send"
    rf"|boto3\.(?:session\.Session\(\)\.|Session\(\)\.)?(?:client|resource)\(\)\."
    rf"(?:\w+\(\)\.)*(?!get_paginator|get_waiter){_AWS_VERBS}(?:_\w+)?"
    r"|stripe\.(?:\w+\.)*(?:create|retrieve|modify|list|delete|capture|confirm|cancel|refund|pay)"
)
# Where a library is told to try again by itself, in any file of the project.
_TOLD = {
    "requests": re.compile(rb"\.mount\s*\(\s*f?[\"']https?:|HTTPAdapter"),
    "httpx": re.compile(rb"HTTPTransport|\bretries\s*="),
    "boto3": re.compile(rb"\bretries\s*=|[\"']max_attempts[\"']"),
    "stripe": re.compile(rb"max_network_retries"),
}
# A name by which a task speaks of doing something again.
_AGAIN = re.compile(r"(?i)retr(?:y|ie)|attempt|backoff|tenacity|stamina|fail_silently")
# Errors of reading an answer: who takes only these does nothing about a network that is down.
_OF_READING = frozenset(
    f"builtins.{name}" for name in "AttributeError IndexError KeyError TypeError ValueError".split()
) | {"json.JSONDecodeError", "json.decoder.JSONDecodeError"}


class ExternalCallWithoutRetry(Rule[Called]):
    """Task gives up at the first hiccup of another machine.

    ## What it reports

    A call to another machine in a task that is never retried, neither by `autoretry_for` nor by
    `self.retry()`: `requests`, `httpx`, `urllib.request`, `smtplib`, `django.core.mail`, `boto3`
    and `stripe`.

    ## Why it is a risk

    Networks fail for seconds: a deployment on the other side, a full connection pool, a limit of
    requests. Without a retry the task is over with the first of them, and what it was to do is
    simply not done: the mail is not sent, the payment not taken. To repeat is what a queue is for.

    ## Example

    ```python
    import requests
    from celery import shared_task


    @shared_task
    def push_stock(sku):
        requests.post("https://stock.example.org", json={"sku": sku}, timeout=10)
    ```

    ## Use instead

    ```python
    import requests
    from celery import shared_task


    @shared_task(
        autoretry_for=(requests.ConnectionError, requests.Timeout),
        retry_backoff=30,
        max_retries=5,
    )
    def push_stock(sku):
        requests.post("https://stock.example.org", json={"sku": sku}, timeout=10)
    ```

    ## Fix

    None: whether the call can be repeated without harm is yours to say.

    ## When it stays silent

    - Where the task has `autoretry_for`, or may have by `**options` or its class.
    - Where its body speaks of retries, attempts or a backoff in any way (tenacity, a loop), or the
      project tells the library to try again (`HTTPAdapter`, `max_network_retries` ...).
    - In a `try` with a clause that may take a failed connection and not only pass it on.
    - With another decorator below the task's, in functions that the task calls but does not hold,
      with `fail_silently`, and in test code.

    ## References

    - [Celery: retrying](https://docs.celeryq.dev/en/stable/userguide/tasks.html#retrying)
    - [Celery: automatic retry for known exceptions](https://docs.celeryq.dev/en/stable/userguide/tasks.html#automatic-retry-for-known-exceptions)
    """

    code: ClassVar[str] = "CEL910"
    name: ClassVar[str] = "external-call-without-retry"
    tier = "opinion"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[type] = Called

    def check(self, fact: Called, meaning: Meaning) -> Iterator[Report]:
        task, node = fact.place.task, fact.call.node
        name = _asked(fact, meaning) if task is not None else None
        if task is None or node is None or name is None or not _ASKING.fullmatch(name):
            return
        if is_test_code(meaning.source.path, meaning.project.root) or _may_retry(task, meaning):
            return
        if not _is_guarded(fact.place, meaning) and not _is_told(name, meaning):
            yield Report(node, _message(task, name))


def _asked(fact: Called, meaning: Meaning) -> str | None:
    """The full name of what is called; also of a method of what a `with` opened."""
    if isinstance(fact.function, External):
        return fact.function.name
    if not isinstance(fact.function, Method):
        return None
    for around in fact.place.here:
        if isinstance(around, InWith) and _names(around, fact.function.text):
            opened = meaning.evaluate(around.manager, fact.place.environment)
            if isinstance(opened, External):
                return f"{opened.name}.{fact.function.name}"
    return None


def _names(around: InWith, name: str) -> bool:
    """Whether `with manager as name:` is what a place stands in."""
    return any(
        item.item is around.manager.node
        and item.asname is not None
        and isinstance(item.asname.name, cst.Name)
        and item.asname.name.value == name
        for item in around.node.items
    )


def _may_retry(task: Task, meaning: Meaning) -> bool:
    """Whether the task is retried, or something may do so for it."""
    if task.is_wrapped or task.maker.is_named:
        return True
    found = option(meaning, task, "autoretry_for")
    if not found.is_absent and option_value(meaning, found) not in ((), [], None):
        return True
    return body_speaks_of(meaning, task, _AGAIN)


def _is_guarded(place: Place, meaning: Meaning) -> bool:
    """Whether some clause around a place may do something about a failed connection."""
    where = surroundings(meaning, place)
    return any(
        not passes_on(handler)
        and any(exception_name(k) not in _OF_READING for k in caught(meaning, handler, where))
        for around in place.here
        if isinstance(around, InTry)
        for handler in around.node.handlers
    )


def _is_told(name: str, meaning: Meaning) -> bool:
    """Whether code of the project tells the library to try again by itself."""
    library = name.partition(".")[0]
    pattern = _TOLD.get(library)
    return pattern is not None and bool(
        meaning.project.tree.matching(pattern, f"retries of {library}")
    )


def _message(task: Task, name: str) -> str:
    shown = name.replace("()", "")
    return (
        f"task {task.name} calls {shown}() and is never retried: when the other side fails for a "
        "moment, the work is not done; give it autoretry_for= with a backoff, or self.retry()"
    )

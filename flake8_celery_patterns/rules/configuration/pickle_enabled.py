"""CEL701 pickle-enabled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

import libcst as cst

from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.names.literals import value
from flake8_celery_patterns.meaning.settings.written import Written, shown_value
from flake8_celery_patterns.meaning.tasks.dispatches import Dispatch
from flake8_celery_patterns.meaning.tasks.own_options import own_option
from flake8_celery_patterns.meaning.tasks.tasks import Task
from flake8_celery_patterns.rules.rule import Report, Rule

_PICKLE = frozenset({"pickle", "application/x-python-serialize"})
_ACCEPTING = frozenset({"accept_content", "result_accept_content"})
_SERIALIZING = frozenset({"task_serializer", "result_serializer", "event_serializer"})
# Wherever a project says what it takes.
_ACCEPTS = re.compile(rb"(?i)accept_content|enable_insecure_serializers")


class PickleEnabled(Rule[Written | Task | Dispatch]):
    """Messages are written or read with pickle.

    ## What it reports

    `"pickle"` in `accept_content` or `result_accept_content`; `task_serializer`,
    `result_serializer` or `event_serializer` set to it; `serializer="pickle"` of a task or of
    `apply_async()`.

    ## Why it is a risk

    Reading a pickle runs whatever its writer put into it. A worker that takes pickle runs the code
    of everybody who can write to the broker: somebody with the broker's password, or on its
    network where it has none.

    `task_serializer = "pickle"` without `accept_content` is a defect besides: workers take JSON
    only, and throw the messages away.

    ## Example

    ```python
    from celery import Celery

    app = Celery("shop")
    app.conf.accept_content = ["json", "pickle"]
    app.conf.task_serializer = "pickle"
    ```

    ## Use instead

    ```python
    from celery import Celery

    app = Celery("shop")
    app.conf.accept_content = ["json"]
    app.conf.task_serializer = "json"
    ```

    ## Fix

    None: what the tasks are sent must be such that JSON can carry it.

    ## When it stays silent

    - For YAML: kombu reads it with `yaml.safe_load`, which runs nothing.
    - For a value that the text does not show, and in test code.

    ## References

    - [Celery: security, serializers](https://docs.celeryq.dev/en/stable/userguide/security.html#serializers)
    - [Celery: accept_content](https://docs.celeryq.dev/en/stable/userguide/configuration.html#accept-content)
    """

    code: ClassVar[str] = "CEL701"
    name: ClassVar[str] = "pickle-enabled"
    tier = "risk"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to = (Written, Task, Dispatch)

    def check(self, fact: Written | Task | Dispatch, meaning: Meaning) -> Iterator[Report]:
        if is_test_code(meaning.source.path, meaning.project.root):
            return
        if isinstance(fact, Written):
            yield from _setting(fact, meaning)
        elif isinstance(fact, Task):
            node = own_option(fact, "serializer")
            given = fact.maker.options.get("serializer")
            if node is not None and given is not None:
                if _is_pickle(value(meaning, given.expression, given.environment)):
                    yield Report(node, _serializing(meaning, f"serializer of task {fact.name}"))
        elif fact.form in ("apply_async", "apply_async_on_commit", "send_task"):
            argument = fact.call.keyword("serializer")
            if argument is not None and isinstance(argument.node, cst.Arg):
                if _is_pickle(value(meaning, argument.value, fact.place.environment)):
                    yield Report(argument.node, _serializing(meaning, "serializer of this call"))


def _setting(fact: Written, meaning: Meaning) -> Iterator[Report]:
    if fact.setting not in _ACCEPTING | _SERIALIZING:
        return
    shown = shown_value(meaning, fact)
    if fact.setting in _ACCEPTING and isinstance(shown, (list, tuple)):
        if any(map(_is_pickle, shown)):
            yield Report(
                fact.value_node,
                f"{fact.setting} takes pickle: whoever can write to the broker runs code in the "
                "workers; take json only",
            )
    elif fact.setting in _SERIALIZING and _is_pickle(shown):
        yield Report(fact.value_node, _serializing(meaning, str(fact.setting)))


def _is_pickle(shown: object) -> bool:
    return isinstance(shown, str) and shown in _PICKLE


def _serializing(meaning: Meaning, what: str) -> str:
    if not what.startswith(("result_", "event_")) and _only_json(meaning):
        return (
            f"{what} is pickle, which the project's workers do not take: they throw the messages "
            "away; write json"
        )
    return (
        f"{what} is pickle: what reads it must take pickle, and then runs code of whoever can "
        "write there; write json"
    )


def _only_json(meaning: Meaning) -> bool:
    """Whether the project certainly leaves its workers with JSON."""
    tree = meaning.project.tree
    return meaning.settings_in_view and not tree.matching(_ACCEPTS, "accept content")

"""CEL501 chord-with-ignored-results."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.meaning.canvas.chords import Ignored, chords_of, ignored_in
from flake8_celery_patterns.meaning.canvas.handing import written_in
from flake8_celery_patterns.meaning.canvas.members import Signed
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.flow.places import Called, Piped
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.rules.rule import Report, Rule

# Backends that wait for each result of the header, by what their URL begins with, and what comes
# of it. Redis counts the tasks as they end, whether their results are kept or not.
_POLLING = (
    (
        re.compile(r"db\+\w+|database|file(?:system)?"),
        "the body never runs, and celery.chord_unlock polls for ever",
    ),
    (
        re.compile(r"cache(?:\+\w+)?|memcache"),
        "the body never runs, and the chord ends in ChordError",
    ),
)


class ChordWithIgnoredResults(Rule["Called | Piped"]):
    """Makes a chord of tasks whose results are ignored, on a backend that waits for them.

    ## What it reports

    In a chord (`chord(…)`, `group(…) | task.s()`, `chain(group(…), task.s())`) a task of the header
    with `ignore_result=True`: its own, its signature's, or the project's `task_ignore_result`;
    where the result backend is a database, the file system or Memcached. Of a chain in the header
    only the last task counts.

    ## Why it is a bug

    These backends know that the header is done when all of its results are there. A result that is
    ignored is never stored: on a database and on the file system `celery.chord_unlock` asks every
    second for ever, and the body never runs; on Memcached the chord fails with `ChordError`. With
    Redis, which counts the tasks, the same program works.

    ## Example

    ```python
    from celery import Celery, chord

    app = Celery("shop", broker="amqp://", backend="db+postgresql://shop@db/shop")
    app.conf.task_time_limit = 300


    @app.task(ignore_result=True)
    def export(day):
        print(day)


    @app.task
    def notify(results):
        print("done")


    def export_all(days):
        chord(export.s(day) for day in days)(notify.si([]))
    ```

    ## Use instead

    ```python
    from celery import Celery, chord

    app = Celery("shop", broker="amqp://", backend="db+postgresql://shop@db/shop")
    app.conf.task_time_limit = 300


    @app.task(ignore_result=True)
    def export(day):
        print(day)


    @app.task
    def notify(results):
        print("done")


    def export_all(days):
        header = (export.s(day).set(ignore_result=False) for day in days)
        chord(header)(notify.si([]))
    ```

    ## Fix

    None: keep the results (`.set(ignore_result=False)`, or drop `ignore_result=True`), or move to
    Redis.

    ## When it stays silent

    - With Redis, with any backend that is not named above, and where the backend does not show.
    - For the body's own `ignore_result`: nobody waits for that.
    - For a task followed by others in its chain, and for signatures with
      `.set(ignore_result=False)`.
    - Where the task or its options do not show, and in test code.

    ## References

    - [Celery: chords, important notes](https://docs.celeryq.dev/en/stable/userguide/canvas.html#chord-important-notes)
    - [Celery: ignore results you don't want](https://docs.celeryq.dev/en/stable/userguide/tasks.html#ignore-results-you-don-t-want)
    """

    code: ClassVar[str] = "CEL501"
    name: ClassVar[str] = "chord-with-ignored-results"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[tuple[type, ...]] = (Called, Piped)

    def check(self, fact: Called | Piped, meaning: Meaning) -> Iterator[Report]:
        told: set[int] = set()
        for made in chords_of(meaning, fact):
            outcome = _outcome(meaning)
            if outcome is None or is_test_code(meaning.source.path, meaning.project.root):
                return
            for found in ignored_in(meaning, made.header):
                signed, member = found.signature.made, found.member
                node = (member.through or member.expression).node
                if isinstance(signed, Signed) and written_in(member.expression, signed.call):
                    assert signed.call is not None
                    node = signed.call.node
                if node is not None and id(node) not in told:
                    told.add(id(node))
                    yield Report(node, _message(found, outcome))


def _outcome(meaning: Meaning) -> str | None:
    """What comes of it on the project's backends; None if it works on one, or does not show."""
    outcomes = {
        next((text for pattern, text in _POLLING if pattern.fullmatch(scheme)), None)
        for scheme in meaning.config.backends or {""}
    }
    return outcomes.pop() if len(outcomes) == 1 else None


def _message(found: Ignored, outcome: str) -> str:
    signed = found.signature.made
    own = isinstance(signed, Signed) and "ignore_result" in signed.options
    if found.by_setting:
        why = "by task_ignore_result keeps no result"
    else:
        why = "is sent with ignore_result=True" if own else "has ignore_result=True"
    return (
        f"task {found.task.name} {why}, and this chord waits for it: {outcome}; write "
        "`.set(ignore_result=False)`"
    )

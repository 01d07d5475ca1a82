"""CEL505 backend-without-chords."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from flake8_celery_patterns.meaning.canvas.chords import MadeChord, chords_of
from flake8_celery_patterns.meaning.errors.expected import expects_error
from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.flow.places import Called, Piped
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.settings.backends import NO_BACKEND
from flake8_celery_patterns.rules.rule import Report, Rule

# Backends that refuse chords, by what their URL begins with (celery/backends).
_REFUSING = frozenset({NO_BACKEND, "rpc"})


class BackendWithoutChords(Rule["Called | Piped"]):
    """Makes a chord in a project whose result backend cannot run one.

    ## What it reports

    `chord(…)`, and a group with something behind it (`group(…) | task.s()`, `chain(group(…),
    task.s())`), which is a chord too; where the project has no result backend, or `rpc://`.

    ## Why it is a bug

    A chord's body runs when all tasks of its header are done, and the result backend is where they
    are counted. Without one, and with `rpc://`, whose results are messages for one client, sending
    a chord raises `NotImplementedError`.

    ## Example

    ```python
    from celery import Celery, chord

    app = Celery("shop", broker="amqp://", backend="rpc://")
    app.conf.task_time_limit = 300


    @app.task
    def count(day):
        return day


    @app.task
    def add_up(counts):
        return sum(counts)


    def report(days):
        chord(count.s(day) for day in days)(add_up.s())
    ```

    ## Use instead

    ```python
    from celery import Celery, chord

    app = Celery("shop", broker="amqp://", backend="redis://localhost:6379/1")
    app.conf.task_time_limit = 300


    @app.task
    def count(day):
        return day


    @app.task
    def add_up(counts):
        return sum(counts)


    def report(days):
        chord(count.s(day) for day in days)(add_up.s())
    ```

    ## Fix

    None: the backend is another service.

    ## When it stays silent

    - Where the backend does not show: settings that are not all in view, a URL from the
      environment, `CELERY_RESULT_BACKEND` anywhere in the project, several backends of which one
      can run chords, an app that names no broker either.
    - For a group alone, which needs no backend.
    - In test code.

    ## References

    - [Celery: chords, important notes](https://docs.celeryq.dev/en/stable/userguide/canvas.html#chord-important-notes)
    - [Celery: result backends](https://docs.celeryq.dev/en/stable/userguide/tasks.html#result-backends)
    """

    code: ClassVar[str] = "CEL505"
    name: ClassVar[str] = "backend-without-chords"
    tier = "bug"
    project_wide: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    listens_to: ClassVar[tuple[type, ...]] = (Called, Piped)

    def check(self, fact: Called | Piped, meaning: Meaning) -> Iterator[Report]:
        for made in chords_of(meaning, fact):
            backends = meaning.config.backends
            if backends is None or not backends <= _REFUSING:
                return
            if expects_error(fact.place):
                return
            if is_test_code(meaning.source.path, meaning.project.root):
                return
            yield Report(made.node, _message(made, backends))


def _message(made: MadeChord, backends: frozenset[str]) -> str:
    what = "this chord" if made.is_written else "a group with a task behind it is a chord, which"
    lacks = "this project has none" if backends == {NO_BACKEND} else "rpc:// cannot do that"
    return (
        f"{what} needs a result backend to count its tasks, and {lacks}: sending it raises "
        "NotImplementedError; set result_backend to Redis, Memcached or a database"
    )

"""What the proofs share: loading a rule's programs, an in-memory worker, and what Celery did.

A proof runs `fixtures/rules/<code>/proof_*.py` as they stand. Those modules know nothing of brokers
or of tests: `load_program` imports one, `in_memory` gives its app a broker and a result backend.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from celery import Celery, signals
from celery.app import app_or_default
from celery.contrib.testing.worker import start_worker

RULES = Path(__file__).resolve().parents[2] / "fixtures" / "rules"

#: Seconds, for a wait that fails; one that passes ends as soon as its condition holds.
PATIENCE = 60.0


def module_name(code: str, program: str) -> str:
    """The name a program is imported under: its tasks are called `cel201_proof_bad.charge_card`."""
    return f"{code}_{program}".lower()


def load_program(code: str, program: str) -> Any:
    """Import `fixtures/rules/<code>/<program>.py`, once a process, and give the module.

    Raises FileNotFoundError if there is no such file, and whatever the module itself raises.
    """
    name = module_name(code, program)
    if name in sys.modules:
        return sys.modules[name]
    path = RULES / code / f"{program}.py"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    # Registered first: SQLAlchemy resolves annotations, and pickle classes, through sys.modules.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def wait_until(
    condition: Callable[[], object], what: str, check_alive: Callable[[], None] | None = None
) -> None:
    """Return as soon as `condition()` is true.

    `what` completes "waited for …" in the AssertionError raised after PATIENCE seconds.
    `check_alive`, called at each look, may raise to end a wait that can no longer succeed.
    """
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if check_alive is not None:
            check_alive()
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {PATIENCE:.0f} s for {what}")
        time.sleep(0.02)


@contextmanager
def in_memory(app: Celery) -> Iterator[Celery]:
    """Make `app` the current one, with an empty in-memory queue of its own and in-memory results.

    The app that was current before is so again afterwards.
    """
    previous = app_or_default()
    # A `shared_task` belongs to whichever app is current; the default one is that of other threads.
    app.set_current()
    app.set_default()
    app.conf.update(
        broker_url="memory://",
        # kombu's in-memory transport polls; its default of one second would make up most of a run.
        broker_transport_options={"polling_interval": 0.01},
        broker_connection_retry_on_startup=True,
        result_backend="cache+memory://",
        # All memory:// queues of a process live in one namespace.
        task_default_queue=f"proof-{app.main}-{id(app)}",
    )
    app.control.purge()
    try:
        yield app
    finally:
        app.control.purge()
        previous.set_current()
        previous.set_default()


def _leave_logging_alone(**_: Any) -> None:
    """A receiver of `setup_logging`: while there is one, Celery does not touch the root logger."""


@contextmanager
def worker_for(app: Celery, *, threads: int = 0) -> Iterator[None]:
    """Run a real worker of `app` in a thread until the block ends.

    It runs one task at a time, or with `threads` that many (thread pool).
    """
    pool = {"pool": "threads", "concurrency": threads} if threads else {"pool": "solo"}
    signals.setup_logging.connect(_leave_logging_alone)
    try:
        with start_worker(
            app, perform_ping_check=False, shutdown_timeout=PATIENCE, **pool
        ) as worker:
            try:
                yield
            finally:
                # start_worker's own way to stop is a flag, looked at every other second. The
                # message must be read before that flag is set, or the next worker reads it.
                app.control.shutdown()
                worker.blueprint.join(timeout=PATIENCE)
    finally:
        signals.setup_logging.disconnect(_leave_logging_alone)


@dataclass(frozen=True)
class Message:
    """A task message that reached the broker. `eta` and `sent_at` are aware datetimes."""

    task: str
    task_id: str
    retries: int
    eta: dt.datetime | None
    sent_at: dt.datetime

    @property
    def delay(self) -> float:
        """Seconds between publication and the earliest start; 0 for a message without an ETA."""
        return (self.eta - self.sent_at).total_seconds() if self.eta else 0.0


@dataclass(frozen=True)
class Run:
    """One execution of a task body. `outcome`: what it returned, or the exception that ended it."""

    task: str
    task_id: str
    retries: int
    state: str
    outcome: Any


@dataclass
class Journal:
    """What Celery published and ran, oldest first."""

    messages: list[Message] = field(default_factory=list)
    runs: list[Run] = field(default_factory=list)

    def retries_of(self, task: Any) -> list[Message]:
        """The published retry messages of `task`."""
        return [m for m in self.messages if m.task == task.name and m.retries]

    def runs_of(self, task: Any) -> list[Run]:
        """The finished executions of `task`."""
        return [run for run in self.runs if run.task == task.name]


@contextmanager
def journal() -> Iterator[Journal]:
    """Record every message that is published and every task body that ends within the block.

    Rests on `after_task_publish`, which Celery sends once the broker has the message (a message
    that cannot be serialized never gets there), and on `task_postrun`.
    """
    seen = Journal()

    def note_message(sender: str, headers: dict[str, Any], **_: Any) -> None:
        eta = headers["eta"]
        seen.messages.append(
            Message(
                task=sender,
                task_id=headers["id"],
                retries=headers["retries"],
                eta=dt.datetime.fromisoformat(eta) if eta else None,
                sent_at=dt.datetime.now(dt.timezone.utc),
            )
        )

    def note_run(sender: Any, task_id: str, state: str, retval: Any, **_: Any) -> None:
        seen.runs.append(Run(sender.name, task_id, sender.request.retries, state, retval))

    signals.after_task_publish.connect(note_message, weak=False)
    signals.task_postrun.connect(note_run, weak=False)
    try:
        yield seen
    finally:
        signals.after_task_publish.disconnect(note_message)
        signals.task_postrun.disconnect(note_run)

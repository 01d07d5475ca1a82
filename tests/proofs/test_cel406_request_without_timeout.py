"""CEL406: without a timeout a task waits for a silent machine, and keeps the worker from others."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for

TASKS = ["fetch_prices", "send_report"]


class SilentMachine:
    """Takes connections, and never says a word on them, until it hangs up."""

    def __init__(self) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(60)
        self._taken: list[socket.socket] = []
        self.address: tuple[str, int] = self._server.getsockname()

    def take(self) -> None:
        """Wait for the next connection."""
        self._taken.append(self._server.accept()[0])

    def hang_up(self) -> None:
        for connection in (*self._taken, self._server):
            connection.close()


@pytest.fixture
def machine() -> Iterator[SilentMachine]:
    machine = SilentMachine()
    yield machine
    machine.hang_up()


@pytest.mark.parametrize("task_name", TASKS)
def test_without_a_timeout_the_worker_does_nothing_else(
    machine: SilentMachine, celery_journal: Journal, task_name: str
) -> None:
    program = load_program("CEL406", "proof_bad")

    with in_memory(program.app), worker_for(program.app):
        try:
            getattr(program, task_name).delay(*machine.address)
            machine.take()
            program.ping.delay()
            # Longer than the timeout of the good program.
            time.sleep(0.5)
            assert celery_journal.runs == []
        finally:
            machine.hang_up()
        wait_until(lambda: celery_journal.runs_of(program.ping), "the next task's turn")


@pytest.mark.parametrize("task_name", TASKS)
def test_with_a_timeout_the_task_fails_and_others_have_their_turn(
    machine: SilentMachine, celery_journal: Journal, task_name: str
) -> None:
    program = load_program("CEL406", "proof_good")
    task = getattr(program, task_name)

    with in_memory(program.app), worker_for(program.app):
        task.delay(*machine.address)
        assert program.ping.delay().get(timeout=60, interval=0.02) == "pong"

    (run,) = celery_journal.runs_of(task)
    assert run.state == "FAILURE"
    assert isinstance(run.outcome, OSError)
    assert "timed out" in str(run.outcome)

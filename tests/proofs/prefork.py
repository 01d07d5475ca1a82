"""A real prefork worker in a process of its own, without any server.

Messages travel through files (kombu's `filesystem://` transport), results through Celery's
file backend. The worker never outlives its test: see `PreforkWorker.stop` and `worker_main`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from celery import Celery
from celery.result import AsyncResult

from tests.proofs.harness import module_name, wait_until

_ROOT = Path(__file__).resolve().parents[2]

_FOLDERS = ("inbox", "outbox", "processed", "control", "results")

#: Read by Celery's default loader when an app is first configured. Settings that came later
#: would miss what a program binds while it is imported (`app.register_task`).
_SETTINGS_MODULE = "prefork_worker_settings"


def _file_settings(folder: Path, *, outbox: str) -> dict[str, Any]:
    """Celery settings for a broker and a result backend made of files under `folder`."""
    return {
        "broker_url": "filesystem://",
        "broker_connection_retry_on_startup": True,
        "broker_transport_options": {
            "data_folder_in": str(folder / "inbox"),
            "data_folder_out": str(folder / outbox),
            "processed_folder": str(folder / "processed"),
            "control_folder": str(folder / "control"),
            "store_processed": True,
            "polling_interval": 0.05,
        },
        "result_backend": f"file://{folder / 'results'}",
        "task_track_started": True,
    }


class PreforkWorker:
    """A worker of one program, and a client that sends it tasks.

    Takes the rule's code and the program (as `load_program` does), a folder to be made, and the
    number of pool processes. The worker starts with `start()`.
    """

    def __init__(self, code: str, program: str, folder: Path, concurrency: int) -> None:
        self._code = code
        self._program = program
        self._folder = folder
        self._concurrency = concurrency
        self._process: subprocess.Popen[bytes] | None = None
        for name in _FOLDERS:
            (folder / name).mkdir(parents=True)
        self._client = Celery("client", set_as_current=False)
        self._client.conf.update(_file_settings(folder, outbox="outbox"))
        settings = _file_settings(folder, outbox="inbox")
        lines = [f"{name} = {value!r}\n" for name, value in settings.items()]
        (folder / f"{_SETTINGS_MODULE}.py").write_text("".join(lines))

    def start(self) -> None:
        """Start the worker process; returns at once, tasks may be sent straight away."""
        search_path = [str(_ROOT), str(self._folder), os.environ.get("PYTHONPATH", "")]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, search_path)),
            "CELERY_CONFIG_MODULE": _SETTINGS_MODULE,
        }
        with (self._folder / "worker.log").open("wb") as log:
            self._process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "tests.proofs.worker_main",
                    self._code,
                    self._program,
                    str(self._concurrency),
                ],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self._folder,
                env=environment,
                start_new_session=True,
            )

    def stop(self) -> None:
        """Kill the worker and its pool processes, hanging or not, and wait for the worker's end."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._client.close()

    def send(self, task: str, *args: object) -> str:
        """Publish a task of the program; gives the task id."""
        name = f"{module_name(self._code, self._program)}.{task}"
        result = self._client.send_task(name, args=args)
        self._deliver()
        return str(result.id)

    def terminate(self, task_id: str) -> None:
        """Revoke a running task with `terminate=True`: its pool process gets SIGTERM."""
        self._client.control.revoke(task_id, terminate=True)
        self._deliver()

    def result(self, task_id: str) -> AsyncResult:
        """The task's result as it is now (never a cached one)."""
        return AsyncResult(task_id, app=self._client)

    def wait_for_state(self, task_id: str, *states: str) -> AsyncResult:
        """Wait until the task is in one of `states`; gives the result seen then."""
        found: list[AsyncResult] = []

        def arrived() -> bool:
            result = self.result(task_id)
            if result.state in states:
                found.append(result)
            return bool(found)

        self.wait(arrived, f"{task_id} to be {' or '.join(states)}")
        return found[0]

    def wait(self, condition: Callable[[], object], what: str) -> None:
        """As `wait_until`; raises AssertionError with the worker's log if the worker has died."""
        wait_until(condition, what, check_alive=self._check_alive)

    @property
    def log(self) -> str:
        """All that the worker has logged so far."""
        return (self._folder / "worker.log").read_text(errors="replace")

    def _check_alive(self) -> None:
        if self._process is None or self._process.poll() is not None:
            raise AssertionError(f"the worker is not running:\n{self.log}")

    def _deliver(self) -> None:
        # kombu creates a message's file before it fills it, and a worker that looks in between
        # reads an empty message. A rename is atomic.
        for message in sorted((self._folder / "outbox").iterdir()):
            message.rename(self._folder / "inbox" / message.name)

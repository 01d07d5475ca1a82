"""The program a `PreforkWorker` runs: `python -m tests.proofs.worker_main CODE PROGRAM N`.

Settings come from the module that CELERY_CONFIG_MODULE names.
"""

from __future__ import annotations

import os
import signal
import sys
import threading

from tests.proofs.harness import load_program


def _die_with_the_tests() -> None:
    """Kill the worker and its pool when the test process is gone, however it went.

    Standard input is a pipe that only the test process holds open for writing. `os.read` rather
    than `sys.stdin`: its lock would be held across the pool's forks.
    """
    while os.read(0, 1):
        pass
    os.killpg(0, signal.SIGKILL)


def main(code: str, program: str, concurrency: str) -> None:
    """Run a prefork worker of the program's `app` until killed."""
    threading.Thread(target=_die_with_the_tests, daemon=True).start()
    app = load_program(code, program).app
    app.worker_main(
        [
            "worker",
            "--pool=prefork",
            f"--concurrency={concurrency}",
            "--loglevel=INFO",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
        ]
    )


if __name__ == "__main__":
    main(*sys.argv[1:])

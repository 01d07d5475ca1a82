"""Two deployments: the old code has sent its messages, workers of the new code get them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.proofs.harness import in_memory, load_program, worker_for


@contextmanager
def deployed(code: str, program: str) -> Iterator[list[Any]]:
    """Give the results of what `proof_old` sent while a worker of the rule's `program` runs."""
    old, new = load_program(code, "proof_old"), load_program(code, program)
    with in_memory(new.app):
        with in_memory(old.app):
            sent = old.messages(new.app.conf.task_default_queue)
        with worker_for(new.app):
            yield sent

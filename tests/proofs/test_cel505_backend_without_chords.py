"""CEL505: without a backend that counts, sending a chord raises NotImplementedError."""

from __future__ import annotations

from typing import Any

import pytest

from tests.proofs.harness import Journal, in_memory, load_program, worker_for

CHORDS = ("written", "piped", "in_a_chain")


@pytest.mark.parametrize("name", CHORDS)
@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("proof_bad", 'The "rpc" result backend does not support chords'),
        ("proof_none_bad", "Starting chords requires a result backend to be configured"),
    ],
)
def test_sending_a_chord_raises(
    program: str, message: str, name: str, celery_journal: Journal
) -> None:
    bad = load_program("CEL505", program)
    with pytest.raises(NotImplementedError, match=message):
        getattr(bad, name)()
    assert celery_journal.messages == []


def test_with_a_backend_that_counts_it_runs() -> None:
    good: Any = load_program("CEL505", "proof_good")
    with in_memory(good.app), worker_for(good.app):
        assert [getattr(good, name)().get(timeout=30) for name in CHORDS] == [3, 3, 3]

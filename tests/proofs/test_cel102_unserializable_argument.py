"""CEL102: kombu's JSON raises at what it cannot carry, and nothing is sent."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from kombu.exceptions import EncodeError

from tests.proofs.harness import Journal, in_memory, load_program, worker_for

BAD = load_program("CEL102", "proof_bad")


@pytest.mark.parametrize("send", BAD.SENDERS, ids=lambda send: send.__name__)
def test_the_call_raises_and_nothing_is_sent(
    celery_journal: Journal, send: Callable[[], None]
) -> None:
    # JSON has its own words for keys: "keys must be str, int, float, bool or None, not tuple".
    with in_memory(BAD.app), pytest.raises(EncodeError, match=r"JSON serializable|keys must be"):
        send()
    assert celery_journal.messages == []


def test_what_is_sent_in_its_place_arrives() -> None:
    good = load_program("CEL102", "proof_good")
    with in_memory(good.app), worker_for(good.app):
        for result, expected in good.sent_and_come():
            assert result.get(timeout=60, interval=0.01) == expected

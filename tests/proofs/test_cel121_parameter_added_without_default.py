"""CEL121: messages of the old code do not bring a new parameter, or their values go astray."""

from __future__ import annotations

import pytest

from tests.proofs.deploying import deployed


def test_messages_in_flight_fail_or_go_astray() -> None:
    with deployed("CEL121", "proof_bad") as (send, refund, remind):
        with pytest.raises(TypeError, match="missing 1 required positional argument: 'address'"):
            send.get(timeout=60, interval=0.02)
        with pytest.raises(TypeError, match="missing 1 required positional argument: 'reason'"):
            refund.get(timeout=60, interval=0.02)
        # The language has become the template, and nothing says so.
        assert remind.get(timeout=60, interval=0.02) == "de reminder 3 in en"


def test_a_default_behind_all_others_takes_them() -> None:
    with deployed("CEL121", "proof_good") as sent:
        assert [result.get(timeout=60, interval=0.02) for result in sent] == [
            "receipt 1 to None",
            "refund 2: other",
            "plain reminder 3 in de",
        ]

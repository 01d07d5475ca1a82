"""CEL122: what messages of the old code bring is no longer taken, or is taken for another thing."""

from __future__ import annotations

import pytest

from tests.proofs.deploying import deployed


def test_messages_in_flight_fail_or_go_astray() -> None:
    with deployed("CEL122", "proof_bad") as (by_position, by_name, merge, count, pack, *labels):
        with pytest.raises(TypeError, match="takes 1 positional argument but 2 were given"):
            by_position.get(timeout=60, interval=0.02)
        with pytest.raises(TypeError, match="unexpected keyword argument 'language'"):
            by_name.get(timeout=60, interval=0.02)
        with pytest.raises(TypeError, match="unexpected keyword argument 'first_id'"):
            merge.get(timeout=60, interval=0.02)
        with pytest.raises(TypeError, match="takes 1 positional argument but 2"):
            count.get(timeout=60, interval=0.02)
        with pytest.raises(TypeError, match="positional-only arguments passed as keyword"):
            pack.get(timeout=60, interval=0.02)
        with pytest.raises(TypeError, match="takes from 0 to 1 positional arguments but 2"):
            labels[0].get(timeout=60, interval=0.02)
        # The tenant has become the order, and nothing says so.
        assert labels[1].get(timeout=60, interval=0.02) == "label 7"


def test_what_is_still_taken_does_no_harm() -> None:
    with deployed("CEL122", "proof_good") as sent:
        assert [result.get(timeout=60, interval=0.02) for result in sent] == [
            "receipt 1",
            "receipt 1",
            "1 and 2",
            "1 in 2",
            "1: 2",
            "label 8",
            "label 0",
        ]

"""CEL123: a worker that does not know the name of a message throws it away."""

from __future__ import annotations

import pytest
from celery.exceptions import NotRegistered

from tests.proofs.deploying import deployed
from tests.proofs.harness import Journal


def test_a_message_of_a_name_that_is_gone_is_thrown_away(
    celery_journal: Journal, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        deployed("CEL123", "proof_bad") as (result,),
        pytest.raises(NotRegistered, match=r"tasks\.send_receipt"),
    ):
        result.get(timeout=60, interval=0.02)

    assert celery_journal.runs == []
    assert "Received unregistered task of type 'tasks.send_receipt'" in caplog.text


def test_a_task_of_the_old_name_takes_it() -> None:
    with deployed("CEL123", "proof_good") as (result,):
        assert result.get(timeout=60, interval=0.02) == "receipt 1"

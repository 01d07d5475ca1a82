"""CEL204: a method made a task gets no instance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from kombu.exceptions import EncodeError

from tests.proofs.harness import Journal, in_memory, load_program, worker_for


@pytest.fixture
def bad() -> Iterator[Any]:
    program = load_program("CEL204", "proof_bad")
    with in_memory(program.app):
        yield program


def test_a_method_cannot_be_sent(bad: Any, celery_journal: Journal) -> None:
    report = bad.Report("sales")

    with pytest.raises(TypeError, match="missing 1 required positional argument: 'year'"):
        report.build.delay(2024)
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'self'"):
        report.publish.delay()
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'count'"):
        bad.Report.latest.delay(3)

    assert celery_journal.messages == []


def test_an_instance_given_by_hand_cannot_be_sent_either(bad: Any) -> None:
    report = bad.Report("sales")

    with pytest.raises((EncodeError, TypeError), match="not JSON serializable"):
        bad.Report.build.delay(report, 2024)


def test_tasks_that_need_no_instance_run() -> None:
    program = load_program("CEL204", "proof_good")

    with in_memory(program.app), worker_for(program.app):
        built = program.Report.build.delay("sales", 2024)
        published = program.Report.publish.delay("sales")
        latest = program.latest.delay("sales", 3)
        assert built.get(timeout=60, interval=0.02) == "sales 2024"
        assert published.get(timeout=60, interval=0.02) == "sales in cel204_proof_good.publish"
        assert latest.get(timeout=60, interval=0.02) == "sales 3"

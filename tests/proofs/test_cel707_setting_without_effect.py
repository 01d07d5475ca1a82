"""CEL707: a setting whose prefix does not fit is not read, and nothing says so."""

from __future__ import annotations

from tests.proofs.harness import load_program


def test_names_with_a_prefix_are_not_read_without_a_namespace() -> None:
    program = load_program("CEL707", "proof_bad")
    assert program.app.conf.task_acks_late is False
    assert program.app.conf.task_time_limit is None
    assert program.updated.conf.task_acks_late is False
    assert program.app.conf.task_track_started is False


def test_under_the_namespace_they_are_read() -> None:
    program = load_program("CEL707", "proof_good")
    assert program.app.conf.task_acks_late is True
    assert program.app.conf.task_time_limit == 300
    assert program.updated.conf.task_acks_late is True
    assert program.app.conf.task_track_started is True

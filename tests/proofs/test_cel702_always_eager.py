"""CEL702: tasks run where they are called, at once, and their errors are seen by nobody."""

from __future__ import annotations

from tests.proofs.harness import in_memory, load_program


def test_a_task_runs_here_and_now_and_hides_its_error() -> None:
    program = load_program("CEL702", "proof_bad")
    with in_memory(program.app):
        result = program.charge.apply_async((42,), countdown=3600)
    assert program.ran == [42]
    assert result.failed()


def test_without_the_setting_it_is_sent() -> None:
    program = load_program("CEL702", "proof_good")
    with in_memory(program.app):
        program.charge.apply_async((42,), countdown=3600)
    assert program.ran == []

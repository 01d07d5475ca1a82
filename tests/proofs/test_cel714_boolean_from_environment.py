"""CEL714: the text 'False' switches a setting on."""

from __future__ import annotations

from tests.proofs.harness import in_memory, load_program


def test_tasks_run_in_process_though_the_environment_says_false() -> None:
    program = load_program("CEL714", "proof_bad")
    with in_memory(program.app):
        program.charge.delay(42)
    assert program.ran == [42]


def test_a_comparison_leaves_it_off() -> None:
    program = load_program("CEL714", "proof_good")
    with in_memory(program.app):
        program.charge.delay(42)
    assert program.ran == []

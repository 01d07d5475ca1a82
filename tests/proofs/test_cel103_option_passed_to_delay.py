"""CEL103: an option given to `.delay()` is an argument: TypeError, or it is lost in silence."""

from __future__ import annotations

import pytest

from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for


@pytest.mark.parametrize(
    ("call", "option"), [("remind", "countdown"), ("remind_by_signature", "queue")]
)
def test_without_such_a_parameter_nothing_is_sent(
    celery_journal: Journal, call: str, option: str
) -> None:
    program = load_program("CEL103", "proof_bad")

    error = f"got an unexpected keyword argument '{option}'"
    with in_memory(program.app), pytest.raises(TypeError, match=error):
        getattr(program, call)()

    assert celery_journal.messages == []


def test_what_takes_any_keyword_runs_at_once(celery_journal: Journal) -> None:
    program = load_program("CEL103", "proof_bad")

    with in_memory(program.app), worker_for(program.app):
        assert program.offer().get(timeout=60, interval=0.02) == "offer for 1"

    (message,) = celery_journal.messages
    assert message.eta is None


def test_unchecked_it_fails_in_the_worker(celery_journal: Journal) -> None:
    program = load_program("CEL103", "proof_bad")

    with in_memory(program.app), worker_for(program.app):
        program.ping_quickly()
        wait_until(lambda: celery_journal.runs, "the task to end")

    (run,) = celery_journal.runs
    assert isinstance(run.outcome, TypeError)
    assert "got an unexpected keyword argument 'expires'" in str(run.outcome)


def test_apply_async_sends_it_for_later(celery_journal: Journal) -> None:
    program = load_program("CEL103", "proof_good")

    with in_memory(program.app):
        program.remind()
        program.offer()

    assert [round(message.delay / 60) for message in celery_journal.messages] == [60, 60]


@pytest.mark.parametrize(
    ("call", "result"),
    [("remind_by_signature", "reminded of 1"), ("ping_quickly", "pinged a.example.org")],
)
def test_options_where_they_belong_do_no_harm(call: str, result: str) -> None:
    program = load_program("CEL103", "proof_good")

    with in_memory(program.app), worker_for(program.app):
        assert getattr(program, call)().get(timeout=60, interval=0.02) == result

"""CEL209: Celery takes any option of a task without a word, and does nothing with most."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery
from celery.exceptions import MaxRetriesExceededError

from flake8_celery_patterns.meaning.tasks.option_names import TASK_METHODS, TASK_OPTIONS
from flake8_celery_patterns.meaning.tasks.options import execution_slip, task_slip
from tests.proofs.harness import Journal, in_memory, load_program, wait_until, worker_for

ORDER = 42


@pytest.fixture
def bad() -> Iterator[Any]:
    program = load_program("CEL209", "proof_bad")
    with in_memory(program.app):
        program.attempts.clear()
        yield program


@pytest.fixture
def good() -> Iterator[Any]:
    program = load_program("CEL209", "proof_good")
    with in_memory(program.app):
        program.attempts.clear()
        yield program


def run(program: Any, journal: Journal) -> Any:
    """Charge a card until Celery gives up; gives the result."""
    with worker_for(program.app):
        result = program.charge_card.delay(ORDER)
        wait_until(lambda: [r for r in journal.runs if r.state == "FAILURE"], "the last attempt")
    return result


def test_an_unknown_option_becomes_an_attribute_without_a_word(bad: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        bad.app.finalize()
    assert bad.charge_card.max_retry == 1
    assert bad.charge_card.max_retries == 3
    assert bad.send_reminder.ignore_results is True
    assert bad.send_reminder.ignore_result is False


def test_a_misspelt_limit_does_not_limit(bad: Any, celery_journal: Journal) -> None:
    result = run(bad, celery_journal)
    with pytest.raises(MaxRetriesExceededError):
        result.get(timeout=1)
    assert bad.attempts == [ORDER] * 4


def test_the_option_that_is_meant_limits(good: Any, celery_journal: Journal) -> None:
    result = run(good, celery_journal)
    with pytest.raises(MaxRetriesExceededError):
        result.get(timeout=1)
    assert good.attempts == [ORDER] * 2


def test_a_countdown_of_a_task_delays_nothing(bad: Any, celery_journal: Journal) -> None:
    bad.send_reminder.delay(ORDER)
    (message,) = celery_journal.messages
    assert message.eta is None


def test_an_option_takes_the_place_of_a_method(bad: Any, good: Any) -> None:
    outcome = bad.close_account.apply((ORDER,))
    assert outcome.state == "FAILURE"
    with pytest.raises(TypeError, match="'int' object is not callable"):
        outcome.get()
    with pytest.raises(TypeError, match="'int' object is not callable"):
        bad.open_account.delay(ORDER)
    assert good.open_account.delay(ORDER).id


def test_the_known_names_are_celerys() -> None:
    """Every documented option is an attribute that a task reads, or a parameter."""
    app = Celery("shop", set_as_current=False)
    known = {*dir(app.Task), *inspect.signature(app._task_from_fun).parameters}
    documented = {"max_retries", "acks_late", "time_limit", "rate_limit", "throws", "bind", "base"}
    assert documented <= known & TASK_OPTIONS
    assert {"retry", "delay", "apply_async"} <= set(dir(app.Task)) & TASK_METHODS


THEIR_OWN = """
    description enabled etag flush_every flush_interval kind label lock_expiry once options owner
    raise_on_duplicate requests run_every schedule source tags tenant title trial unique_on version
""".split()


@pytest.mark.parametrize("name", THEIR_OWN)
def test_names_of_others_are_close_to_nothing(name: str) -> None:
    assert task_slip(name) is None
    assert execution_slip(name, "apply_async") is None


@pytest.mark.parametrize("name", sorted(TASK_OPTIONS | TASK_METHODS))
def test_what_celery_knows_is_no_slip(name: str) -> None:
    assert task_slip(name) is None

"""CEL604: what `crontab` refuses, and what it reads as something else."""

from __future__ import annotations

import inspect
import random
from typing import Any

import celery
import pytest
from celery.schedules import ParseException, crontab

from flake8_celery_patterns.meaning.schedules.crontab import BOUNDS, Refused, moments
from flake8_celery_patterns.meaning.schedules.entries import CRONTAB_ORDER
from tests.proofs.harness import load_program

NEWEST = celery.VERSION[:2] >= (5, 7)
REFUSED = {
    "hour": (ValueError, "24"),
    "sunday": (ValueError, "7"),
    "last_day": (ValueError, "Invalid weekday literal"),
    "step": (ValueError, "Invalid weekday literal"),
    "line": (ValueError, "Invalid weekday literal"),
    "nothing": (TypeError, "NoneType"),
    "texts": (TypeError, "not supported between instances of 'str' and 'int'"),
    "empty": (ParseException, "empty part"),
    "keyword": (TypeError, "unexpected keyword argument 'hours'"),
}
READ_OTHERWISE = {"ninety_minutes", "january", "never"}


@pytest.mark.parametrize("call", REFUSED)
def test_celery_refuses_it_where_it_is_made(call: str) -> None:
    error, text = REFUSED[call]
    with pytest.raises(error, match=text):
        getattr(load_program("CEL604", "proof_bad"), call)()


@pytest.mark.parametrize("call", sorted({*REFUSED, *READ_OTHERWISE}))
def test_celery_takes_what_is_written_instead(call: str) -> None:
    made = getattr(load_program("CEL604", "proof_good"), call)()
    assert made.minute
    assert made.hour


def test_a_step_above_its_field_starts_anew_each_time() -> None:
    assert load_program("CEL604", "proof_bad").ninety_minutes().minute == {0}


def test_names_of_months_and_days_that_never_come_depend_on_the_version() -> None:
    bad = load_program("CEL604", "proof_bad")
    if NEWEST:
        assert bad.january().month_of_year == {1}
        with pytest.raises(ValueError, match="day_of_month 30 never occurs in month_of_year 2"):
            bad.never()
    else:
        with pytest.raises(ValueError, match="Invalid weekday literal"):
            bad.january()
        assert bad.never().day_of_month == {30}


def test_fields_and_their_order_are_those_of_celery() -> None:
    parameters = list(inspect.signature(crontab.__init__).parameters)[1:-1]
    assert tuple(parameters) == tuple(BOUNDS) == CRONTAB_ORDER
    for field, (low, high) in BOUNDS.items():
        made = getattr(crontab(**{field: "*"}), field)
        assert (min(made), max(made)) == (low, high)


PARTS = (
    "* 1 0 5 7 12 13 24 31 32 60 59 mon sun jan december Fri L ? - / */5 5-10 22-6 mon-fri , 5/10"
    " */0 */90 @daily -1 _ 1_0 +5 0x1"
).split()
OTHERS = [*range(-2, 70), None, 1.5, True, [0, 5], [0, 60], (1,), {3}, ["0"], "", " ", "* "]


def test_the_grammar_is_that_of_celery() -> None:
    """A few thousand texts, half of them nonsense: the same numbers, or the same error."""
    chosen = random.Random(604)
    texts = ["".join(chosen.choices(PARTS, k=chosen.randint(1, 4))) for _ in range(3000)]
    for value in [*texts, *OTHERS]:
        for field in BOUNDS:
            assert ours(field, value) == celerys(field, value), (field, value)


def celerys(field: str, value: Any) -> Any:
    try:
        return getattr(crontab(**{field: value}), field)
    except Exception as error:
        return type(error).__name__


def ours(field: str, value: Any) -> Any:
    # What the linter sees of a set is a list.
    shown = sorted(value) if isinstance(value, set) else value
    try:
        found = moments(field, shown)
    except Refused as refused:
        return refused.error
    assert found is not None
    if found.names_months and not NEWEST:
        return "ValueError"
    return set(found.numbers)

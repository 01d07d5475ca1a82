"""Crontab grammar: which moments the fields of a `crontab` mean, and what Celery refuses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from flake8_celery_patterns.meaning.names.literals import UNSEEN

# The fields in the order of `crontab`'s own parameters, with the numbers that each may hold.
BOUNDS: dict[str, tuple[int, int]] = {
    "minute": (0, 59),
    "hour": (0, 23),
    "day_of_week": (0, 6),
    "day_of_month": (1, 31),
    "month_of_year": (1, 12),
}
# The same in the order of a cron line.
LINE = ("minute", "hour", "day_of_month", "month_of_year", "day_of_week")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# What people write the number above the highest for.
_ZEROS = {"minute": "the full hour", "hour": "midnight", "day_of_week": "Sunday"}
_LENGTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
# Celery asks for the beginning of a part only: what is behind it does not count.
_RANGE = re.compile(r"(\w+?)-(\w+)(/(\w+)?)?")
_STAR = re.compile(r"\*/(\w+)?")


class Refused(Exception):
    """What Celery refuses with `error`: why, and what to write instead."""

    def __init__(self, reason: str, cure: str, error: str = "ValueError") -> None:
        super().__init__(reason)
        self.reason = reason
        self.cure = cure
        self.error = error


@dataclass(frozen=True, slots=True)
class Moments:
    """The numbers that a field means.

    `names_months`: Celery before 5.7 refuses it. `star_step` is the step of a part that is `*/n`.
    """

    numbers: frozenset[int]
    names_months: bool = False
    star_step: int = 0


def moments(field: str, value: Any) -> Moments | None:
    """What the value of a field means; None where not all of it is known. Raises `Refused`."""
    if value is UNSEEN:
        return None
    if isinstance(value, str):
        return _parsed(field, value)
    if isinstance(value, int):
        return Moments(frozenset({_inside(field, int(value))}))
    if not isinstance(value, (list, tuple)):
        raise _of_wrong_type(field, value)
    for item in value:
        if isinstance(item, str):
            text = ",".join(map(str, value)) if UNSEEN not in value else ""
            cure = f"write {text!r}" if text else "write numbers"
            reason = f"{field} is a list with a text, and only numbers can be in it"
            raise Refused(reason, cure, "TypeError")
        if isinstance(item, (int, float)):
            _inside(field, int(item))
    if not all(isinstance(item, int) for item in value):
        return None
    return Moments(frozenset(value))


def _of_wrong_type(field: str, value: Any) -> Refused:
    if value is None:
        return Refused(f"{field} cannot be None", "leave it out, or write '*'", "TypeError")
    reason = f"{field}={value!r} is neither a whole number, a text nor a list"
    return Refused(reason, "write a whole number", "TypeError")


def _inside(field: str, number: int) -> int:
    low, high = BOUNDS[field]
    if low <= number <= high:
        return number
    reason = f"{field} goes from {low} to {high}, and {number} is outside of it"
    if number == high + 1 and field in _ZEROS:
        raise Refused(reason, f"write 0 for {_ZEROS[field]}")
    raise Refused(reason, f"write a number from {low} to {high}")


def _parsed(field: str, text: str) -> Moments:
    numbers: set[int] = set()
    names_months = False
    star_step = 0
    for part in text.split(","):
        if not part:
            raise Refused(f"{field}={text!r} has an empty part", "take it out", "ParseException")
        star, ranged = _STAR.match(part), _RANGE.match(part)
        if ranged is not None:
            names_months |= _is_month(ranged[1]) or _is_month(ranged[2])
            if ranged[3] == "/":
                _step(field, None, text)
            first, last = _number(field, ranged[1], text), _number(field, ranged[2], text)
            found = _between(field, first, last)
            if ranged[3]:
                found = found[:: _step(field, ranged[4], text)]
            numbers.update(found)
        elif star is not None:
            star_step = _step(field, star[1], text)
            numbers.update(_all(field)[::star_step])
        elif part == "*":
            numbers.update(_all(field))
        else:
            names_months |= _is_month(part)
            numbers.add(_number(field, part, text))
    return Moments(frozenset(numbers), names_months, star_step)


def _all(field: str) -> list[int]:
    low, high = BOUNDS[field]
    return list(range(low, high + 1))


def _between(field: str, first: int, last: int) -> list[int]:
    low, high = BOUNDS[field]
    if first <= last:
        return list(range(first, last + 1))
    return [*range(first, high + 1), *range(low, last + 1)]


def _step(field: str, text: str | None, whole: str) -> int:
    try:
        step = int(text or "")
    except ValueError:
        error = "ValueError" if text else "ParseException"
        reason = f"{field}={whole!r} has no number behind its `/`"
        raise Refused(reason, "write one", error) from None
    if step == 0:
        raise Refused(f"{field}={whole!r} has a step of 0", "write 1 or more")
    return step


def _is_month(text: str) -> bool:
    return not text.isdigit() and text[:3].lower() in _MONTHS


def _number(field: str, text: str, whole: str) -> int:
    if text.startswith("-"):
        reason = f"{field}={whole!r} has a negative number"
        raise Refused(reason, "write one from the range that it has", "ParseException")
    try:
        number = int(text)
    except ValueError:
        pass
    else:
        return _inside(field, number)
    name = text[:3].lower()
    if name in _MONTHS:
        return _inside(field, _MONTHS.index(name) + 1)
    if name in _WEEKDAYS:
        return _inside(field, _WEEKDAYS.index(name))
    raise Refused(f"{field}={whole!r} cannot be read", _meant(field, text, whole))


def _meant(field: str, text: str, whole: str) -> str:
    """What to write for a text that means nothing to Celery."""
    start, slash, step = text.partition("/")
    if slash and step.isdecimal() and (start.isdecimal() or not start):
        low, high = BOUNDS[field]
        ranged = "*" if int(start or low) == low else f"{start}-{high}"
        return f"a step needs `*` or a range before it: write '{ranged}/{step}'"
    if field == "minute" and len(whole.split()) == len(LINE):
        return "it is a whole cron line: write each of its fields by name"
    if " " in text.strip():
        return "write commas between the numbers"
    if text.startswith("@"):
        return "write the fields of it by name"
    if not text.strip("LW#?0123456789"):
        return "Celery has no such sign: write numbers"
    return "write numbers, ranges, names of weekdays, or `*` with a step"


def never_comes(days: frozenset[int], months: frozenset[int]) -> bool:
    """Whether none of the months has any of the days."""
    return not any(day <= _LENGTHS[month - 1] for month in months for day in days)

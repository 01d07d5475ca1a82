"""`--statistics`: how often each rule was broken, and how many of those a fix can mend."""

from __future__ import annotations

import json

from flake8_celery_patterns.finding import Fix
from flake8_celery_patterns.reports import statistics
from flake8_celery_patterns.run.result import Run
from tests.reports.showing import finding, replacing, result, run, written


def fix(*, safe: bool) -> Fix:
    return replacing(1, 0, 1, 0, text="", safe=safe)


def found() -> Run:
    """CEL301 11 times (all with a safe fix), CEL101 twice (one safe, one unsafe), CEL405 twice,
    CEL102 once (unsafe), in two files, one of them with findings that are not shown."""
    place = 1, 0, 1, 1
    often = [finding(*place, code="CEL301", fix=fix(safe=True)) for _ in range(11)]
    orm = [finding(*place, code="CEL101", fix=fix(safe=safe)) for safe in (True, False)]
    rest = [finding(*place, code="CEL405"), finding(*place, code="CEL405")]
    once = finding(*place, code="CEL102", fix=fix(safe=False))
    hidden = (finding(*place, code="CEL999"),)
    return run(
        result("", *rest, *orm, *often[:5]),
        result("", *often[5:], once, name="b.py", silenced=hidden, known=hidden),
    )


def test_nothing_found_is_nothing_written_and_an_empty_list_in_json() -> None:
    assert written(statistics.write, run(result(""))) == ""
    assert json.loads(written(statistics.write_json, run(result("")))) == []


def test_the_most_frequent_rule_comes_first_then_the_lower_code() -> None:
    assert written(statistics.write, found()) == (
        "11  CEL301  autoretry-without-backoff   fixes: 11 safe\n"
        " 2  CEL101  orm-object-argument         fixes: 1 safe, 1 unsafe\n"
        " 2  CEL405  result-get-without-timeout\n"
        " 1  CEL102  unserializable-argument     fixes: 1 unsafe\n"
    )


def test_json_has_the_keys_of_ruffs() -> None:
    first, second, third, _ = json.loads(written(statistics.write_json, found()))
    assert first == {
        "code": "CEL301",
        "name": "autoretry-without-backoff",
        "count": 11,
        "fixable": True,
        "fixable_count": 11,
        "unsafe_fixable_count": 0,
    }
    assert second["fixable"] is False
    assert (second["fixable_count"], second["unsafe_fixable_count"]) == (1, 1)
    assert third["fixable"] is False


def test_a_code_without_a_name_is_counted_all_the_same() -> None:
    unknown = run(result("", finding(1, 0, 1, 1, code="CEL999")))
    assert written(statistics.write, unknown) == "1  CEL999\n"

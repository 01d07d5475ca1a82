"""The end of a report: what was found, what was looked at, and that nothing is not always clean."""

from __future__ import annotations

from flake8_celery_patterns.finding import Counts, Finding
from flake8_celery_patterns.reports.summary import summary
from tests.reports.showing import finding, replacing, result, run

LOOKED = "Looked at 38 tasks and 112 dispatches (109 resolved) in 1 file with Celery (412 in all)"
COUNTS = Counts(38, 112, 109)


def findings(*, safe: int = 0, unsafe: int = 0, none: int = 0) -> tuple[Finding, ...]:
    fixes = [replacing(1, 0, 1, 0, text="", safe=True)] * safe
    fixes += [replacing(1, 0, 1, 0, text="", safe=False)] * unsafe
    return tuple(finding(1, 0, 1, 1, fix=fix) for fix in (*fixes, *[None] * none))


class TestNothingFound:
    def test_it_says_what_was_looked_at(self) -> None:
        clean = run(result("", counts=COUNTS), files=412)
        assert summary(clean) == f"No findings. {LOOKED}, 0.42 s."

    def test_no_file_that_concerns_celery_is_no_clean_result(self) -> None:
        assert summary(run(files=1412)) == "None of 1,412 files concerns Celery, 0.42 s."
        assert summary(run(files=1)) == "The file does not concern Celery, 0.42 s."

    def test_no_file_at_all_is_none_either(self) -> None:
        assert summary(run(files=0)) == "There was no Python file to look at."

    def test_celery_without_tasks_and_dispatches(self) -> None:
        assert summary(run(result(""), result(""), files=1412, seconds=61.26)) == (
            "No findings. Looked at 0 tasks and 0 dispatches (0 resolved) "
            "in 2 files with Celery (1,412 in all), 61.3 s."
        )

    def test_what_is_hidden_is_counted(self) -> None:
        two = findings(none=2)
        hidden = result("", silenced=two, known=two[:1], counts=Counts(1, 1, 1))
        assert summary(run(hidden, hidden)) == (
            "Not shown: 4 silenced by noqa, 2 in the baseline.\n"
            "No findings. Looked at 2 tasks and 2 dispatches (2 resolved) "
            "in 2 files with Celery (2 in all), 0.42 s."
        )


class TestFound:
    def shown(self, *found: Finding, fixed: int | None = None, unsafe: bool = False) -> str:
        what = run(result("", *found, counts=COUNTS), files=412)
        text = summary(what, fixed=fixed, unsafe=unsafe)
        assert text.endswith(f" {LOOKED}, 0.42 s.")
        return text.removesuffix(f" {LOOKED}, 0.42 s.")

    def test_findings_without_a_fix(self) -> None:
        assert self.shown(*findings(none=1)) == "Found 1 finding."
        assert self.shown(*findings(none=3)) == "Found 3 findings."

    def test_what_could_be_fixed_and_how(self) -> None:
        assert self.shown(*findings(safe=2, none=1)) == (
            "[*] 2 fixable with --fix.\nFound 3 findings."
        )
        assert self.shown(*findings(safe=2, unsafe=1)) == (
            "[*] 2 fixable with --fix, 1 more with --fix --unsafe-fixes.\nFound 3 findings."
        )
        assert self.shown(*findings(unsafe=1)) == (
            "1 fixable with --fix --unsafe-fixes.\nFound 1 finding."
        )

    def test_who_takes_unsafe_fixes_is_not_told_of_them(self) -> None:
        assert self.shown(*findings(safe=2, unsafe=1), unsafe=True) == (
            "[*] 3 fixable with --fix.\nFound 3 findings."
        )

    def test_after_fixing_what_is_left(self) -> None:
        assert self.shown(fixed=1) == "Fixed 1 finding, none left."
        assert self.shown(*findings(safe=1, none=1), fixed=5) == "Fixed 5 findings, 2 left."
        assert self.shown(*findings(safe=1), fixed=0) == "Found 1 finding."
        assert self.shown(*findings(unsafe=2), fixed=5) == (
            "2 fixable with --fix --unsafe-fixes.\nFixed 5 findings, 2 left."
        )
        assert self.shown(*findings(unsafe=2), fixed=5, unsafe=True) == "Fixed 5 findings, 2 left."

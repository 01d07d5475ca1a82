"""The defective side of each application boots, and real Celery shows that its marks are right.

A mark is an expectation comment such as `# CEL101: 14`. Only CEL304 is not shown here: what a bare
`except` swallows takes a prefork worker, which `tests/proofs` has.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import celery
import pytest

from .applications import (
    APPLICATIONS,
    DJANGO_SHOP,
    FASTAPI_BILLING,
    FLASK_REPORTS,
    Application,
    run,
)

pytestmark = pytest.mark.slow

OLD_CELERY = pytest.mark.skipif(
    celery.VERSION[:2] < (5, 4), reason="the shop uses delay_on_commit, which came with Celery 5.4"
)
CODES = ("CEL101", "CEL201", "CEL301", "CEL304", "CEL401")
# What Celery or Django refuses with a TypeError where it is sent.
REFUSED = ("CEL103", "CEL104", "CEL105", "CEL114", "CEL802")


@pytest.mark.parametrize("application", APPLICATIONS, ids=lambda application: application.name)
@pytest.mark.parametrize("code", CODES)
def test_only_the_defective_side_is_marked(application: Application, code: str) -> None:
    marks = application.marks(code)
    assert marks
    assert all(application.is_defective(path) for path, _ in marks)


@pytest.mark.parametrize(
    "application",
    [pytest.param(DJANGO_SHOP, marks=OLD_CELERY), FASTAPI_BILLING, FLASK_REPORTS],
    ids=lambda application: application.name,
)
def test_marks_are_what_celery_shows(application: Application, tmp_path: Path) -> None:
    seen = run(application, "defective", tmp_path)

    raised = marked_lines_that_raised(application, seen["dispatches"])
    assert raised == application.marks("CEL101")

    unbound = application.marks("CEL201")
    for attempt in seen["unbound"]:
        assert attempt["error"] == "builtins.TypeError"
        assert "missing" in attempt["message"]
    for attempt in seen["without_self"]:
        assert attempt["error"] == "builtins.NameError"
        assert (attempt["path"], attempt["line"]) in unbound
    assert len(seen["unbound"]) + len(seen["without_self"]) == len(unbound)

    refused = seen.get("refused", [])
    assert {attempt["error"] for attempt in refused} <= {"builtins.TypeError"}
    marked = set().union(*(application.marks(code) for code in REFUSED))
    assert {(attempt["path"], attempt["line"]) for attempt in refused} == marked

    assert_marks_match(application, "CEL301", [t for t in seen["tasks"] if t["unpaced"]])
    assert_marks_match(application, "CEL401", [t for t in seen["tasks"] if not t["limited"]])


def marked_lines_that_raised(
    application: Application, dispatches: list[dict[str, Any]]
) -> set[tuple[str, int]]:
    """The CEL101 marks within the statements that raised; each dispatch must raise EncodeError."""
    marks = application.marks("CEL101")
    raised = set()
    for attempt in dispatches:
        assert attempt["error"] == "kombu.exceptions.EncodeError", attempt
        path = attempt["path"]
        lines = application.statement_lines(path, attempt["line"])
        within = {(path, line) for line in lines} & marks
        assert within, attempt
        raised |= within
    return raised


def assert_marks_match(application: Application, code: str, tasks: list[dict[str, Any]]) -> None:
    """Each of the tasks holds one mark of that code, and there is no other mark."""
    marks = application.marks(code)
    for task in tasks:
        inside = {
            (path, line)
            for path, line in marks
            if path == task["path"] and task["start"] <= line <= task["end"]
        }
        assert len(inside) == 1, (code, task)
        marks -= inside
    assert not marks

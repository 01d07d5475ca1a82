"""The engine over each whole application finds what the expectation comments say, and no more."""

from __future__ import annotations

import pytest

from tests.expectations import read_expectations
from tests.linting import lint_project

from .applications import APPLICATIONS, Application


@pytest.mark.parametrize("application", APPLICATIONS, ids=lambda application: application.name)
def test_findings_are_exactly_those_expected(application: Application) -> None:
    root = application.root
    required = {
        (path.relative_to(root).as_posix(), line, column, code): part
        for path in application.sources()
        for line, column, code, part in read_expectations(path.read_text(encoding="utf-8"))
    }
    found = [
        (
            (
                (root / path).relative_to(root).as_posix(),
                finding.span.line,
                finding.span.column,
                finding.code,
            ),
            finding,
        )
        for path, finding in lint_project(root)
    ]
    assert sorted(place for place, _ in found) == sorted(required)
    for place, finding in found:
        assert required[place] in finding.message, place

"""Each application, all fixes applied: it runs as before, and what was mended works."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from flake8_celery_patterns.run.fixing import mend, save
from flake8_celery_patterns.run.result import Target
from flake8_celery_patterns.settings import Values
from tests.linting import lint_project

from . import applications, test_boot
from .applications import (
    DJANGO_SHOP,
    FASTAPI_BILLING,
    FLASK_REPORTS,
    Application,
    run,
)
from .test_defects import OLD_CELERY, marked_lines_that_raised

pytestmark = pytest.mark.slow

# An opinion, with a fix for the clean side.
ALL: Values = (("no-cache", True), ("extend-select", ("CEL917",)))
FIXED = {"CEL101", "CEL103", "CEL104", "CEL114", "CEL201", "CEL301", "CEL304", "CEL917"}


@pytest.fixture(scope="module")
def mended_copies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of all applications, every file of which was mended."""
    folder = tmp_path_factory.mktemp("mended").resolve() / "projects"
    caches = shutil.ignore_patterns("__pycache__", ".celery_patterns_cache")
    shutil.copytree(applications.PROJECTS, folder, ignore=caches)
    paths = sorted(folder.rglob("*.py"))
    every = [found for p in paths if (found := mend(Target(p, p.name), ALL, unsafe=True))]
    assert [save(mended) for mended in every] == [None] * len(every)
    assert not [note for mended in every for note in mended.notes]
    codes = {applied.code for mended in every for applied in mended.applied}
    assert codes == FIXED
    return folder


@pytest.fixture(autouse=True)
def copies(mended_copies: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(applications, "PROJECTS", mended_copies)


@pytest.mark.parametrize(
    "boots",
    [
        pytest.param(test_boot.test_django_shop, marks=OLD_CELERY),
        test_boot.test_fastapi_billing,
        test_boot.test_flask_reports,
    ],
)
def test_the_clean_side_does_what_it_did(boots: Callable[[Path], None], tmp_path: Path) -> None:
    boots(tmp_path)


@pytest.mark.parametrize(
    "application",
    [pytest.param(DJANGO_SHOP, marks=OLD_CELERY), FASTAPI_BILLING, FLASK_REPORTS],
    ids=lambda application: application.name,
)
def test_only_what_is_left_still_fails(application: Application, tmp_path: Path) -> None:
    left: dict[str, set[tuple[str, int]]] = defaultdict(set)
    for path, finding in lint_project(application.root):
        name = path.relative_to(application.root).as_posix()
        left[finding.code].add((name, finding.span.line))
    seen = run(application, "defective", tmp_path)
    failing = [attempt for attempt in seen["dispatches"] if attempt["error"] is not None]
    assert marked_lines_that_raised(application, failing) == left["CEL101"]
    unpaced = {
        task["path"]: range(task["start"], task["end"] + 1)
        for task in seen["tasks"]
        if task["unpaced"]
    }
    assert len(unpaced) == len(left["CEL301"])
    assert all(line in unpaced[name] for name, line in left["CEL301"])

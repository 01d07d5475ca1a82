"""Whole files, read in three ways: what is left out, or not parsed by libcst, says nothing.

The facts and findings of all of a file, of its focus, and of its light tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flake8_celery_patterns.check import glance
from flake8_celery_patterns.project.project import Project
from flake8_celery_patterns.source.parse import readable as making_readable
from tests.linting import naming
from tests.source.python_files import installed, own_files, sample, standard_library
from tests.source.worlds import (
    World,
    differences,
    focused,
    left_out,
    light,
    matters,
    readable,
    unlike,
    whole,
)

# A root with nothing in it: only the file itself speaks.
ROOT = Path(__file__).parent / "no-such-project"


def batches() -> Iterator[tuple[str, list[Path]]]:
    """Files that say much of Celery, and files that do not."""
    own = sample(own_files(), 180)
    yield from ((f"own{n}", own[n::6]) for n in range(6))
    yield "standard library", sample(standard_library(), 40)
    yield "celery", sample(installed("celery"), 60)
    yield "kombu and flask", installed("kombu", "flask", "flask_sqlalchemy")
    yield "django", sample(installed("django"), 60)
    yield "django rest framework", sample(installed("rest_framework"), 40)


BATCHES = dict(batches())


@pytest.mark.parametrize("name", BATCHES)
def test_facts_and_findings_are_those_of_the_whole_text(name: str) -> None:
    project = Project(ROOT, naming("CEL9"))
    lost: dict[str, list[str]] = {}
    lost_outside: dict[str, list[str]] = {}
    lost_by_light: dict[str, list[str]] = {}
    compared = shorter = glances = 0
    for path in BATCHES[name]:
        text = readable(path)
        if text is None:
            continue
        place = ROOT / path.name
        before, after = whole(text), focused(text)
        if found := list(_lost(before, after, place, project)):
            lost[str(path)] = found
        outside = focused(text, outside=True)
        if found := list(_lost_outside(before, outside, place, project)):
            lost_outside[str(path)] = found
        found = [*_unlike(after, light(text)), *_unlike(outside, light(text, outside=True))]
        glanced = glance(making_readable(text), place, project)
        glances += glanced is not None
        if glanced is not None and list(glanced[0]) != after.findings(place, project):
            found.append("findings")
        if found:
            lost_by_light[str(path)] = found
        compared += 1
        shorter += len(after.parsed.module.code) < len(text)
    assert lost == {}
    assert lost_outside == {}
    assert lost_by_light == {}
    assert compared > 20
    assert glances > 0.9 * compared
    assert shorter > compared / 20


def _lost(before: World, after: World, place: Path, project: Project) -> Iterator[str]:
    yield from differences(before, after)
    if before.findings(place, project) != after.findings(place, project):
        yield "findings"
    if before.seen(place, project) != after.seen(place, project):
        yield "tasks or dispatches"
    for function in left_out(before.facts.module, after.facts.module):
        if why := matters(function, before, place, project):
            yield f"{function.name} {why}"


def _unlike(before: World, after: World | None) -> Iterator[str]:
    return unlike(before, after) if after is not None else iter(["has no light tree"])


def _lost_outside(before: World, after: World, place: Path, project: Project) -> Iterator[str]:
    # Signals are asked for in the file that is linted alone; so are the bodies of tasks.
    yield from (what for what in differences(before, after) if what != "connections")
    for function in left_out(before.facts.module, after.facts.module):
        why = matters(function, before, place, project)
        if why and (why != "is a task's method" or function.name == "__call__"):
            yield f"{function.name} {why}"

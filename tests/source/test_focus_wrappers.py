"""A function that makes tasks by way of another one is parsed, whoever asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from flake8_celery_patterns.facts.scopes import Function
from flake8_celery_patterns.project.project import Project
from tests.linting import WITHOUT_CACHE
from tests.source.worlds import focused, left_out, matters, whole

# A root with nothing in it: only the file itself speaks.
ROOT = Path(__file__).parent / "no-such-project"

# `job` makes tasks, says nothing of them itself, and is not used in its own file.
WRAPPERS = {
    "in order": """\
def core(**options):
    return shared_task(**options)


def middle(**options):
    return core(**options)


def job(**options):
    return middle(**options)
""",
    "the other way round": """\
def job(function):
    if function is None:
        return None
    return middle(function)


def middle(function):
    return core(bind=True)(function)


def core(**options):
    def decorate(function):
        return app.task(**options)(function)

    return decorate
""",
    "by a decorator inside": """\
def job(function):
    return core(function)


def core(function):
    @shared_task
    def run():
        return function()

    return run
""",
}


@pytest.mark.parametrize("name", WRAPPERS)
def test_a_wrapper_of_a_wrapper_is_kept(name: str) -> None:
    text = f"from celery import Celery, shared_task\n\napp = Celery()\n\n\n{WRAPPERS[name]}"
    project, before = Project(ROOT, WITHOUT_CACHE), whole(text)
    (job,) = before.facts.module.bindings["job"]
    assert isinstance(job, Function)
    assert matters(job, before, ROOT / "jobs.py", project) == "makes tasks"
    for outside in (False, True):
        after = focused(text, outside=outside).facts.module
        assert list(left_out(before.facts.module, after)) == []

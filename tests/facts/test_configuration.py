"""Calls that may configure an app: those that are handed one."""

from __future__ import annotations

import pytest

from tests.source.worlds import whole

SEEN = {
    "an app of the module": "app = Celery()\n\n\ndef f():\n    show(app)\n",
    "an app of the function": "def f():\n    app = Celery()\n    show(app)\n",
    "an app of the function around": (
        "def f():\n    app = Celery()\n\n    def g():\n        show(app)\n"
    ),
    "a global app of another function": (
        "def make():\n    global app\n    app = Celery()\n\n\ndef f():\n    show(app)\n"
    ),
}
NOT_SEEN = {
    "an app of another function": (
        "def make():\n    app = Celery()\n    return app\n\n\ndef f(app):\n    show(app)\n"
    ),
    "no app": "def f(app):\n    show(app)\n",
}


def shown(text: str) -> bool:
    calls = [configuring.call.function for configuring in whole(text).facts.module.configuring]
    return any(getattr(function, "id", "") == "show" for function in calls)


@pytest.mark.parametrize("name", NOT_SEEN)
def test_what_is_no_app_there(name: str) -> None:
    assert not shown(NOT_SEEN[name])


@pytest.mark.parametrize("name", SEEN)
def test_who_is_handed_an_app(name: str) -> None:
    assert shown(SEEN[name])

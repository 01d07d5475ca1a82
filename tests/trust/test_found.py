"""What the searches of this folder found once, so that it is looked at in every run."""

from __future__ import annotations

import pytest

from flake8_celery_patterns.engine import lint
from tests.trust.checking import PLACE, PROJECT, lost_by_focus, unsound

TASK = "from celery import Celery, shared_task\napp = Celery()\n@shared_task\ndef ship(pk): ...\n"

# Texts in which a rule once crashed, or said what parsers of messages trip over.
TEXTS = {
    "a digit that is no number": (
        "from celery.schedules import crontab\ncrontab(minute='\u00b2/5')\n"
    ),
    "a list for a serializer": "ship.apply_async((1,), serializer=['json'])\n",
    "a dict for a serializer": "@app.task(serializer={})\ndef send(): ...\n",
    "a name that no file can hold": "app.send_task('shop.\\ud800')\n",
    "a number that is not finite": "ship.apply_async((1,), countdown=1e999, expires=-1e999)\n",
    "a number that is no float": "ship.apply_async((1,), countdown=10**29 * 10**29 * 2**999)\n",
    "a minute that is not finite": (
        "from celery.schedules import crontab\ncrontab(minute=[1e999], hour=(2, 1e999))\n"
    ),
    "a place in a text": "ship.apply_async('shop/a.py:3:4: x')\n",
    "a line end in a name": "app.conf.beat_schedule = {'a\\nb': {'args': 'x'}}\n",
    "a reading direction in a name": "app.conf.beat_schedule = {'\u202eb': {'args': 'x'}}\n",
    "errors by a star import": (
        "from shop.settings import *\nERRORS = ERRORS + (OSError,)\n"
        "@shared_task(autoretry_for=ERRORS)\ndef send(): ...\n"
    ),
    "a bracket that is never closed": "x = (\n\n\n",
}


@pytest.mark.parametrize("name", TEXTS)
def test_no_crash_and_clear_words(name: str) -> None:
    text = TASK + TEXTS[name]
    assert unsound(text, lint(text, PLACE, PROJECT)) == []


def test_a_users_text_is_shown_in_one_line() -> None:
    (finding,) = lint(TASK + TEXTS["a place in a text"], PLACE, PROJECT)[-1:]
    assert "'shop/a.py: 3: 4: x'" in finding.message
    found = lint(TASK + TEXTS["a reading direction in a name"], PLACE, PROJECT)
    assert any(r"'\u202eb'" in finding.message for finding in found)


# What focus left out, and a rule or another file asked for.
LEFT_OUT = {
    "a helper that logs": (
        "import logging\nlogger = logging.getLogger()\ndef tell(pk):\n    logger.info(pk)\n"
        "@shared_task\ndef send(pk):\n    tell(pk)\n"
    ),
    "an app of one function": "def make():\n    x = Celery()\ndef show(x):\n    print(x)\n",
}


@pytest.mark.parametrize("name", LEFT_OUT)
def test_focus_loses_nothing(name: str) -> None:
    assert lost_by_focus(TASK + LEFT_OUT[name]) == []

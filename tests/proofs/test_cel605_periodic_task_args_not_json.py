"""CEL605: arguments that are stored as Python shows them are no JSON, and beat cannot read them."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.proofs.harness import RULES

# django-celery-beat itself where it is installed; else its two columns, and how it reads them
# (`ModelEntry.__init__` of django_celery_beat/schedulers.py).
PROGRAM = """
import importlib.util, json, logging, sys, types
from celery import Celery
from django.conf import settings

logging.disable(logging.CRITICAL)
real = importlib.util.find_spec("django_celery_beat") is not None
settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    INSTALLED_APPS=["django_celery_beat"] if real else [],
    USE_TZ=True,
)
import django
django.setup()
from django.db import connection, models

if not real:
    from kombu.utils.json import loads

    class PeriodicTask(models.Model):
        name = models.CharField(max_length=200, unique=True)
        task = models.CharField(max_length=200)
        args = models.TextField(blank=True, default="[]")
        kwargs = models.TextField(blank=True, default="{}")
        enabled = models.BooleanField(default=True)

        def __init__(self, *values, interval=None, **others):
            super().__init__(*values, **others)

        class Meta:
            app_label = "django_celery_beat"

    package, module = types.ModuleType("django_celery_beat"), types.ModuleType("models")
    module.PeriodicTask = PeriodicTask
    sys.modules |= {"django_celery_beat": package, "django_celery_beat.models": module}
    tables, interval = [PeriodicTask], None
else:
    from django.apps import apps
    from django_celery_beat.models import IntervalSchedule, PeriodicTask
    tables = apps.get_app_config("django_celery_beat").get_models()

def read(row):
    if real:
        from django_celery_beat.schedulers import ModelEntry
        entry = ModelEntry(row, app=Celery("shop", broker="memory://"))
        return [entry.args, entry.kwargs] if row.enabled else None
    try:
        return [loads(row.args or "[]"), loads(row.kwargs or "{}")]
    except ValueError:
        return None

with connection.schema_editor() as editor:
    for table in tables:
        editor.create_model(table)
if real:
    interval = IntervalSchedule.objects.create(every=5, period="minutes")
from tests.proofs.harness import load_program
program = load_program("CEL605", sys.argv[1])
outcome = {}
for name in ("kwargs", "texts", "one"):
    row = PeriodicTask.objects.get(pk=getattr(program, name)(interval).pk)
    outcome[name] = [row.args, row.kwargs, read(row)]
print(json.dumps(outcome))
"""


def outcome_of(program: str) -> dict[str, Any]:
    """By function: what its row has as `args` and `kwargs`, and what beat makes of them."""
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, program],
        cwd=RULES.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


def test_what_is_no_text_is_stored_as_python_shows_it_and_beat_cannot_read_it() -> None:
    assert outcome_of("proof_bad") == {
        "kwargs": ["[]", "{'source': 'erp'}", None],
        "texts": ["['erp']", "{}", None],
        "one": ["(1,)", "{}", None],
    }


def test_json_is_read_as_it_was_meant_and_numbers_are_by_luck() -> None:
    assert outcome_of("proof_good") == {
        "kwargs": ["[]", '{"source": "erp"}', [[], {"source": "erp"}]],
        "texts": ['["erp"]', "{}", [["erp"], {}]],
        "one": ["[1]", "{}", [[1], {}]],
    }


@pytest.mark.parametrize("text", ["{'source': 'erp'}", "['erp']", "(1,)", "[True]"])
def test_that_text_is_no_json(text: str) -> None:
    with pytest.raises(ValueError, match=r"^Expecting"):
        json.loads(text)

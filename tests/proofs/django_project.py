"""A Django project without files, for proofs whose programs define models."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import django
from celery import signals
from django.apps import AppConfig
from django.conf import settings
from django.db import connection, connections

from tests.proofs.harness import RULES

#: The `app_label` of each program's models. Programs loaded in one process need different ones.
APP_LABELS = ("shop", "webshop")


def configure(database: Path) -> None:
    """Configure Django for this process, with an sqlite file that a worker thread can read too.

    Raises RuntimeError (from Django) if something else has configured it already.
    """
    settings.configure(
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.sqlite3",
                "NAME": str(database),
                "OPTIONS": {"timeout": 30},
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=[_installed_app(label) for label in APP_LABELS],
        USE_TZ=True,
    )
    django.setup()


@contextmanager
def tables_of(*models: Any) -> Iterator[None]:
    """Create the models' empty tables, and drop them afterwards."""
    with connection.schema_editor() as editor:
        for model in models:
            editor.create_model(model)
    # As Celery's own Django fixup does: the worker thread's connection ends with its task.
    signals.task_postrun.connect(_close_connections)
    try:
        yield
    finally:
        signals.task_postrun.disconnect(_close_connections)
        with connection.schema_editor() as editor:
            for model in models:
                editor.delete_model(model)
        connections.close_all()


def _installed_app(label: str) -> AppConfig:
    """The app that a program's models belong to: pickle finds a model through it."""
    package = ModuleType(label)
    package.__file__ = str(RULES / "__init__.py")
    return AppConfig(label, package)


def _close_connections(**_: Any) -> None:
    connections.close_all()

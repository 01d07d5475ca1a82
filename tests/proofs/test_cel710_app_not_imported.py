"""CEL710: without the import a shared task belongs to an app that knows no settings."""

from __future__ import annotations

import subprocess
import sys

from tests.proofs.harness import RULES

WEB_PROCESS = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"
import django
django.setup()
from orders.tasks import send_receipt
print(send_receipt.app.main, send_receipt.app.connection_for_write().as_uri())
"""


def web_process(project: str) -> str:
    """The app that a shared task of a project belongs to in the web process, and its broker."""
    ran = subprocess.run(
        [sys.executable, "-c", WEB_PROCESS],
        cwd=RULES / "CEL710" / project,
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stdout.strip()


def test_the_task_belongs_to_no_app_of_the_project() -> None:
    assert web_process("project_bad") == "default amqp://guest:**@localhost:5672//"


def test_with_the_import_it_belongs_to_the_app() -> None:
    assert web_process("project_good") == "shop redis://:**@redis.internal:6379/0"

"""CEL117: whoever imports the module sends the task."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.proofs.harness import RULES, Journal, load_program, module_name


@pytest.fixture(autouse=True)
def broker_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A broker for what is sent before a test could give the app one."""
    monkeypatch.setenv("CELERY_BROKER_URL", "memory://")
    yield
    for program in ("proof_bad", "proof_good"):
        loaded = sys.modules.pop(module_name("CEL117", program), None)
        if loaded is not None:
            loaded.app.control.purge()
            loaded.app.close()


def test_the_import_sends_the_task(celery_journal: Journal) -> None:
    load_program("CEL117", "proof_bad")
    assert [message.task for message in celery_journal.messages] == ["cel117_proof_bad.warm_cache"]


def test_from_a_function_it_is_sent_when_it_is_called(celery_journal: Journal) -> None:
    program = load_program("CEL117", "proof_good")
    assert not celery_journal.messages
    program.warm()
    assert len(celery_journal.messages) == 1


@pytest.mark.parametrize(("program", "sent"), [("proof_bad", 1), ("proof_good", 0)])
def test_celerys_own_command_line_sends_it_too(program: str, sent: int) -> None:
    code = (
        "import sys\n"
        "from celery import signals\n"
        "sent = []\n"
        "note = lambda sender, **_: sent.append(sender)\n"
        "signals.after_task_publish.connect(note)\n"
        "from celery.bin.celery import celery\n"
        f"celery.main(['-A', '{program}', 'report'], standalone_mode=False)\n"
        "print('sent', len(sent))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=RULES / "CEL117",
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.splitlines()[-1] == f"sent {sent}"

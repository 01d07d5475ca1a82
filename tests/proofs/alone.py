"""Proofs in a process of their own, for programs that leave traces in Celery.

What a program makes a task of, every app made later in the same process makes one of too: a broken
task breaks them all, and a name claimed twice is told of again and again.
"""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from typing import Any

from tests.proofs.harness import RULES

_START = """
import json, warnings
warnings.simplefilter("ignore")
from tests.proofs.harness import in_memory, journal, load_program, wait_until, worker_for
def result_of(sent):
    return sent.get(timeout=60, interval=0.02)
"""


def _run(lines: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _START + lines],
        cwd=RULES.parents[1],
        capture_output=True,
        text=True,
        check=False,
    )


def outcome_of(code: str, program: str, lines: str) -> Any:
    """What `lines` bind to `outcome` (a JSON value), with the program loaded as `program`."""
    loaded = f"program = load_program({code!r}, {program!r})\n{textwrap.dedent(lines)}"
    ran = _run(f"{loaded}\nprint(json.dumps(outcome))")
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


def error_of(code: str, program: str, lines: str = "") -> str:
    """The last line that Python prints when `lines`, or loading the program, raise."""
    loaded = f"program = load_program({code!r}, {program!r})\n{textwrap.dedent(lines)}"
    ran = _run(loaded)
    assert ran.returncode == 1, ran.stderr
    return ran.stderr.strip().splitlines()[-1]

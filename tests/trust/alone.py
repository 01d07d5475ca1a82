"""Texts linted in a process of their own, which may hang or die where ours must not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

# Far above what any run takes; only keeps a hang from stopping the whole test run.
_CEILING = 300
# Each line is written before the next text is looked at.
_PROGRAM = """
import json, sys
from flake8_celery_patterns.engine import lint
from tests.trust.checking import PLACE, PROJECT
for name, text in json.load(sys.stdin).items():
    found = lint(text, PLACE, PROJECT)
    codes = {"a fault" if "fault of this linter" in f.message else f.code for f in found}
    print(json.dumps([name, sorted(codes)]), flush=True)
"""


def linted_alone(texts: Mapping[str, str]) -> dict[str, list[str]]:
    """The codes found in each text; "a fault" for a crash, "no end" where the process ended."""
    program = [sys.executable, "-c", _PROGRAM]
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        program, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            out, _ = process.communicate(json.dumps(texts), timeout=_CEILING)
        except subprocess.TimeoutExpired:
            process.kill()
            out, _ = process.communicate()
    ended = dict(json.loads(line) for line in out.splitlines() if line.endswith("]"))
    return {name: ended.get(name, ["no end"]) for name in texts}

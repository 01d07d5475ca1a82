"""The formats for programs, from the real process: UTF-8 and line feeds, whatever the locale."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flake8_celery_patterns.run.result import Run
from tests.reports.sample import written

# One for each way of escaping.
FORMATS = ("json", "sarif", "github", "junit")
# A POSIX locale without Python's own help out of it: what it writes would be ASCII.
POSIX = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
PROGRAM = Path(sys.executable).with_name("celery-patterns")
CEILING = 120


@pytest.mark.parametrize("name", FORMATS)
def test_a_report_is_the_same_from_a_process(sample_run: Run, name: str) -> None:
    checked = subprocess.run(
        [
            PROGRAM,
            "check",
            "--quiet",
            "--no-cache",
            "--extend-select=CEL913",
            f"--output-format={name}",
        ],
        cwd=sample_run.folder,
        env={**os.environ, **POSIX},
        capture_output=True,
        timeout=CEILING,
        check=False,
    )
    assert (checked.returncode, checked.stderr) == (1, b"")
    assert checked.stdout == written(name, sample_run).encode("utf-8")

"""SARIF, validated by Microsoft's sarif-multitool with the rules of GitHub's code scanning.

The tool is installed from npm into a folder of its own in the user's cache.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from flake8_celery_patterns.run.result import Run
from tests.npm import installed
from tests.reports.sample import written

pytestmark = pytest.mark.slow

VERSION = "5.7.0"
# The packages for these systems hold the program itself, without node around it.
SYSTEMS = ("linux", "darwin")
CEILING = 300


@pytest.fixture(scope="session")
def multitool(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program; skips where it cannot be had."""
    if sys.platform not in SYSTEMS:
        pytest.skip("sarif-multitool needs Linux or macOS")
    package = f"@microsoft/sarif-multitool-{sys.platform}"
    name = f"sarif-multitool-{VERSION}"
    folder = installed(name, (f"{package}@{VERSION}",), tmp_path_factory)
    program = folder / "node_modules" / package / "Sarif.Multitool"
    program.chmod(0o755)
    return program


def problems(multitool: Path, folder: Path, report: str) -> list[str]:
    """What it says of a log: errors and warnings, not notes."""
    (folder / "log.sarif").write_text(report, encoding="utf-8")
    validated = subprocess.run(
        [multitool, "validate", "log.sarif", "--rule-kind", "Sarif;Ghas"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=CEILING,
        check=False,
    )
    assert "1 files scanned" in validated.stdout, validated.stdout + validated.stderr
    return [
        line for line in validated.stdout.splitlines() if ": error " in line or ": warn" in line
    ]


def test_a_wrong_log_is_refused(multitool: Path, tmp_path: Path, sample_run: Run) -> None:
    log = json.loads(written("sarif", sample_run))
    del log["runs"][0]["results"][0]["locations"]
    log["runs"][0]["tool"]["driver"]["fullName"] = 5
    found = "\n".join(problems(multitool, tmp_path, json.dumps(log)))
    assert "error GH" in found
    assert "error JSON" in found


def test_it_finds_no_error_and_no_warning(multitool: Path, tmp_path: Path, sample_run: Run) -> None:
    assert problems(multitool, tmp_path, written("sarif", sample_run)) == []


def test_it_finds_none_in_the_log_of_a_clean_run(
    multitool: Path, tmp_path: Path, clean_run: Run
) -> None:
    assert problems(multitool, tmp_path, written("sarif", clean_run)) == []

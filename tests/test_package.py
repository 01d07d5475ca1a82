"""What is built: the wheel holds the package alone, the sdist what the tests need."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from flake8_celery_patterns import __version__

ROOT = Path(__file__).resolve().parent.parent
STEM = f"flake8_celery_patterns-{__version__}"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist, and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("built")
    run = subprocess.run(
        [sys.executable, "-m", "build", "--outdir", str(folder), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return folder


@pytest.mark.slow
def test_the_wheel_holds_the_package_and_nothing_else(built: Path) -> None:
    with zipfile.ZipFile(built / f"{STEM}-py3-none-any.whl") as wheel:
        names = set(wheel.namelist())
        metadata = Parser().parsestr(wheel.read(f"{STEM}.dist-info/METADATA").decode())
    package = ROOT / "flake8_celery_patterns"
    files = {str(path.relative_to(ROOT)) for path in package.rglob("*.py")}
    data = ("py.typed", "rules.json", "celery-patterns.schema.json")
    files |= {f"flake8_celery_patterns/{name}" for name in data}
    assert {name for name in names if not name.startswith(f"{STEM}.dist-info/")} == files
    assert metadata["Name"] == "flake8-celery-patterns"
    needed = [line for line in metadata.get_all("Requires-Dist", []) if "extra ==" not in line]
    assert {line.split(">")[0] for line in needed} == {"flake8", "libcst", "tomli"}


@pytest.mark.slow
def test_the_sdist_holds_what_the_tests_need_and_nothing_that_was_made(built: Path) -> None:
    with tarfile.open(built / f"{STEM}.tar.gz") as sdist:
        names = {name.removeprefix(f"{STEM}/") for name in sdist.getnames()}
    assert {
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        ".pre-commit-hooks.yaml",
        "docs/generate.py",
        "benchmarks/corpus.txt",
        "tests/test_package.py",
    } <= names
    assert any(name.startswith("fixtures/rules/") for name in names)
    made = {"__pycache__", "_build", ".corpus", ".venv", ".nox", ".celery_patterns_cache", ".git"}
    assert [name for name in names if made & set(name.split("/"))] == []

"""Programs from npm, installed once into a folder of the user's cache."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

_CEILING = 300


def installed(name: str, packages: tuple[str, ...], temporary: pytest.TempPathFactory) -> Path:
    """Give the folder with `node_modules` of these packages, versions included; or skip the test.

    `name`: of the folder; another one for other versions.
    """
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "flake8-celery-patterns-tests" / name
    if not folder.is_dir():
        fetched = temporary.mktemp("npm")
        ran = subprocess.run(
            ["npm", "install", "--no-audit", "--no-fund", "--prefix", fetched, *packages],
            capture_output=True,
            text=True,
            timeout=_CEILING,
            check=False,
        )
        if ran.returncode != 0:
            pytest.skip(f"{name} cannot be installed: {ran.stderr[-300:]}")
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Another worker may have been faster.
        with contextlib.suppress(FileExistsError):
            shutil.copytree(fetched, folder, symlinks=True)
    return folder

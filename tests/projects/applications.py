"""The applications under `fixtures/projects`, and how a test runs one of them.

Each run is a process of its own, since Django's settings and Celery's current app are global.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
# The driver of a changed copy is told where that is.
PROJECTS = Path(os.environ.get("APPLICATIONS", REPOSITORY / "fixtures" / "projects"))
TIMEOUT_SECONDS = 240


@dataclass(frozen=True)
class Application:
    """One application: its folder, where imports start, and its defective package."""

    name: str
    import_root: str
    defective: str
    prefix: str

    @property
    def root(self) -> Path:
        return PROJECTS / self.name

    def sources(self) -> list[Path]:
        """Every Python file of the application, sorted."""
        return sorted(self.root.rglob("*.py"))

    def is_defective(self, path: str | Path) -> bool:
        """Whether a path relative to the application's folder lies on its defective side."""
        return Path(path).as_posix().startswith(f"{self.defective}/")

    def marks(self, code: str) -> set[tuple[str, int]]:
        """(path, line) of each expectation comment with that code; the columns are not read."""
        pattern = re.compile(rf"(?:#|\|) {code}: \d+")
        return {
            (path.relative_to(self.root).as_posix(), number)
            for path in self.sources()
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
            if pattern.search(line)
        }

    def statement_lines(self, path: str, line: int) -> range:
        """The lines of the smallest statement of a file that holds that line."""
        tree = ast.parse((self.root / path).read_text(encoding="utf-8"))
        spans = [
            range(node.lineno, (node.end_lineno or node.lineno) + 1)
            for node in ast.walk(tree)
            if isinstance(node, ast.stmt)
        ]
        return min((span for span in spans if line in span), key=len)


DJANGO_SHOP = Application("django_shop", ".", "returns", "SHOP")
FASTAPI_BILLING = Application("fastapi_billing", "src", "src/billing/disputes", "BILLING")
FLASK_REPORTS = Application("flask_reports", ".", "reports/exports", "REPORTS")
APPLICATIONS = (DJANGO_SHOP, FASTAPI_BILLING, FLASK_REPORTS)


def run(application: Application, side: str, folder: Path) -> dict[str, Any]:
    """Run one side of an application and give what its driver saw.

    `side` is "clean" or "defective"; databases and files go into `folder`. Fails with the driver's
    own output if the driver fails, or if anything was written beside the application's sources.
    """
    before = _listing(application.root)
    report = folder / "report.json"
    driver = f"tests.projects.drive_{application.name}"
    finished = subprocess.run(
        [sys.executable, "-m", driver, side, str(report)],
        cwd=folder,
        env=_environment(application, folder),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert _listing(application.root) == before, "the application's folder was written to"
    observed: dict[str, Any] = json.loads(report.read_text(encoding="utf-8"))
    return observed


def _environment(application: Application, folder: Path) -> dict[str, str]:
    """Nothing of the caller's but the way to Python, so that no CELERY_* setting leaks in."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    prefix = application.prefix
    database = folder / "application.sqlite3"
    return kept | {
        "PYTHONPATH": f"{application.root / application.import_root}{os.pathsep}{REPOSITORY}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "APPLICATIONS": str(PROJECTS),
        "NO_PROXY": "127.0.0.1",
        f"{prefix}_BROKER_URL": "memory://",
        f"{prefix}_RESULT_BACKEND": "cache+memory://",
        f"{prefix}_DATABASE": str(database),
        f"{prefix}_DATABASE_URL": f"sqlite:///{database}",
    }


def _listing(root: Path) -> dict[str, int]:
    """What a folder holds, with the time of each file's last change; caches of other runs aside."""
    caches = {"__pycache__", ".celery_patterns_cache"}
    return {
        str(path): path.stat().st_mtime_ns if path.is_file() else 0
        for path in root.rglob("*")
        if caches.isdisjoint(path.parts)
    }

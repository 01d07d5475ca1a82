"""Real git repositories for tests: made in a folder, changed, compared."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from flake8_celery_patterns.history.against import against
from flake8_celery_patterns.run.files import targets

HEAD = "from celery import shared_task\n\n\n@shared_task\n"
OLD = f"{HEAD}def send_receipt(order_id):\n    print(order_id)\n"
NEW = f"{HEAD}def send_receipt(order_id, address):\n    print(order_id, address)\n"
# What `NEW` has against `OLD`.
FOUND = [("shop/tasks.py", 5, "CEL121")]
NO_CACHE = (("no-cache", True),)

_IDENTITY = {
    "GIT_AUTHOR_NAME": "Ann",
    "GIT_AUTHOR_EMAIL": "ann@example.org",
    "GIT_COMMITTER_NAME": "Ann",
    "GIT_COMMITTER_EMAIL": "ann@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


@dataclass(frozen=True)
class Work:
    """A git work tree."""

    folder: Path

    def git(self, *arguments: str, text: str | bytes = b"") -> str:
        """Run git there; give what it prints. Raises CalledProcessError."""
        ran = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *arguments],
            cwd=self.folder,
            env=os.environ | _IDENTITY,
            input=text.encode() if isinstance(text, str) else text,
            capture_output=True,
            check=True,
        )
        return os.fsdecode(ran.stdout).strip()

    def write(self, files: Mapping[str, str | None]) -> Work:
        """Write files by relative path; None removes one."""
        for name, text in files.items():
            path = self.folder / name
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(text.encode())
        return self

    def commit(self, files: Mapping[str, str | None] | None = None) -> Work:
        """Write files, and commit all there is."""
        self.write(files or {})
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", "a change")
        return self

    def found(
        self, revision: str = "HEAD", *names: str, below: str = ""
    ) -> list[tuple[str, int, str]]:
        """Compare with a revision: path, line and code of each finding."""
        folder = self.folder / below
        files = targets(names or (".",), NO_CACHE, folder=folder)
        return [
            (result.target.shown, finding.span.line, finding.code)
            for result in against(revision, files, NO_CACHE, folder)
            for finding in result.findings
        ]


def made(folder: Path, *options: str) -> Work:
    """Make an empty repository in a new folder."""
    folder.mkdir(parents=True)
    work = Work(folder)
    work.git("init", "--quiet", "--initial-branch=main", *options)
    return work


def shop(folder: Path, *options: str) -> Work:
    """A repository with `shop/tasks.py` committed (`OLD`)."""
    return made(folder, *options).commit({"shop/__init__.py": "", "shop/tasks.py": OLD})

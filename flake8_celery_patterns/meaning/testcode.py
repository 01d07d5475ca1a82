"""What is test code, by its path alone."""

from __future__ import annotations

import re
from pathlib import Path

_TEST_FILE = re.compile(r"test_.*\.py|.*_test\.py|conftest\.py|tests\.py")


def is_test_code(path: Path, root: Path) -> bool:
    """Whether a file is test code: `test_*.py`, `*_test.py`, `conftest.py`, or below `tests`.

    Only the path inside the project counts.
    """
    try:
        parts = path.relative_to(root).parts
    except ValueError:
        parts = (path.name,)
    folders, name = parts[:-1], parts[-1] if parts else ""
    return _TEST_FILE.fullmatch(name) is not None or any(f in ("tests", "test") for f in folders)

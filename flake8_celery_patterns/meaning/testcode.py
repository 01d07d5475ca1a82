"""What is test code or a script, by its path alone."""

from __future__ import annotations

import re
from pathlib import Path

from flake8_celery_patterns.facts.expressions import Call, dotted
from flake8_celery_patterns.meaning.flow.places import InWith, Place

_TEST_FILE = re.compile(r"test_.*\.py|.*_test\.py|conftest\.py|tests\.py")

_EXPECTING = frozenset({"assertRaises", "assertRaisesMessage", "assertRaisesRegex", "raises"})


def expects_error(place: Place) -> bool:
    """Whether a place stands in a block that is to fail: `with pytest.raises(…):`."""
    for around in place.around:
        if isinstance(around, InWith) and isinstance(around.manager, Call):
            name = dotted(around.manager.function) or ""
            if name.rpartition(".")[2] in _EXPECTING:
                return True
    return False


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


def is_command(path: Path) -> bool:
    """Whether a file is one of Django's management commands, which somebody runs by hand."""
    return path.parts[-3:-1] == ("management", "commands")

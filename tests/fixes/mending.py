"""Mending in tests: a text as the only file of a project, by the product's own way."""

from __future__ import annotations

import tempfile
from pathlib import Path

from flake8_celery_patterns.run.fixing import Mended, mend
from flake8_celery_patterns.run.result import Target
from flake8_celery_patterns.settings import Values

WITHOUT_CACHE: Values = (("no-cache", True),)


def mended_text(text: str, code: str = "", *, unsafe: bool) -> Mended:
    """What all fixes, or those of one code, make of a text that concerns Celery."""
    chosen: Values = (("select", (code,)),) if code else ()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder).resolve() / "shop.py"
        path.write_bytes(text.encode())
        mended = mend(Target(path, "shop.py"), WITHOUT_CACHE + chosen, unsafe=unsafe)
        assert mended is not None
        return mended

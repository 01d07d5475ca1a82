"""Where settings of production stand, and where those of tests and of a developer's machine."""

from __future__ import annotations

import re

from flake8_celery_patterns.meaning.files.testcode import is_test_code
from flake8_celery_patterns.meaning.meaning import Meaning
from flake8_celery_patterns.meaning.settings.written import Written

# Words of a file's, folder's or class's name.
_NOT_PRODUCTION = re.compile(
    r"(?i)(?:\A|[^a-z])(?:ci|debug|demo|dev|develop|development|docker|e2e|examples?|fixtures|local"
    r"|localhost|mock|playground|samples?|sandbox|test[a-z]*|unittest)(?:\Z|[^a-z])"
)


def is_for_development(meaning: Meaning, setting: Written) -> bool:
    """Whether a setting stands in test code, or in a file or class named for development."""
    path, root = meaning.source.path, meaning.project.root
    if is_test_code(path, root):
        return True
    names = (*path.relative_to(root).with_suffix("").parts, *_scopes(setting))
    return any(_NOT_PRODUCTION.search(_spaced(name)) for name in names)


def _scopes(setting: Written) -> list[str]:
    return [scope.name for scope in setting.where.scope.enclosing() if scope.parent is not None]


def _spaced(name: str) -> str:
    """`DevelopmentConfig` as `Development Config`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)

"""Errors that a block is there for: a test that something fails."""

from __future__ import annotations

from flake8_celery_patterns.facts.expressions import Call, dotted
from flake8_celery_patterns.meaning.flow.places import InWith, Place

_EXPECTING = frozenset({"assertRaises", "assertRaisesMessage", "assertRaisesRegex", "raises"})


def expects_error(place: Place) -> bool:
    """Whether a place stands in a block that is to fail: `with pytest.raises(…):`."""
    for around in place.around:
        if isinstance(around, InWith) and isinstance(around.manager, Call):
            name = dotted(around.manager.function) or ""
            if name.rpartition(".")[2] in _EXPECTING:
                return True
    return False

"""Setting names: which one Celery reads, under a namespace or without, and which one is meant."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from flake8_celery_patterns.meaning.settings.setting_names import (
    OLD_NAMES,
    SETTING_TYPES,
    UNLISTED,
)
from flake8_celery_patterns.meaning.tasks.options import nearest

Way = Literal["read", "old", "misfit", "slip"]

# The sections whose settings nobody has under the same name for anything else.
_OWN_SECTIONS = ("task_", "worker_", "beat_", "result_")
_KNOWN = frozenset(SETTING_TYPES) | UNLISTED
# What a name without its section means, if that is clear: `time_limit`, `always_eager`.
_BODIES: dict[str, set[str]] = {}
for _name in SETTING_TYPES:
    _section, _, _body = _name.partition("_")
    if f"{_section}_" in _OWN_SECTIONS and "_" in _body:
        _BODIES.setdefault(_body, set()).add(_name)
_OLD_BODIES: dict[str, set[str]] = {}
for _old, _new in OLD_NAMES.items():
    _first, _, _body = _old.lower().partition("_")
    if _first.startswith("celery") and "_" in _body:
        _OLD_BODIES.setdefault(_body, set()).add(_new)


@dataclass(frozen=True, slots=True)
class Meant:
    """What a name says to Celery: `setting` is Celery's own name for it, `way` how that is meant.

    "read": Celery reads it. "old": an old name, which it does not read here. "misfit": a setting
    whose prefix or case does not fit. "slip": no setting, but meant to be one. `proper` is how the
    setting is written here.
    """

    setting: str
    way: Way
    proper: str


@lru_cache(maxsize=4096)
def meant(name: str, namespace: str | None, *, is_django: bool, is_direct: bool) -> Meant | None:
    """What `name` says under a namespace; None for a name that is not Celery's.

    `is_django`: only names in capitals reach Celery. `is_direct`: it is set on `app.conf` itself.
    """
    if namespace is None:
        return _plain(name, is_django=is_django, is_direct=is_direct)
    return _prefixed(name, namespace, is_django=is_django, is_direct=is_direct)


def _plain(name: str, *, is_django: bool, is_direct: bool) -> Meant | None:
    if name in _KNOWN:
        return Meant(name, "read", name)
    if name in OLD_NAMES:
        return Meant(OLD_NAMES[name], "read", name)
    lower = name.lower()
    if lower.startswith("celery_") and lower.removeprefix("celery_") in SETTING_TYPES:
        setting = lower.removeprefix("celery_")
        return Meant(setting, "misfit", setting)
    if lower in SETTING_TYPES and (is_direct or lower.startswith(_OWN_SECTIONS)):
        return Meant(lower, "misfit", lower)
    if is_django:
        return None
    if name.islower():
        found = _slip(name, section_needed=not is_direct)
        return Meant(found, "slip", found) if found else None
    old = nearest(name, (n for n in OLD_NAMES if n.startswith("CELERY")))
    if old is not None and name.startswith("CELERY") and name.isupper():
        return Meant(OLD_NAMES[old], "slip", old)
    return None


def _prefixed(name: str, namespace: str, *, is_django: bool, is_direct: bool) -> Meant | None:
    prefix = f"{namespace.rstrip('_')}_"
    is_upper = prefix.isupper()
    lower = name.lower()

    def proper(setting: str) -> str:
        return f"{prefix}{setting.upper() if is_upper else setting}"

    if name.startswith(prefix):
        rest = name.removeprefix(prefix)
        setting = rest.lower()
        if rest == (setting.upper() if is_upper else setting) and setting in _KNOWN:
            way: Way = "misfit" if is_django and not is_upper else "read"
            return Meant(setting, way, proper(setting))
    if name in _KNOWN and not is_django:
        return Meant(name, "read", name)
    if name in OLD_NAMES and (name.startswith(("CELERY", "BROKER_"))):
        return Meant(OLD_NAMES[name], "old", proper(OLD_NAMES[name]))
    if lower.startswith(prefix.lower()) and lower.removeprefix(prefix.lower()) in SETTING_TYPES:
        setting = lower.removeprefix(prefix.lower())
        return Meant(setting, "misfit", proper(setting))
    if lower.startswith("celery_") and lower.removeprefix("celery_") in SETTING_TYPES:
        setting = lower.removeprefix("celery_")
        return Meant(setting, "misfit", proper(setting))
    if lower in SETTING_TYPES and name.isupper() and lower.startswith(_OWN_SECTIONS):
        return Meant(lower, "misfit", proper(lower))
    if name.startswith(prefix) or (name.startswith("CELERY") and name.isupper()):
        body = lower.removeprefix(prefix.lower())
        if body == lower:
            body = lower.partition("_")[2]
        found = _slip(body, section_needed=False)
        return Meant(found, "slip", proper(found)) if found else None
    if is_direct and name.islower():
        found = _slip(name, section_needed=False)
        return Meant(found, "slip", found) if found else None
    return None


def _slip(body: str, *, section_needed: bool) -> str | None:
    """The one setting that a name without prefix, in small letters, is meant to be."""
    if body in _KNOWN or len(body) < len("task_x"):
        return None
    if not section_needed:
        for bodies in (_OLD_BODIES, _BODIES):
            full = bodies.get(body, set())
            if len(full) == 1:
                return next(iter(full))
    near = nearest(body, (n for n in SETTING_TYPES if "_" in n and _same_words(n, body)))
    if near is not None and (not section_needed or near.startswith(_OWN_SECTIONS)):
        return near
    return None


def _same_words(name: str, other: str) -> bool:
    """Whether two names have as many words, or the same letters: a word more is another name."""
    return name.count("_") == other.count("_") or name.replace("_", "") == other.replace("_", "")


def mixed(name: str, siblings: Set[str]) -> str | None:
    """How `name` is written in the style of most of its siblings, if Celery refuses it among them.

    None where it is written so, or given in that style, too (celery/app/utils.py).
    """
    new = siblings & SETTING_TYPES.keys()
    old = siblings & OLD_NAMES.keys()
    if not new or not old:
        return None
    to_old = len(old) > len(new)
    if name not in (new if to_old else old):
        return None
    twin = _old_name(name) if to_old else OLD_NAMES[name]
    return None if twin in siblings else twin


def _old_name(setting: str) -> str:
    return next(old for old, new in OLD_NAMES.items() if new == setting)

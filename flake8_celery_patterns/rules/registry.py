"""All rules there are, found by walking this package."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import Any

from flake8_celery_patterns import rules
from flake8_celery_patterns.rules.rule import Rule


@cache
def all_rules() -> tuple[type[Rule[Any]], ...]:
    """The rule classes, by code. Raises ValueError if two have the same code."""
    found: dict[str, type[Rule[Any]]] = {}
    for module in pkgutil.walk_packages(rules.__path__, f"{rules.__name__}."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, Rule) and "code" in vars(value):
                if found.setdefault(value.code, value) is not value:
                    raise ValueError(f"{value.code} is the code of two rules")
    return tuple(found[code] for code in sorted(found))

"""An inventory as text: one file a format."""

from __future__ import annotations

import importlib
from typing import Protocol, TextIO, cast

from flake8_celery_patterns.inventory.entries import Inventory

# In the order in which help texts name them; each is a module of this package.
FORMATS = ("table", "json", "mermaid", "dot")


class Format(Protocol):
    """A module of this package."""

    def write(self, inventory: Inventory, out: TextIO) -> None:
        """Write the inventory; each line is ended by a line feed."""


def named(name: str) -> Format:
    """Give the format `name`, one of `FORMATS`; only its own module is imported."""
    return cast(Format, importlib.import_module(f"{__package__}.{name}"))

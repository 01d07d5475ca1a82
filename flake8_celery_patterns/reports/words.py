"""Numbers in sentences."""

from __future__ import annotations


def counted(count: int, one: str, many: str = "") -> str:
    """Give "1 task", "1,200 tasks"; `many`: where it is not `one` with an s."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"

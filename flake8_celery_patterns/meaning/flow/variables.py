"""The variables of a scope from moment to moment, none of which is ever copied."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from flake8_celery_patterns.meaning.kinds import UNKNOWN, Kind, join

_ATTRIBUTE = "self."


class Variables:
    """What names hold, now and at every moment before.

    A moment is the number of changes made so far. To keep one costs nothing, to go back to it or to
    join ways that parted there as much as was changed since: never as much as there are names.
    """

    def __init__(self, held: dict[str, Kind]) -> None:
        self._now: dict[str, Kind] = dict(held)
        # The name changed by each change; of each name its changes, and what it held before each.
        self._changes: list[str] = []
        self._changed: dict[str, list[int]] = {}
        self._before: dict[str, list[Kind | None]] = {}
        self._attributes = {name for name in held if name.startswith(_ATTRIBUTE)}

    @property
    def moment(self) -> int:
        """This moment."""
        return len(self._changes)

    def held(self, name: str, moment: int | None = None) -> Kind | None:
        """What `name` holds, now or at an earlier moment; None for nothing."""
        if moment is None or name not in self._changed:
            return self._now.get(name)
        return self._after(name, bisect_left(self._changed[name], moment))

    def bind(self, name: str, kind: Kind) -> None:
        """From here on `name` holds `kind`."""
        self._set(name, kind)

    def forget_attributes(self) -> None:
        """From here on no attribute of `self` holds anything."""
        for name in sorted(self._attributes):
            self._set(name, None)

    def reset(self, moment: int) -> None:
        """All names hold what they held at an earlier moment."""
        for name in self._changed_since(moment):
            self._set(name, self.held(name, moment))

    def join(self, since: int, ways: Sequence[int]) -> None:
        """All names hold what they agree on at the ends of several ways, which parted at `since`.

        One that holds nothing at some of the ends may be anything.
        """
        runs = list(_rising(ways))
        for name in self._changed_since(since):
            kinds = self._kinds(name, ways, runs)
            if any(kind is not None for kind in kinds):
                self._set(name, join([UNKNOWN if kind is None else kind for kind in kinds]))
            else:
                self._set(name, None)

    def _kinds(
        self, name: str, ways: Sequence[int], runs: Sequence[Sequence[int]]
    ) -> list[Kind | None]:
        """What `name` holds at the end of each way, in their order; stretches alike count once."""
        changed = self._changed[name]
        first = bisect_left(changed, min(ways))
        if len(ways) <= len(changed) - first:
            stretches = dict.fromkeys(bisect_left(changed, way) for way in ways)
            return [self._after(name, stretch) for stretch in stretches]
        found: dict[int, None] = {}
        for run in runs:
            start = 0
            for stretch in range(first, len(changed) + 1):
                # The ways that end after the change before this stretch, and not after its own.
                end = bisect_left(run, changed[stretch] + 1) if stretch < len(changed) else len(run)
                if end > start:
                    found[stretch] = None
                start = end
        return [self._after(name, stretch) for stretch in found]

    def _after(self, name: str, changes: int) -> Kind | None:
        """What `name` held after so many changes of it."""
        before = self._before[name]
        return before[changes] if changes < len(before) else self._now.get(name)

    def _changed_since(self, moment: int) -> dict[str, None]:
        return dict.fromkeys(self._changes[moment:])

    def _set(self, name: str, kind: Kind | None) -> None:
        before = self._now.get(name)
        if before is kind:
            return
        self._changed.setdefault(name, []).append(len(self._changes))
        self._before.setdefault(name, []).append(before)
        self._changes.append(name)
        if kind is None:
            del self._now[name]
        else:
            self._now[name] = kind
        if name.startswith(_ATTRIBUTE):
            (self._attributes.discard if kind is None else self._attributes.add)(name)


def _rising(moments: Sequence[int]) -> Iterator[list[int]]:
    """The moments in their order, cut where one comes before the one ahead of it."""
    run: list[int] = []
    for moment in moments:
        if run and moment < run[-1]:
            yield run
            run = []
        run.append(moment)
    if run:
        yield run

"""The oracle's walk: steps of a minute or a second over the ground of a case."""

from __future__ import annotations

from collections.abc import Iterator

from .oracle import Case, Ground


class Walk:
    """One case walked on its grounds."""

    def __init__(self, case: Case, grounds: list[Ground]) -> None:
        self.case, self.grounds = case, grounds
        ends = [at for at in (case.stop, case.cancelled) if at is not None and at <= case.now]
        self.end = min([*ends, case.now])
        self.stopped = case.stop is not None and case.stop == self.end and case.stop <= case.now
        self.cancelled = not self.stopped and case.cancelled is not None and case.cancelled == self.end
        self.changes = sorted((c for c in case.changes if c.at <= self.end), key=lambda change: change.at)
        self.pauses = [self._known(start, end) for start, end in case.pauses if start <= self.end]
        marks = [case.start, self.end, *(c.at for c in self.changes), *(m for p in self.pauses for m in p)]
        self.first, minutes = grounds[0].first, len(grounds[0].states)
        both = int.from_bytes(grounds[0].whole, "big") & int.from_bytes(grounds[-1].whole, "big")
        self.whole = bytearray(both.to_bytes(minutes, "big"))
        for mark in marks:
            if mark % 60 and 0 <= (mark - self.first) // 60 < minutes:
                self.whole[(mark - self.first) // 60] = 0
        self.held = self._held(minutes)

    def _known(self, start: int, end: int | None) -> tuple[int, int]:
        if end is not None and end <= self.case.now:
            return start, min(end, self.end) if self.stopped or self.cancelled else end
        return start, self.end if self.stopped or self.cancelled else 1 << 40

    def _held(self, minutes: int) -> bytearray:
        """A state a minute: 0 not paused, 1 paused, 2 both (ask each second)."""
        held = bytearray(minutes)
        for start, end in self.pauses:
            low, high = max(0, start - self.first), min(60 * minutes, end - self.first)
            if low < high:
                held[-(-low // 60) : high // 60] = b"\1" * max(0, high // 60 + -low // 60)
        for mark in (mark - self.first for pause in self.pauses for mark in pause):
            if mark % 60 and 0 <= mark // 60 < minutes:
                held[mark // 60] = 2
        return held

    def paused(self, second: int) -> bool:
        state = self.held[(second - self.first) // 60] if second < self.grounds[0].last else 2
        return any(start <= second < end for start, end in self.pauses) if state == 2 else state == 1

    def steps(self, begin: int, until: int) -> Iterator[tuple[int, int]]:
        """(second, length): whole minutes where nothing changes inside, else seconds."""
        at, first, whole = begin, self.first, self.whole
        while at < until:
            length = 60 if at % 60 == 0 and at + 60 <= until and whole[(at - first) // 60] else 1
            yield at, length
            at += length

    def reach(self, ground: Ground, origin: int, carried: int, need: int) -> int | None:
        """When ``need`` is used, counting from ``origin``; None = not on this ground."""
        if carried >= need:
            return origin
        used = carried
        for second, length in self.steps(origin, ground.last):
            if ground.open(second) and not self.paused(second):
                if used + length >= need:
                    return second + need - used
                used += length
        return None

    def worked(self, ground: Ground, begin: int, until: int, *, pauses: bool) -> int:
        total = 0
        for second, length in self.steps(begin, until):
            if ground.open(second) and not (pauses and self.paused(second)):
                total += length
        return total

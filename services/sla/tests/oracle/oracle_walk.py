"""The oracle's clock: walks a case forward in time as a machine that ticks, changes its goal, fires and stops."""

from __future__ import annotations

from .oracle import Answer, Case, Change, Ground
from .oracle_steps import Walk

NEVER = 1 << 60


class Machine(Walk):
    """State while walking. ``ran``: whether the tick that ended here counted; ``turned``: the goal changed here;
    ``least``: the smallest need that has not fired."""

    def __init__(self, case: Case, grounds: list[Ground]) -> None:
        super().__init__(case, grounds)
        self.used, self.target, self.ground = 0, case.target, 0
        self.origin, self.carried = case.start, 0
        self.ran = self.turned = self.retroactive = False
        self.waiting = list(self.changes)
        self.muted = len(self.waiting) if case.last_only else 0
        self.fired: dict[int, int] = {}
        self.broken: int | None = None
        self.least = min((need for _, need in self._needs()), default=NEVER)

    def answer(self) -> Answer:
        self._arrive(self.case.start)
        for second, length in self.steps(self.case.start, self.end):
            self._tick(second, length)
        if self.stopped:
            self._stop()
        due = None
        if self.target is not None:
            due = self.reach(self.grounds[self.ground], self.origin, self.carried, self.target)
        fired = sorted((at, percent) for percent, at in self.fired.items())
        return Answer(self._verdict(), self.broken, self.used, due, [(percent, at) for at, percent in fired])

    def _tick(self, second: int, length: int) -> None:
        self.ran = self.grounds[self.ground].open(second) and not self.paused(second)
        if self.ran:
            if self.used + length > self.least:
                self._cross(second, length)
            self.used += length
        self._arrive(second + length)

    def _cross(self, second: int, length: int) -> None:
        """Goals reached inside the tick, before its last instant: nothing can intervene there."""
        for percent, need in self._needs():
            if self.used < need < self.used + length:
                self._fire(percent, second + need - self.used)

    def _arrive(self, at: int) -> None:
        """The instant itself: first the goal changes, then what is used up fires, unless a pause holds it back."""
        self.turned = self.retroactive = False
        if self.used < self.least and not (self.waiting and self.waiting[0].at <= at):
            return
        while self.waiting and self.waiting[0].at <= at:
            self._turn(self.waiting.pop(0), at)
        if at > self.end or (at == self.end and (self.stopped or self.cancelled)):
            return
        natural = self.ran and not self.turned
        for percent, need in self._needs():
            if self.used >= need and (natural or not self.paused(at)):
                self._fire(percent, at)

    def _turn(self, change: Change, at: int) -> None:
        self.turned, self.muted = True, self.muted - 1 if self.muted else 0
        before, ground, target = self.target, self.grounds[change.ground], change.target
        self.ground, self.retroactive = change.ground, change.mode == "retroactive"
        self.origin, self.carried = at, 0
        if change.mode == "retroactive":
            self.origin = self.case.start
            self.used = self.worked(ground, self.case.start, at, pauses=True) if at > self.case.start else 0
        elif change.mode == "reset":
            self.used = 0
        elif change.mode == "forward":
            self.used = self.carried = (self.used * target) // before if before and target else 0
        else:
            assert change.due is not None
            self.carried = self.used
            target = self.used + (self.worked(ground, at, change.due, pauses=False) if change.due > at else 0)
        self.target = target
        self.least = min((need for _, need in self._needs()), default=NEVER)

    def _needs(self) -> list[tuple[int, int]]:
        """(percent, seconds) not fired yet; 0 stands for the verdict itself."""
        if self.target is None or self.muted:
            return []
        needs = [(p, -((-self.target * p) // 100)) for p in self.case.percents if p not in self.fired]
        return [*needs, (0, self.target)] if self.broken is None else needs

    def _fire(self, percent: int, at: int) -> None:
        if percent:
            self.fired[percent] = at
        elif self.broken is None:
            self.broken = at
        self.least = min((need for _, need in self._needs()), default=NEVER)

    def _stop(self) -> None:
        """Stopped with the goal used up before this very second: too late, also when a pause held the breach back."""
        if self.broken is not None or self.target is None or self.used < self.target:
            return
        if self.turned and not self.retroactive:
            return
        reached = self.reach(self.grounds[self.ground], self.origin, self.carried, self.target)
        if reached is not None and reached < self.end:
            self.broken = self.end

    def _verdict(self) -> str:
        if self.broken is not None:
            return "breached"
        if self.target is None or self.cancelled:
            return "none"
        return "met" if self.stopped else "open"

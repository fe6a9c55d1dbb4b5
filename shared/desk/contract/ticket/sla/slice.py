"""SLA's slice of a ticket, folded from SLA's facts alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal, TypeVar
from uuid import UUID

import msgspec
from msgspec.structs import replace

from desk.contract.event import Event, Payload
from desk.contract.folding import on, steps
from desk.contract.ticket.sla import facts as f


class Pause(msgspec.Struct, frozen=True):
    """One cause that pauses a clock, from its begin to its end. Pauses may overlap: their union counts."""

    cause: f.PauseCause
    cause_id: str
    begun: datetime
    ended: datetime | None = None


class Verdict(msgspec.Struct, frozen=True):
    """A recorded verdict, and the id of the fact that retracted it, if any. `elapsed` in seconds of working time."""

    id: UUID
    kind: Literal["met", "breached"]
    at: datetime
    elapsed: int
    due: datetime
    rev: int
    undone_by: UUID | None = None


class Clock(msgspec.Struct, frozen=True):
    """One clock of one cycle. `due` is None while paused, `thresholds` are the (percent, target revision) reached."""

    clock: str
    cycle: int
    starts_at: datetime
    due: datetime | None
    seconds: int
    rev: int
    pauses: tuple[Pause, ...] = ()
    thresholds: tuple[tuple[int, int], ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    cancelled: str | None = None
    extensions: tuple[str, ...] = ()

    @property
    def paused(self) -> bool:
        """Whether at least one cause pauses it."""
        return any(pause.ended is None for pause in self.pauses)

    @property
    def verdict(self) -> Verdict | None:
        """The valid verdict: a breach that was not retracted, else a met that was not retracted."""
        valid = [v for v in self.verdicts if v.undone_by is None]
        breaches = [v for v in valid if v.kind == "breached"]
        return next(iter(breaches or valid), None)

    @property
    def running(self) -> bool:
        """Whether it has no verdict, is not cancelled and not paused."""
        return self.verdict is None and self.cancelled is None and not self.paused


class SlaSlice(msgspec.Struct, frozen=True, kw_only=True):
    """SLA's slice: `clocks` by `clock_key`, the newest `policies` by cycle, `verdicts`: verdict id -> clock key."""

    policies: dict[int, f.PolicySelected] = {}
    clocks: dict[str, Clock] = {}
    verdicts: dict[UUID, str] = {}
    explained: dict[UUID, f.BreachExplained] = {}

    def clock(self, clock: str, cycle: int) -> Clock | None:
        """The clock of a cycle; None when it was not started."""
        return self.clocks.get(clock_key(clock, cycle))

    @property
    def breaches(self) -> tuple[UUID, ...]:
        """Ids of the breaches not retracted, of all cycles, in the order recorded."""
        return tuple(
            v.id for c in self.clocks.values() for v in c.verdicts if v.kind == "breached" and v.undone_by is None
        )


INITIAL = SlaSlice()


def clock_key(clock: str, cycle: int) -> str:
    """`("response", 2)` -> `response|2`."""
    return f"{clock}|{cycle}"


Step = Callable[[SlaSlice, Event], SlaSlice]
Ended = f.ClockMet | f.ClockBreached
P = TypeVar("P", bound=f.Change)


def _put(s: SlaSlice, clock: Clock) -> SlaSlice:
    return replace(s, clocks={**s.clocks, clock_key(clock.clock, clock.cycle): clock})


def _on_clock(change: Callable[[Clock, Event[P]], Clock]) -> Callable[[SlaSlice, Event[P]], SlaSlice]:
    """A step that changes the clock that the fact names; a fact about a clock that was never started has no effect."""

    def step(s: SlaSlice, e: Event[P]) -> SlaSlice:
        clock = s.clocks.get(f"{e.data.clock}|{e.cycle}")
        return s if clock is None else _put(s, change(clock, e))

    return step


def _selected(s: SlaSlice, e: Event[f.PolicySelected]) -> SlaSlice:
    return replace(s, policies={**s.policies, e.cycle or 1: e.data})


def _started(s: SlaSlice, e: Event[f.ClockStarted]) -> SlaSlice:
    d = e.data
    old = s.clocks.get(f"{d.clock}|{e.cycle}")
    if old is not None:  # after an un-merge the clock continues with its earlier pauses and verdicts
        return _put(s, replace(old, due=d.due, seconds=d.seconds, rev=max(old.rev, d.rev), cancelled=None))
    return _put(s, Clock(d.clock, e.cycle or 1, d.starts_at, d.due, d.seconds, d.rev))


def _paused(c: Clock, e: Event[f.ClockPaused]) -> Clock:
    d = e.data
    return replace(c, due=None, pauses=(*c.pauses, Pause(d.cause, d.cause_id, e.time)))


def _resumed(c: Clock, e: Event[f.ClockResumed]) -> Clock:
    d = e.data
    pauses = tuple(replace(p, ended=e.time) if p.cause_id == d.cause_id and p.ended is None else p for p in c.pauses)
    return replace(c, due=d.due, pauses=pauses)


def _retargeted(c: Clock, e: Event[f.ClockRetargeted]) -> Clock:
    return replace(c, due=None if c.paused else e.data.new_due, seconds=e.data.seconds, rev=e.data.rev)


def _threshold(c: Clock, e: Event[f.ThresholdReached]) -> Clock:
    return replace(c, thresholds=(*c.thresholds, (e.data.percent, e.data.rev)))


def _verdict(kind: Literal["met", "breached"]) -> Callable[[SlaSlice, Event[Ended]], SlaSlice]:
    def step(s: SlaSlice, e: Event[Ended]) -> SlaSlice:
        d = e.data
        clock = s.clocks.get(f"{d.clock}|{e.cycle}")
        if clock is None:
            return s
        verdict = Verdict(e.id, kind, d.at, d.elapsed, d.due, d.rev)
        kept = replace(s, verdicts={**s.verdicts, e.id: clock_key(clock.clock, clock.cycle)})
        return _put(kept, replace(clock, verdicts=(*clock.verdicts, verdict)))

    return step


def _undone(s: SlaSlice, e: Event[f.BreachRetracted | f.ClockReinstated]) -> SlaSlice:
    key = s.verdicts.get(e.data.verdict)
    if key is None:
        return s
    clock = s.clocks[key]
    verdicts = tuple(replace(v, undone_by=e.id) if v.id == e.data.verdict else v for v in clock.verdicts)
    return _put(s, replace(clock, verdicts=verdicts))


def _cancelled(c: Clock, e: Event[f.ClockCancelled]) -> Clock:
    return replace(c, cancelled=e.data.reason)


def _extended(c: Clock, e: Event[f.TargetExtended]) -> Clock:
    return replace(c, due=e.data.new_due, extensions=(*c.extensions, e.data.command))


EVOLVE: dict[type[Payload], Step] = steps(
    on(f.PolicySelected, _selected),
    on(f.ClockStarted, _started),
    on(f.ClockPaused, _on_clock(_paused)),
    on(f.ClockResumed, _on_clock(_resumed)),
    on(f.ClockRetargeted, _on_clock(_retargeted)),
    on(f.ThresholdReached, _on_clock(_threshold)),
    on(f.ClockMet, _verdict("met")),
    on(f.ClockBreached, _verdict("breached")),
    on(f.BreachRetracted, _undone),
    on(f.ClockReinstated, _undone),
    on(f.ClockCancelled, _on_clock(_cancelled)),
    on(f.TargetExtended, _on_clock(_extended)),
    on(f.BreachExplained, lambda s, e: replace(s, explained={**s.explained, e.data.verdict: e.data})),
)


def evolve(s: SlaSlice, event: Event) -> SlaSlice:
    """The slice after one more of SLA's facts; the same for a fact that does not concern it."""
    step = EVOLVE.get(type(event.data))
    return s if step is None else step(s, event)

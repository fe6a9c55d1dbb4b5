"""Computes the position of a clock at an instant: elapsed, due, thresholds, verdict. Uses event times only."""

from __future__ import annotations

from itertools import pairwise

import msgspec

from desk.calendars.calendar import HORIZON_END, Calendar
from desk.calendars.calendar_document import Span

from .clock import Clock, Kind, Pause, Position, Revision, State, Stretch, Threshold, Verdict
from .revisions import Line, revisions
from .running import union


class _View(msgspec.Struct, frozen=True):
    """The events of a clock up to ``now``."""

    clock: Clock
    now: int
    stop: int | None
    cancelled: int | None
    until: int
    pauses: tuple[Pause, ...]
    mask: tuple[Span, ...]
    lines: tuple[Line, ...]

    @property
    def in_force(self) -> list[tuple[Line, int]]:
        """Each judged revision with the instant at which the next one replaces it."""
        judged = self.lines if self.clock.judged_by == "each" else self.lines[-1:]
        return list(zip(judged, [*(line.rev.at for line in judged[1:]), HORIZON_END + 1], strict=True))


def position(clock: Clock, calendar: Calendar, now: int) -> Position:
    """The clock as of ``now`` (UTC seconds); later events are ignored."""
    view = _view(clock, calendar, now)
    line = view.lines[-1]
    rev, elapsed = line.rev, line.used(view.until)
    verdict, breached_at, breached_rev = _verdict(view)
    reached = _reached(view)
    stretches = _stretches(view)
    return Position(
        now=now,
        until=view.until,
        state=_state(view, rev),
        verdict=verdict,
        revisions=tuple(line.rev for line in view.lines),
        stretches=stretches,
        elapsed=elapsed,
        elapsed_wall=max(0, view.until - clock.starts_at),
        paused=sum(part.working for part in stretches if part.kind == "paused"),
        remaining=None if rev.target is None else rev.target - elapsed,
        due=rev.due,
        stopped_at=view.stop,
        breached_at=breached_at,
        breached_rev=breached_rev,
        reached=reached,
        ahead=_ahead(view, reached),
    )


def _view(clock: Clock, calendar: Calendar, now: int) -> _View:
    cancelled = clock.cancelled_at if clock.cancelled_at is not None and clock.cancelled_at <= now else None
    stop = min((at for at in clock.stops if at <= now), default=None)
    if cancelled is not None and stop is not None:
        stop, cancelled = (stop, None) if stop <= cancelled else (None, cancelled)
    ended = stop if stop is not None else cancelled
    until = now if ended is None else ended
    pauses = tuple(_as_of(pause, now, ended) for pause in clock.pauses if pause.start <= until)
    mask = union(pauses)
    return _View(
        clock=clock,
        now=now,
        stop=stop,
        cancelled=cancelled,
        until=until,
        pauses=pauses,
        mask=mask,
        lines=revisions(clock, calendar, mask, until),
    )


def _as_of(pause: Pause, now: int, ended: int | None) -> Pause:
    """A pause as of ``now``: open while its end lies ahead, and ended with the clock."""
    end = pause.end if pause.end is not None and pause.end <= now else None
    if ended is not None:
        end = ended if end is None else min(end, ended)
    return msgspec.structs.replace(pause, end=end)


def _verdict(view: _View) -> tuple[Verdict, int | None, int | None]:
    for line, until in view.in_force:
        at = _broken(view, line)
        if at is not None and at < until:
            return "breached", at, line.rev.rev
    if view.lines[-1].rev.target is None or view.cancelled is not None:
        return "none", None, None
    return ("open" if view.stop is None else "met"), None, None


def _broken(view: _View, line: Line) -> int | None:
    """The instant at which the revision was breached, or None. A stop in the second of the due time is in time."""
    crossed = None if line.rev.target is None else line.crossing(line.rev.target)
    if crossed is None:
        return None
    if view.stop is not None:
        return min(crossed.at, view.stop) if crossed.reached < view.stop else None
    if view.cancelled is not None:
        return crossed.at if crossed.at < view.cancelled else None
    return crossed.at if crossed.at <= view.now else None


def _reached(view: _View) -> tuple[Threshold, ...]:
    """Thresholds that fired: each percentage once, under the first revision that reached it."""
    found: dict[int, Threshold] = {}
    ended = HORIZON_END + 1 if view.stop is None and view.cancelled is None else view.until
    for line, until in view.in_force:
        for percent in view.clock.thresholds:
            crossed = None if line.rev.target is None else line.crossing(need(line.rev.target, percent))
            if crossed is None or crossed.at > view.now or crossed.at >= until:
                break
            if percent not in found and crossed.at < ended:
                found[percent] = Threshold(percent=percent, at=crossed.at, rev=line.rev.rev)
    return tuple(sorted(found.values(), key=lambda one: (one.at, one.percent)))


def _ahead(view: _View, reached: tuple[Threshold, ...]) -> tuple[Threshold, ...]:
    line, done = view.lines[-1], {one.percent for one in reached}
    target = line.rev.target
    if target is None or view.stop is not None or view.cancelled is not None:
        return ()
    found = []
    for percent in view.clock.thresholds:
        crossed = None if percent in done else line.crossing(need(target, percent))
        if crossed is not None and crossed.at < HORIZON_END:
            found.append(Threshold(percent=percent, at=crossed.at, rev=line.rev.rev))
    return tuple(found)


def need(target: int, percent: int) -> int:
    """Seconds that make ``percent`` of ``target``: rounded up, so that 99.95 % is not 100 %."""
    return -(-target * percent // 100)


def _state(view: _View, rev: Revision) -> State:
    if view.stop is not None:
        return "stopped"
    if view.cancelled is not None:
        return "cancelled"
    if view.now < view.clock.starts_at:
        return "not-started"
    if any(start <= view.now < end for start, end in view.mask):
        return "paused"
    return "running" if rev.calendar.elapsed_s(view.now, view.now + 1) else "off-hours"


def _stretches(view: _View) -> tuple[Stretch, ...]:
    """From the start to the end of counting, cut at every border of a pause and of the revision that judges."""
    start, until, rev = view.clock.starts_at, view.until, view.lines[-1].rev
    ends = [pause.end for pause in view.pauses if pause.end is not None]
    cuts = {start, until, rev.origin, *ends, *(pause.start for pause in view.pauses)}
    inside = sorted(cut for cut in cuts if start <= cut <= until)
    return tuple(_stretch(view, rev, first, last) for first, last in pairwise(inside))


def _stretch(view: _View, rev: Revision, start: int, end: int) -> Stretch:
    causes = tuple(
        (pause.cause, pause.id)
        for pause in view.pauses
        if pause.start <= start and (pause.end is None or pause.end >= end)
    )
    kind: Kind = "paused" if causes else "running"
    if end <= rev.origin and not causes:
        kind = "dropped" if rev.mode == "reset" else "carried"
    return Stretch(kind=kind, start=start, end=end, working=rev.calendar.elapsed_s(start, end), causes=causes)

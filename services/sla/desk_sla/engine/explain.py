"""Why a clock stands where it stands: the policy, the calendar, every stretch, the arithmetic to the due time."""

from __future__ import annotations

from datetime import datetime

import msgspec

from . import zones
from .calendar_document import Span
from .clock import Position, Revision, Stretch, Threshold
from .judge import Judged
from .times import duration, iso, to_datetime

SHOWN = 12
"""Legs shown in full; the middle of a longer way is one leg."""


class Leg(msgspec.Struct, frozen=True):
    """Working time on the way to the due time. ``total``: used after it. ``windows``: how many it stands for."""

    start: int
    end: int
    seconds: int
    total: int
    windows: int = 1


class Explanation(msgspec.Struct, frozen=True):
    """A clock as of an instant, for people and programs. Times in UTC seconds, durations in working seconds."""

    clock: str
    cycle: int
    at: int
    policy: str
    policy_why: tuple[str, ...]
    goal_why: tuple[str, ...]
    calendar: str
    calendar_version: int
    zone: str
    zone_source: str
    starts_at: int
    revisions: tuple[Revision, ...]
    stretches: tuple[Stretch, ...]
    legs: tuple[Leg, ...]
    position: Position


def explain(one: Judged) -> Explanation:
    """The explanation of a judged clock, as of the ``now`` it was judged at."""
    stands = one.position
    aim = next((aim for aim in reversed(one.aims[: _aims_in_force(one)]) if aim.goal is not None), one.aims[0])
    calendar = stands.revision.calendar
    chosen = aim.chosen
    return Explanation(
        clock=one.name,
        cycle=one.cycle,
        at=stands.now,
        policy=f"{chosen.policy.id} v{chosen.policy.version}" if chosen is not None else "",
        policy_why=chosen.why if chosen is not None else (),
        goal_why=aim.goal.why if aim.goal is not None else (),
        calendar=calendar.id,
        calendar_version=calendar.version,
        zone=calendar.zone,
        zone_source=calendar.zone_source,
        starts_at=one.clock.starts_at,
        revisions=stands.revisions,
        stretches=stands.stretches,
        legs=legs(stands),
        position=stands,
    )


def legs(stands: Position) -> tuple[Leg, ...]:
    """Each piece of running time from the origin of the revision in force to its due time; the last total = target."""
    rev = stands.revision
    if rev.due is None or rev.target is None:
        return ()
    total, found = rev.carried, []
    for start, end in _running(rev, stands.mask, rev.due):
        total += end - start
        found.append(Leg(start, end, end - start, total))
    if len(found) <= SHOWN:
        return tuple(found)
    head, middle, tail = found[: SHOWN // 2], found[SHOWN // 2 : -SHOWN // 2], found[-SHOWN // 2 :]
    joined = Leg(middle[0].start, middle[-1].end, sum(leg.seconds for leg in middle), middle[-1].total, len(middle))
    return (*head, joined, *tail)


def as_text(told: Explanation) -> str:
    """The explanation in words, one statement a line, times in the calendar's zone."""
    stands, rev = told.position, told.position.revision
    lines = [f"{told.clock}, cycle {told.cycle}, as of {iso(told.at)}"]
    lines += [f"policy {told.policy}"] + [f"  {why}" for why in (*told.policy_why, *told.goal_why)]
    lines.append(f"calendar {told.calendar} v{told.calendar_version}, zone {told.zone} (from {told.zone_source})")
    lines.append(f"started {_local(told.starts_at, told.zone)}")
    lines += [_revision(one, told.zone) for one in told.revisions]
    lines += [_stretch(part, told.zone) for part in told.stretches]
    lines.append(f"used {duration(stands.elapsed)} of {_target(rev.target)}; {duration(stands.paused)} paused")
    lines += [_leg(leg, told.zone) for leg in told.legs]
    lines.append(_due(stands, told.zone))
    lines += [_threshold("reached", one, told.zone) for one in stands.reached]
    lines += [_threshold("ahead", one, told.zone) for one in stands.ahead]
    lines.append(_verdict(stands, told.zone))
    return "\n".join(lines) + "\n"


def _aims_in_force(one: Judged) -> int:
    """How many aims had taken effect: one for each revision that is no extension."""
    return sum(rev.mode != "extension" for rev in one.position.revisions)


def _running(rev: Revision, mask: tuple[Span, ...], until: int) -> list[Span]:
    found: list[Span] = []
    at = rev.origin
    for start, end in (*mask, (until, until)):
        if start > at:
            found.extend(rev.calendar.windows_s(at, min(start, until)))
        at = max(at, end)
    return found


def _local(second: int, zone: str) -> str:
    shown: datetime = to_datetime(second).astimezone(zones.zone(zone))
    return shown.isoformat(sep=" ")


def _target(seconds: int | None) -> str:
    return "no SLA" if seconds is None else duration(seconds)


def _revision(rev: Revision, zone: str) -> str:
    if rev.rev == 1:
        return f"target {_target(rev.target)}"
    carried = f", {duration(rev.carried)} carried over" if rev.carried else ""
    why = f"{rev.cause} changed, {rev.mode}" if rev.cause != "extension" else "extended"
    return f"target {_target(rev.target)} from {_local(rev.at, zone)}: {why}{carried}"


def _stretch(part: Stretch, zone: str) -> str:
    causes = ", ".join(" ".join(filter(None, cause)) for cause in part.causes)
    span = f"{_local(part.start, zone)} to {_local(part.end, zone)}"
    return f"  {part.kind} {span}: {duration(part.working)} of working time" + (f" ({causes})" if causes else "")


def _leg(leg: Leg, zone: str) -> str:
    several = f" in {leg.windows} windows" if leg.windows > 1 else ""
    span = f"{_local(leg.start, zone)} to {_local(leg.end, zone)}"
    return f"  + {duration(leg.seconds)}{several} from {span} = {duration(leg.total)}"


def _due(stands: Position, zone: str) -> str:
    if stands.due is not None:
        return f"due {_local(stands.due, zone)}"
    return "no due time: " + ("no SLA" if stands.revision.target is None else f"{_left(stands)} left when it resumes")


def _left(stands: Position) -> str:
    return duration(stands.remaining or 0)


def _threshold(word: str, one: Threshold, zone: str) -> str:
    return f"{word} {one.percent} % {_local(one.at, zone)}"


def _verdict(stands: Position, zone: str) -> str:
    if stands.breached_at is not None:
        return f"verdict breached {_local(stands.breached_at, zone)} (target revision {stands.breached_rev})"
    stopped = f", stopped {_local(stands.stopped_at, zone)}" if stands.stopped_at is not None else ""
    return f"verdict {stands.verdict}, {stands.state}{stopped}"

"""Explains a clock: the policy, the calendar, every stretch, and the arithmetic to the due time."""

from __future__ import annotations

import msgspec

from desk.calendars.calendar_document import Span

from .clock import Mode, Position, Revision, State, Stretch, Threshold, Verdict
from .goals import Aim
from .judge import Judged

LISTED = 12
"""Legs listed in full; when there are more, the middle ones are joined to one."""


class Leg(msgspec.Struct, frozen=True):
    """Working time up to the due time. ``total``: seconds used after it. ``windows``: number of windows in it."""

    start: int
    end: int
    seconds: int
    total: int
    windows: int = 1


class Measured(msgspec.Struct, frozen=True):
    """A revision of the target and its calendar. ``carried``: seconds used when counting began at ``origin``."""

    rev: int
    at: int
    target: int | None
    mode: Mode
    cause: str
    origin: int
    carried: int
    due: int | None
    calendar: str
    calendar_version: int
    zone: str
    zone_source: str


class Explanation(msgspec.Struct, frozen=True):
    """A clock as of an instant, as plain data that encodes to JSON. Times in UTC seconds, durations in working seconds.

    ``goal_why`` and ``policy_why``: sentences, the winner first. ``revisions``: the last one is in force.
    """

    clock: str
    cycle: int
    at: int
    policy: str
    policy_version: int
    policy_why: tuple[str, ...]
    goal_why: tuple[str, ...]
    starts_at: int
    revisions: tuple[Measured, ...]
    stretches: tuple[Stretch, ...]
    legs: tuple[Leg, ...]
    elapsed: int
    paused: int
    remaining: int | None
    due: int | None
    reached: tuple[Threshold, ...]
    ahead: tuple[Threshold, ...]
    state: State
    verdict: Verdict
    stopped_at: int | None
    breached_at: int | None
    breached_rev: int | None


def explain(one: Judged) -> Explanation:
    """The explanation of a judged clock, as of the ``now`` it was judged at."""
    position, aim = one.position, _aim_in_force(one)
    chosen = aim.chosen
    return Explanation(
        clock=one.name,
        cycle=one.cycle,
        at=position.now,
        policy=chosen.policy.id if chosen is not None else "",
        policy_version=chosen.policy.version if chosen is not None else 0,
        policy_why=chosen.why if chosen is not None else (),
        goal_why=aim.goal.why if aim.goal is not None else (),
        starts_at=one.clock.starts_at,
        revisions=tuple(_measured(rev) for rev in position.revisions),
        stretches=position.stretches,
        legs=legs(position),
        elapsed=position.elapsed,
        paused=position.paused,
        remaining=position.remaining,
        due=position.due,
        reached=position.reached,
        ahead=position.ahead,
        state=position.state,
        verdict=position.verdict,
        stopped_at=position.stopped_at,
        breached_at=position.breached_at,
        breached_rev=position.breached_rev,
    )


def legs(position: Position) -> tuple[Leg, ...]:
    """Each piece of running time from the origin of the revision in force to its due time; the last total = target."""
    rev = position.revision
    if rev.due is None or rev.target is None:
        return ()
    total, found = rev.carried, []
    for start, end in _running(rev, position.mask, rev.due):
        total += end - start
        found.append(Leg(start, end, end - start, total))
    if len(found) <= LISTED:
        return tuple(found)
    head, middle, tail = found[: LISTED // 2], found[LISTED // 2 : -LISTED // 2], found[-LISTED // 2 :]
    joined = Leg(middle[0].start, middle[-1].end, sum(leg.seconds for leg in middle), middle[-1].total, len(middle))
    return (*head, joined, *tail)


def _aim_in_force(one: Judged) -> Aim:
    """The last aim in effect that has a goal; there is one aim for each revision that is no extension."""
    count = sum(rev.mode != "extension" for rev in one.position.revisions)
    return next((aim for aim in reversed(one.aims[:count]) if aim.goal is not None), one.aims[0])


def _measured(rev: Revision) -> Measured:
    return Measured(
        rev=rev.rev,
        at=rev.at,
        target=rev.target,
        mode=rev.mode,
        cause=rev.cause,
        origin=rev.origin,
        carried=rev.carried,
        due=rev.due,
        calendar=rev.calendar.id,
        calendar_version=rev.calendar.version,
        zone=rev.calendar.zone,
        zone_source=rev.calendar.zone_source,
    )


def _running(rev: Revision, mask: tuple[Span, ...], until: int) -> list[Span]:
    found: list[Span] = []
    at = rev.origin
    for start, end in (*mask, (until, until)):
        if start > at:
            found.extend(rev.calendar.windows_s(at, min(start, until)))
        at = max(at, end)
    return found

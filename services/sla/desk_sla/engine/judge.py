"""Judges a ticket's history: the position of every clock of every cycle."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from desk.calendars.calendar import Calendar
from desk.calendars.times import HORIZON_END
from desk_sla.engine.policies.document import Family, PolicyDocument

from .clock import Clock, Pause, Position, Retarget
from .goals import Aim, Aims, Rulebook, aims, chosen_for, subject_at
from .history import Cycle, History
from .position import position
from .responses import answers, owed


class Judged(msgspec.Struct, frozen=True):
    """One clock of one cycle. ``name``: the family, followed by a colon and its team, vendor or message if it has one.

    ``aims[n]`` belongs to the revision n + 1 of the position, extensions apart.
    """

    family: Family
    name: str
    cycle: int
    clock: Clock
    calendar: Calendar
    aims: tuple[Aim, ...]
    position: Position


class _Plan(msgspec.Struct, frozen=True):
    """A clock before its goals are computed. ``stilled``: pauses in addition to those of the policy."""

    family: Family
    name: str
    cycle: int
    start: int
    stops: tuple[int, ...]
    stilled: tuple[Pause, ...] = ()
    team: str | None = None
    vendor: str | None = None


def judge(history: History, book: Rulebook, now: int) -> tuple[Judged, ...]:
    """Every clock that has a rule and has started by ``now`` (UTC seconds); empty when no policy applies."""
    opening = history.cycles[0].start
    chosen = chosen_for(book, history.subject, opening)
    if chosen is None:
        return ()
    plans = (plan for plan in _plans(history, chosen.policy) if plan.start <= now)
    found = (_judged(history, book, chosen.policy, plan, now) for plan in plans)
    return tuple(one for one in found if one is not None)


def _judged(history: History, book: Rulebook, policy: PolicyDocument, plan: _Plan, now: int) -> Judged | None:
    goals = aims(history, book, plan.family, plan.start, plan.team, plan.vendor)
    calendar = goals.calendar
    if not goals.speaks or calendar is None:
        return None
    clock = Clock(
        name=plan.name,
        starts_at=plan.start,
        target=goals.first.seconds,
        pauses=(*_pauses(history, policy, plan.family), *plan.stilled),
        retargets=_retargets(history, goals, plan),
        stops=plan.stops,
        cancelled_at=_cancelled(history, plan.cycle),
        judged_by="last" if goals.last else "each",
        thresholds=policy.thresholds,
    )
    return Judged(
        family=plan.family,
        name=plan.name,
        cycle=plan.cycle,
        clock=clock,
        calendar=calendar,
        aims=(goals.first, *(aim for _, aim in goals.later)),
        position=position(clock, calendar, now),
    )


def _plans(history: History, policy: PolicyDocument) -> Iterator[_Plan]:
    given = answers(history, policy.response, subject_at(history, HORIZON_END).kind)
    for number, cycle in enumerate(history.cycles, start=1):
        start = _cycle_start(history, policy) if number == 1 else cycle.start
        yield from _answers(history, policy, number, start, given)
        end = () if cycle.resolved is None else (cycle.resolved,)
        yield _Plan("plan", "plan", number, start, (*(at for at in history.planned if at >= cycle.start), *end))
        if policy.stops_at == "resolved":
            yield _Plan("resolution", "resolution", number, start, end)
        elif number == 1 or history.cycles[number - 2].closed is not None:
            yield _Plan("resolution", "resolution", number, start, _closings(history.cycles[number - 1 :]))
        yield from _teams(history, number, cycle)
        yield from _vendors(history, number, cycle)


def _cycle_start(history: History, policy: PolicyDocument) -> int:
    opening = history.cycles[0].start
    if policy.merge_opened == "earliest":
        opening = min((opening, *history.absorbed))
    if policy.split_opened == "message" and history.split_message_at is not None:
        opening = history.split_message_at
    return opening


def _closings(cycles: tuple[Cycle, ...]) -> tuple[int, ...]:
    """Closing times. A clock that stops at closed runs through a reopening to the first close."""
    return tuple(cycle.closed for cycle in cycles if cycle.closed is not None)


def _answers(
    history: History, policy: PolicyDocument, number: int, start: int, given: tuple[int, ...]
) -> Iterator[_Plan]:
    cycle, since = history.cycles[number - 1], start
    after = given if number == 1 else tuple(at for at in given if at >= start)
    if number == 1 or policy.reopen.response == "from-reopen":
        yield _Plan("response", "response", number, start, after)
        since = min(after, default=HORIZON_END)
    for debt in owed(history, cycle, given, since):
        stops = () if debt.answered is None else (debt.answered,)
        yield _Plan("next-response", f"next-response:{debt.message.id}", number, debt.message.at, stops)


def _teams(history: History, number: int, cycle: Cycle) -> Iterator[_Plan]:
    """One clock per team and cycle, paused while another team holds the ticket."""
    held = _holdings(history, cycle)
    for team in dict.fromkeys(team for _, _, team in held if team is not None):
        start = next(begin for begin, _, holder in held if holder == team)
        away = tuple(
            Pause(begin, end if end < HORIZON_END else None, "team", holder or "")
            for begin, end, holder in held
            if holder != team and begin >= start
        )
        stops = () if cycle.resolved is None else (cycle.resolved,)
        yield _Plan("ola", f"ola:{team}", number, start, stops, away, team=team)


def _holdings(history: History, cycle: Cycle) -> list[tuple[int, int, str | None]]:
    """(start, end, team) inside the cycle."""
    changes = sorted(history.holders, key=lambda holder: holder.at)
    limit = cycle.resolved if cycle.resolved is not None else HORIZON_END
    found = []
    for index, holder in enumerate(changes):
        following = changes[index + 1].at if index + 1 < len(changes) else HORIZON_END
        begin, end = max(holder.at, cycle.start), min(following, limit)
        if begin < end:
            found.append((begin, end, holder.team))
    return found


def _vendors(history: History, number: int, cycle: Cycle) -> Iterator[_Plan]:
    limit = cycle.resolved if cycle.resolved is not None else HORIZON_END
    for wait in history.waits:
        if wait.on == "vendor" and wait.vendor is not None and cycle.start <= wait.start < limit:
            stops = () if wait.end is None else (wait.end,)
            yield _Plan("uc", f"uc:{wait.vendor}:{wait.id}", number, wait.start, stops, vendor=wait.vendor)


def _pauses(history: History, policy: PolicyDocument, family: Family) -> tuple[Pause, ...]:
    waits = (wait for wait in history.waits if family in policy.pause.get(wait.on, ()))
    away = (absence for absence in history.absences if absence.end is not None)
    return (
        *(Pause(wait.start, wait.end, wait.on, wait.id) for wait in waits),
        *(Pause(absence.start, absence.end, absence.reason) for absence in away),
    )


def _retargets(history: History, goals: Aims, plan: _Plan) -> tuple[Retarget, ...]:
    mine = (one for one in history.extensions if (one.clock, one.cycle) == (plan.name, plan.cycle))
    extended = (Retarget(one.at, None, "extension", "extension", due=one.due) for one in mine)
    return (*(change for change, _ in goals.later), *extended)


def _cancelled(history: History, number: int) -> int | None:
    ends = [absence.start for absence in history.absences if absence.end is None]
    cycle = history.cycles[number - 1]
    if cycle.cancelled is not None:
        ends.append(cycle.cancelled)
    return min(ends, default=None)

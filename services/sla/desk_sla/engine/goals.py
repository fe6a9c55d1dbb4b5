"""The goals of one clock over time: the first, and the one after each change of the ticket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from desk.calendars.calendar import Calendar, compile_calendar
from desk.calendars.calendar_document import CalendarDocument
from desk.calendars.problems import DocumentError, Problem
from desk.calendars.times import to_seconds
from desk_sla.engine.policies.document import Family, PolicyDocument
from desk_sla.engine.policies.selection import Chosen, Goal, Subject, choose_policy, goal, zone_of

from .clock import Mode, Retarget
from .history import Change, History

GOALS = 20_000


class Rulebook(msgspec.Struct, frozen=True):
    """The documents that may judge a ticket: policies, and calendars by id. ``documents``: cache of aims by subject.

    ``handed``: ids of calendars submitted with a question; ``own``: those, compiled for this book alone.
    """

    policies: Sequence[PolicyDocument]
    calendars: Mapping[str, CalendarDocument]
    documents: dict[tuple[object, ...], Aim] = msgspec.field(default_factory=dict)
    handed: frozenset[str] = frozenset()
    own: dict[tuple[str, str | None, str], Calendar] = msgspec.field(default_factory=dict)

    @property
    def effective(self) -> list[int]:
        """When each policy that was not always in force came into force."""
        return [to_seconds(one.effective_from) for one in self.policies if one.effective_from is not None]

    def calendar(self, name: str, zone: tuple[str | None, str]) -> Calendar:
        """The compiled calendar. ``DocumentError`` when the policy names one that is not published."""
        if name not in self.calendars:
            problem = Problem(
                "calendar", f"unknown calendar {name!r}", f"publish it, or use one of {list(self.calendars)}"
            )
            raise DocumentError("sla-policy", [problem])
        if name not in self.handed:
            return compile_calendar(self.calendars[name], *zone)
        if (name, *zone) not in self.own:
            self.own[name, *zone] = compile_calendar(self.calendars[name], *zone, keep=False)
        return self.own[name, *zone]


class Aim(msgspec.Struct, frozen=True):
    """A goal with the calendar that measures it and the policy that set it; ``goal`` None = no rule matches."""

    goal: Goal | None
    calendar: Calendar | None
    chosen: Chosen | None

    @property
    def seconds(self) -> int | None:
        """The target, None = no SLA."""
        return self.goal.seconds if self.goal is not None else None


class Aims(msgspec.Struct, frozen=True):
    """The first aim of a clock, and each change with the aim after it. ``last``: only the final goal counts."""

    first: Aim
    later: tuple[tuple[Retarget, Aim], ...]
    last: bool

    @property
    def speaks(self) -> bool:
        """Whether any rule ever sets a goal for this clock."""
        return self.first.goal is not None or any(aim.goal is not None for _, aim in self.later)

    @property
    def calendar(self) -> Calendar | None:
        """The calendar of the first aim that has one."""
        every = [self.first, *(aim for _, aim in self.later)]
        return next((aim.calendar for aim in every if aim.calendar is not None), None)


def aims(
    history: History, book: Rulebook, family: Family, start: int, team: str | None = None, vendor: str | None = None
) -> Aims:
    """Goals of a clock that starts at ``start``: changes up to then are in the first, later ones retarget.

    Policies are chosen among those in force when the ticket opened: a later edition never judges it.
    """
    opening = history.cycles[0].start
    subject = _with(history.subject, team=team, vendor=vendor)
    now = _aim(book, family, subject, opening)
    priority_rule = now.chosen.policy.priority_rule if now.chosen is not None else "each"
    first, later = now, []
    for change in sorted(history.changes, key=lambda change: change.at):
        if priority_rule == "first" and change.what == "priority" and subject.priority is not None:
            continue
        mode = _mode(change, subject, now.chosen, priority_rule)
        subject = _changed(subject, change)
        before, now = now, _aim(book, family, subject, opening)
        if change.at <= start:
            first = now
        elif _differs(before, now):
            later.append((Retarget(change.at, now.seconds, mode, change.what, now.calendar), now))
    return Aims(first=first, later=tuple(later), last=priority_rule == "final")


def chosen_for(book: Rulebook, subject: Subject, opening: int) -> Chosen | None:
    """The policy for a ticket that opened at ``opening`` (UTC seconds); None when none applies."""
    return _aim(book, "resolution", subject, opening).chosen


def subject_at(history: History, at: int) -> Subject:
    """The ticket's properties at an instant (UTC seconds)."""
    subject = history.subject
    for change in sorted(history.changes, key=lambda change: change.at):
        if change.at <= at:
            subject = _changed(subject, change)
    return subject


def _aim(book: Rulebook, family: Family, subject: Subject, opening: int) -> Aim:
    """The aim from the cache. Its key has the number of policies in force at ``opening``, not the instant."""
    behind = sum(at <= opening for at in book.effective)
    key = (family, behind, *msgspec.structs.astuple(subject)[:-1], *sorted(subject.zones.items()))
    found = book.documents.get(key)
    if found is None:
        if len(book.documents) >= GOALS:
            book.documents.clear()
        found = book.documents[key] = _compute_aim(book, family, subject, opening)
    return found


def _compute_aim(book: Rulebook, family: Family, subject: Subject, opening: int) -> Aim:
    """The policy's calendar replaces a calendar of the contract that is not published."""
    published = subject.calendar is None or subject.calendar in book.calendars
    chosen = choose_policy(book.policies, subject, opening)
    found = goal(chosen.policy, family, subject if published else _with(subject, calendar=None)) if chosen else None
    if chosen is None or found is None:
        return Aim(goal=None, calendar=None, chosen=chosen)
    if not published:
        instead = f"{found.calendar} of the {found.calendar_from}"
        said = f"calendar {subject.calendar} of the contract is not published: {instead}"
        found = msgspec.structs.replace(found, why=(*found.why, said))
    return Aim(goal=found, calendar=book.calendar(found.calendar, zone_of(chosen.policy, subject)), chosen=chosen)


def _mode(change: Change, subject: Subject, chosen: Chosen | None, priority_rule: str) -> Mode:
    """A first assessment is no change: its target counts from the start."""
    if change.what == "priority" and (subject.priority is None or priority_rule == "final"):
        return "retroactive"
    return chosen.policy.change.get(change.what, "forward") if chosen is not None else "forward"


def _changed(subject: Subject, change: Change) -> Subject:
    changed = _with(subject, **{change.what: change.value})
    return changed if change.zones is None else msgspec.structs.replace(changed, zones=change.zones)


def _with(subject: Subject, **fields: str | None) -> Subject:
    return msgspec.structs.replace(subject, **fields)


def _differs(before: Aim, now: Aim) -> bool:
    return (before.seconds, before.calendar) != (now.seconds, now.calendar)

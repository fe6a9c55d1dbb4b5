"""One ticket's history as the sla service folds it, with times that read as times of day.

2 March 2026 is a Monday; the calendar of policy `standard` is 08:00 to 18:00 UTC, P1 runs around the clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from desk.contract.event import Draft, Event, Origin, Payload, reaction_id
from desk.contract.ticket.triage import dispatch as d
from desk.decision.planning import Arm, Due
from desk.eventstore.handler_registry import chained
from desk.policies import PolicyBook
from desk.testing import controls as c
from desk.testing.given import Story
from desk_sla.clocks.state import INITIAL, TicketWithTimeline
from desk_sla.decisions.on_fact import expired
from desk_sla.policies import builtin, rules_of
from desk_sla.reactions import REACTIONS
from desk_sla.timers import CLOCK, arm

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def at(text: str, day: int = 0) -> datetime:
    """`9:30` of Monday, or `day` days later."""
    hours, _, rest = text.partition(":")
    minutes, _, seconds = rest.partition(":")
    return MONDAY + timedelta(days=day, hours=int(hours), minutes=int(minutes or 0), seconds=int(seconds or 0))


class SlaStory(Story):
    """`hears` tells sla facts at a time and records what it answers; `fires` lets its timers come due."""

    ticket: TicketWithTimeline

    def __init__(self, book: PolicyBook | None = None, *, origin: Origin = "live") -> None:
        super().__init__(book or PolicyBook(builtin()), origin=origin)
        self.ticket = INITIAL

    def hears(self, time: datetime, *facts: Payload | Draft, now: datetime | None = None) -> list[str]:
        """The facts happened at `time` and are heard `now` (then); names of what is recorded in answer to the last."""
        names: list[str] = []
        for fact in facts:
            draft = fact if isinstance(fact, Draft) else Draft(data=fact, cycle=self._cycle(fact))
            self.now = (now or time) - timedelta(minutes=1)
            event = self.record(Draft(data=draft.data, cycle=draft.cycle, time=draft.time or time))
            names = self.answers(event, now or time)
        return names

    def answers(self, event: Event, now: datetime) -> list[str]:
        """Sla's answer to a fact, recorded."""
        reactions = REACTIONS.get(type(event.data))
        if reactions is None:
            return []
        context = self.context(id=event.id, roles="", now=now, origin=event.origin)
        return self._recorded(chained(reactions)(event, self.ticket, context), event)

    def fires(self, until: datetime) -> list[str]:
        """Every timer up to `until`, one after the other, as a scheduler would; names of all that is recorded."""
        names: list[str] = []
        while due := self.armed(until):
            first = due[0]
            context = self.context(f"timer-{first.key}", roles="", now=max(until, first.due))
            found = self._recorded(expired(first, self.ticket, context), None)
            assert found, f"{first.key} fired and nothing was recorded"
            names += found
        return names

    def armed(self, until: datetime) -> list[Due]:
        """Timers that are due by `until`."""
        changes = arm(self.ticket, rules_of(self.policies))
        found = [Due(c.TICKET, CLOCK, x.key, x.due, b"") for x in changes if isinstance(x, Arm)]
        return sorted((x for x in found if x.due <= until), key=lambda x: x.due)

    def _recorded(self, drafts: Sequence[Draft], cause: Event | None) -> list[str]:
        ids = [draft.id or reaction_id(c.NAMESPACE, draft) for draft in drafts]
        assert len(set(ids)) == len(ids), f"one id for two of {[_told(draft) for draft in drafts]}"
        for draft in drafts:
            self.record(draft if draft.time is not None or cause is None else _at(draft, cause.time), cause)
        return [_told(draft) for draft in drafts]

    def verdict(self, clock: str, cycle: int = 1) -> str:
        """The verdict that stands: met, breached or none."""
        found = self.ticket.sla.clock(clock, cycle)
        return found.verdict.kind if found is not None and found.verdict is not None else "none"

    def due(self, clock: str, cycle: int = 1) -> datetime | None:
        """When the clock is due by its facts; None while paused."""
        found = self.ticket.sla.clock(clock, cycle)
        assert found is not None, f"no clock {clock}|{cycle}"
        return found.due


def _at(draft: Draft, time: datetime) -> Draft:
    return Draft(data=draft.data, cycle=draft.cycle, time=time)


def _told(draft: Draft) -> str:
    clock = getattr(draft.data, "clock", "")
    percent = f" {draft.data.percent}%" if hasattr(draft.data, "percent") else ""
    return f"{draft.data.name} {clock}{percent}".rstrip()


def opened(hour: str = "9:00", **more: Any) -> Payload:
    return c.opening(opened_at=at(hour), **more)


def priority(value: str, revision: int = 1) -> d.PriorityAssessed:
    return c.assessed(priority=value, revision=revision)

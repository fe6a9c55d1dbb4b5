"""The one gate of every call to a PSA: asked when a call is planned, and again before it is made.

A call that may not be made is listed (`would_write`) and never replayed: when a level rises, the desired state is
computed afresh at the next change of the ticket; notes of the past are not sent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import NamedTuple

from desk.contract.event import Event, Payload
from desk.contract.ticket.intake.facts import NoteAdded, ReplySent
from desk.contract.ticket.ticket import Ticket
from desk.decision.context import Policies
from desk.decision.planning import Effects, Intent, OutboundCall
from desk.decision.policies.intake import WriteLevel
from desk.eventstore.planned.call_rows import effect_id
from desk.outbox.outbound_call import OutboundCallKind, Withheld
from desk.policies.write_back import LEVELS, WritePlace, covers, describe
from desk_intake.psa.config import PsaInstanceSettings
from desk_intake.psa.observe.status_map import map_in_force
from desk_intake.psa.write_back.desired import Wanted, desired
from desk_intake.psa.write_back.levels import Levels
from desk_intake.psa.write_back.note_writer import NOTICES
from desk_intake.psa.write_back.outcomes import undelivered
from desk_intake.psa.write_back.planning import SUMMARY
from desk_intake.psa.write_back.would_write import WOULD_WRITE, What, WouldWrite

WRITE_BACK_OFF = "write_back_off"
Plans = Mapping[type[Payload], Effects]
Look = Callable[[OutboundCall, Ticket], Awaitable[tuple[Event | None, Ticket]]]
"""(call, its ticket) -> (the fact that asked for it, the ticket whose record is written to)."""


class Verdict(NamedTuple):
    """A call that is not permitted: the place that forbids it, its level, the level that the call needs."""

    place: WritePlace
    permits: WriteLevel
    needs: WriteLevel

    @property
    def why(self) -> str:
        return f"write-back permits {self.permits} for {describe(self.place)}"


class WriteBackGate:
    """The gate of the configured instances. `look` is set once the service is there."""

    def __init__(
        self, instances: Mapping[str, PsaInstanceSettings], levels: Levels, plans: Plans, policies: Policies
    ) -> None:
        self._instances, self.levels, self._plans, self._policies = instances, levels, plans, policies
        self.look: Look | None = None

    def effects(self) -> Plans:
        """The planner's table, without what may not be written at the time of the fact."""
        return {payload: partial(self._permitted, plan) for payload, plan in self._plans.items()}

    def guard(self, kind: OutboundCallKind) -> OutboundCallKind:
        """A kind of calls that asks this gate before each."""
        return kind._replace(withheld=self.withheld)

    def unpermitted(self, event: Event, ticket: Ticket) -> Iterator[WouldWrite]:
        """The calls that a fact asked for and that were not planned, by the level of the time when it was recorded."""
        plan = self._plans.get(type(event.data))
        if plan is None or self.levels.only(event.recordedtime) == "everything":
            return
        for intent in plan(event, ticket):
            verdict = self._verdict(intent, event.data, ticket, event.recordedtime)
            if verdict is not None and not _followed(intent, event):
                what = self._what(intent, event.data, ticket)
                yield WouldWrite.of(effect_id(event, intent), intent.kind, ticket, verdict, what)._replace(
                    ticket_id=event.subject, at=event.recordedtime, cause=event.id
                )

    async def withheld(self, planned: OutboundCall, ticket: Ticket) -> Withheld | None:
        """Why the policy in force now forbids a planned call, with its row of the list; None: it may be made."""
        if self.look is None or self.levels.only() == "everything":
            return None
        event, target = await self.look(planned, ticket)
        intent = Intent(planned.kind, client=planned.client, data=planned.data)
        cause = event.data if event is not None else None
        verdict = self._verdict(intent, cause, target, None)
        if verdict is None:
            return None
        if event is not None and _followed(intent, event):
            return Withheld(verdict.why)
        row = WouldWrite.of(planned.id, intent.kind, target, verdict, self._what(intent, cause, target))
        row = row._replace(ticket_id=planned.aggregate, cause=planned.cause, at_call=True)
        return Withheld(verdict.why, ((WOULD_WRITE, row),), undelivered(event, WRITE_BACK_OFF))

    def __call__(self, ticket: Ticket) -> bool:
        """Whether everything may be written for a ticket now: asked by a call in the moment of its write."""
        return self._verdict(Intent("psa-sync", data=SUMMARY), None, ticket, None) is None

    def permits(self, planned: OutboundCall, cause: Payload | None, ticket: Ticket) -> bool:
        """Whether a call may be made now: asked by the call itself, after what it read before its write."""
        intent = Intent(planned.kind, client=planned.client, data=planned.data)
        return self._verdict(intent, cause, ticket, None) is None

    @property
    def by_place(self) -> bool:
        """Whether the level of now depends on the place."""
        return self.levels.only() is None

    def _permitted(self, plan: Effects, event: Event, ticket: Ticket) -> list[Intent]:
        found = plan(event, ticket)
        at = event.recordedtime
        return [intent for intent in found if self._verdict(intent, event.data, ticket, at) is None]

    def _verdict(self, intent: Intent, cause: Payload | None, ticket: Ticket, at: datetime | None) -> Verdict | None:
        """Why a call is not permitted; `at` None: now."""
        only = self.levels.only(at)
        if only == "everything":
            return None
        levels = [(self.levels.of(place, at), place) for place in self._places(intent, ticket)]
        level, place = min(levels, key=lambda found: LEVELS.index(found[0]))
        needs = needed(intent.kind, cause)
        if covers(level, needs) or self._only_reads(intent, ticket):
            return None
        return Verdict(place, level, needs)

    def _places(self, intent: Intent, ticket: Ticket) -> list[WritePlace]:
        """Every place that a call concerns: also the board that it moves a record to, and the client displayed."""
        i = ticket.intake
        instance = i.instance or intent.data.decode() or (i.destination or "").partition(":")[0]
        if i.record is None:
            config = self._instances.get(instance)
            board = str(config.create_board) if config is not None and config.create_board is not None else None
            return [WritePlace(instance, board, i.client)]
        boards = [i.psa_fields.get("board")]
        moved = self._wanted(ticket).fields.get("board") if intent.kind == "psa-sync" else None
        clients = dict.fromkeys((i.client, i.psa_fields.get("client") or i.client))
        return [WritePlace(instance, b, client) for b in (*boards, *([moved] if moved else [])) for client in clients]

    def _wanted(self, ticket: Ticket) -> Wanted:
        instance = ticket.intake.instance or ""
        return desired(ticket, map_in_force(self._policies, instance), instance)

    def _only_reads(self, intent: Intent, ticket: Ticket) -> bool:
        """A write-back that has nothing to write: it reads what the PSA displays, which is permitted always."""
        return intent.kind == "psa-sync" and intent.data != SUMMARY and self._wanted(ticket).cover

    def _what(self, intent: Intent, cause: Payload | None, ticket: Ticket) -> What:
        if intent.kind == "psa-sync":
            summary: dict[str, str | None] = {"summary": None} if intent.data == SUMMARY else {}
            return {"fields": {**self._wanted(ticket).fields, **summary}}
        if intent.kind == "psa-note" and cause is not None:
            public = needed(intent.kind, cause) == "everything"
            said = {"message": cause.message} if isinstance(cause, ReplySent) else {}
            return {"note": "public" if public else "internal", "of": cause.name, **said}
        return {"record": "new"} if intent.kind == "psa-create" else {}


def needed(kind: str, cause: Payload | None) -> WriteLevel:
    """The level that a call needs. What is not known to be an internal note needs everything."""
    if kind != "psa-note" or isinstance(cause, ReplySent):
        return "everything"
    if isinstance(cause, NoteAdded):
        return "notes" if cause.internal else "everything"
    return "notes" if type(cause) in NOTICES else "everything"


def _followed(intent: Intent, event: Event) -> bool:
    """A problem that was restated in the PSA itself: the call would only find that nothing differs."""
    return intent.data == SUMMARY and event.mode == "outside"

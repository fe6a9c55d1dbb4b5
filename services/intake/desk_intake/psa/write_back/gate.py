"""The gate of policy `write-back`: checked when a call to a PSA is planned, and again before it is made.

A call that may not be made is listed (`would_write`) and never replayed. When a level rises, the desired state is
computed at the ticket's next change; notes of the past are not sent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from typing import NamedTuple

from desk.contract.event import Event, Payload
from desk.contract.ticket.intake.conversation import NoteAdded, ReplySent
from desk.contract.ticket.ticket import Ticket
from desk.decision.context import Policies
from desk.decision.planning import Effects, Intent, OutboundCall
from desk.decision.policies.intake import WriteLevel
from desk.eventstore.planned.call_rows import effect_id
from desk.outbox.outbound_call_kind import OutboundCallKind, Withheld
from desk.policies.write_back import LEVELS, WritePlace, covers, describe, destination_of
from desk_intake.psa.observe.status_map import map_in_force
from desk_intake.psa.write_back.desired import DesiredChanges, desired
from desk_intake.psa.write_back.levels_in_force import Levels
from desk_intake.psa.write_back.note_writer import NOTICES
from desk_intake.psa.write_back.outcomes import undelivered
from desk_intake.psa.write_back.planning import SUMMARY
from desk_intake.psa.write_back.would_write import WOULD_WRITE, What, WouldWrite
from desk_integrations.instances.psa_document import PsaInstanceSettings

WRITE_BACK_OFF = "write_back_off"
Plans = Mapping[type[Payload], Effects]
Look = Callable[[OutboundCall, Ticket], Awaitable[tuple[Event | None, Ticket]]]
"""(call, its ticket) -> (the fact that caused it, the ticket whose record is written)."""


class Denial(NamedTuple):
    """A call that is not permitted: the place that forbids it, its level, the level that the call needs."""

    place: WritePlace
    permits: WriteLevel
    needs: WriteLevel

    @property
    def why(self) -> str:
        return f"write-back permits {self.permits} for {describe(self.place)}"


class WriteBackGate:
    """The gate of the configured instances. `look` is set once the service exists."""

    def __init__(
        self, instances: Mapping[str, PsaInstanceSettings], levels: Levels, plans: Plans, policies: Policies
    ) -> None:
        self._instances, self.levels, self._plans, self._policies = instances, levels, plans, policies
        self.look: Look | None = None

    def effects(self) -> Plans:
        """The planner's table, without calls that are not permitted at the time of the fact."""
        return {payload: partial(self._permitted, plan) for payload, plan in self._plans.items()}

    def guard(self, kind: OutboundCallKind) -> OutboundCallKind:
        """The kind of calls, checked by this gate before each call."""
        return kind._replace(withheld=self.withheld)

    def unpermitted(self, event: Event, ticket: Ticket) -> Iterator[WouldWrite]:
        """The calls of a fact that were not planned, by the level in force when the fact was recorded."""
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
        """The reason for which the policy in force now forbids a planned call, with its row; None: permitted."""
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
        """Whether everything may be written for a ticket now: checked by a call just before its write."""
        return self._verdict(Intent("psa-sync", data=SUMMARY), None, ticket, None) is None

    def permits(self, planned: OutboundCall, cause: Payload | None, ticket: Ticket) -> bool:
        """Whether a call may be made now: checked by the call itself, after its read and before its write."""
        intent = Intent(planned.kind, client=planned.client, data=planned.data)
        return self._verdict(intent, cause, ticket, None) is None

    @property
    def by_place(self) -> bool:
        """Whether the current level depends on the place."""
        return self.levels.only() is None

    def _permitted(self, plan: Effects, event: Event, ticket: Ticket) -> list[Intent]:
        found = plan(event, ticket)
        at = event.recordedtime
        return [intent for intent in found if self._verdict(intent, event.data, ticket, at) is None]

    def _verdict(self, intent: Intent, cause: Payload | None, ticket: Ticket, at: datetime | None) -> Denial | None:
        """The denial of a call, None if it is permitted; `at` None: now."""
        only = self.levels.only(at)
        if only == "everything":
            return None
        levels = [(self.levels.of(place, at), place) for place in self._places(intent, ticket)]
        level, place = min(levels, key=lambda found: LEVELS.index(found[0]))
        needs = needed(intent.kind, cause)
        if covers(level, needs) or self._only_reads(intent, ticket):
            return None
        return Denial(place, level, needs)

    def _places(self, intent: Intent, ticket: Ticket) -> list[WritePlace]:
        """Every place that a call concerns, including the board that it moves a record to and the PSA's client."""
        i = ticket.intake
        instance = i.instance or intent.data.decode() or destination_of(i.destination)[0]
        if i.record is None:
            config = self._instances.get(instance)
            board = str(config.create_board) if config is not None and config.create_board is not None else None
            return [WritePlace(instance, board, i.client)]
        boards = [i.psa_fields.get("board")]
        moved = self._wanted(ticket).fields.get("board") if intent.kind == "psa-sync" else None
        clients = dict.fromkeys((i.client, i.psa_fields.get("client") or i.client))
        return [WritePlace(instance, b, client) for b in (*boards, *([moved] if moved else [])) for client in clients]

    def _wanted(self, ticket: Ticket) -> DesiredChanges:
        instance = ticket.intake.instance or ""
        return desired(ticket, map_in_force(self._policies, instance), instance)

    def _only_reads(self, intent: Intent, ticket: Ticket) -> bool:
        """Whether a write-back has nothing to write: it only reads the PSA, which is always permitted."""
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
    """The level that a call needs: everything, unless it is certainly an internal note."""
    if kind != "psa-note" or isinstance(cause, ReplySent):
        return "everything"
    if isinstance(cause, NoteAdded):
        return "notes" if cause.internal else "everything"
    return "notes" if type(cause) in NOTICES else "everything"


def _followed(intent: Intent, event: Event) -> bool:
    """Whether the problem was restated in the PSA itself: the call would find no difference."""
    return intent.data == SUMMARY and event.mode == "outside"

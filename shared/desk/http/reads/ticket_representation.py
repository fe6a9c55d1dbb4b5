"""The representations of a ticket and its timeline in responses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec

from desk.contract.event import Event
from desk.contract.json_values import JsonObject
from desk.contract.sealing import ReadText
from desk.contract.ticket.gates import CLOSE, RESOLVE, Gate, open_gates
from desk.contract.ticket.ticket import Status, Ticket, flags, status
from desk.decision.context import Policies
from desk.policies.write_back import level_for, places_of, sentence

ENDED = frozenset((Status.CLOSED, Status.MERGED, Status.GONE, Status.UNKNOWN))


class TicketDocument(msgspec.Struct):
    """A ticket in a response; it has more fields than are listed here."""

    ticket_id: str
    status: str
    problem: ReadText


class TimelineFact(msgspec.Struct):
    """A fact of the timeline; it has more fields than are listed here."""

    id: UUID
    type: str
    data: Annotated[
        JsonObject,
        msgspec.Meta(description="The fact's own fields. An `Unreadable` replaces each text that cannot be read."),
    ]


class TimelineDocument(msgspec.Struct):
    """The facts of one ticket, oldest first."""

    subject: str
    items: list[TimelineFact]


def shape(
    ticket_id: str, t: Ticket, policies: Policies, now: datetime, disclose: Callable[[object], object]
) -> dict[str, object]:
    """The representation of one ticket: its fields, status, and open gates."""
    end = t.triage.end
    return {
        "ticket_id": ticket_id,
        "status": status(t).value,
        "cycle": t.cycle,
        "flags": flags(t),
        "kind": t.intake.kind,
        "origin": t.intake.origin,
        "source": t.intake.instance,
        "source_record": t.intake.record,
        "url": t.intake.url,
        "client": t.intake.client,
        "contact": t.intake.contact,
        "problem": disclose(t.intake.problem),
        "symptom": t.intake.symptom,
        "opened_at": t.intake.opened_at,
        "impact": t.triage.impact,
        "urgency": t.triage.urgency,
        "priority": t.triage.priority,
        "queue": t.triage.queue,
        "technician": t.triage.technician,
        "device": t.intake.asset.device if t.intake.asset else None,
        "waits": {wait: w.on for wait, w in t.triage.waits.items()},
        "attempt": t.triage.attempt.number,
        "resolved_at": end.time if end is not None and end.kind == "resolved" else None,
        "reopen_count": t.triage.reopen_count,
        "reassignment_count": t.triage.reassignments,
        "clocks": list(t.sla.clocks.values()),
        "obligations": [o for o in t.docs.obligations.values() if o.state != "met"],
        "write_back": write_back(t, policies),
        "undelivered_replies": [{"message": m, "reason": reason} for m, reason in t.intake.undelivered.items()],
        "open_gates": [gate._asdict() for gate in gates(t, policies, now)],
    }


def write_back(t: Ticket, policies: Policies) -> dict[str, str] | None:
    """The level of write-back for the ticket; None when it is in no PSA."""
    level = level_for(policies.write_back, t)
    if level is None:
        return None
    instance = places_of(t)[0].instance
    return {"instance": instance, "level": level, "says": sentence(level, instance)}


def gates(t: Ticket, policies: Policies, now: datetime) -> Iterator[Gate]:
    """The open gates: resolve gates while the cycle is open, close gates once it has ended."""
    if status(t) in ENDED:
        return
    end = t.triage.end
    profile = policies.gate_profile.of(t.intake.kind, cancelled=end is not None and end.kind == "cancelled")
    yield from open_gates(CLOSE if end is not None else RESOLVE, t, profile)


def timeline(events: Sequence[Event], disclose: Callable[[object], object]) -> list[dict[str, object]]:
    """The timeline; `cause` names the fact that caused each one."""
    names: dict[UUID, str] = {event.id: event.type for event in events}
    return [_entry(event, names, disclose) for event in events]


def _entry(event: Event, names: dict[UUID, str], disclose: Callable[[object], object]) -> dict[str, object]:
    cause = event.causationid
    return {
        "id": event.id,
        "type": event.type,
        "time": event.time,
        "recordedtime": event.recordedtime,
        "owner": event.owner,
        "ownerseq": event.ownerseq,
        "actor": event.actor,
        "mode": event.mode,
        "cycle": event.cycle,
        "attempt": event.attempt,
        "cause": {"id": cause, "type": names.get(cause)} if cause is not None else None,
        "data": msgspec.to_builtins(disclose(event.data)),
    }

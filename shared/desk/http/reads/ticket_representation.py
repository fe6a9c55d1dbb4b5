"""The representations of a ticket and its timeline in responses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

import msgspec
from msgspec.structs import asdict

from desk.contract.audiences import Audience, fields_for, is_readable
from desk.contract.event import Actor, Event
from desk.contract.read_text import ReadText
from desk.contract.ticket.gates import CLOSE, RESOLVE, Gate, open_gates
from desk.contract.ticket.ticket import Status, Ticket, flags, status
from desk.decision.context import Policies
from desk.http.reads.ticket_responses import (
    CausingFact,
    OpenGate,
    TicketDocument,
    TicketOpening,
    TimelineFact,
    UndeliveredReply,
    WriteBackOfTicket,
)
from desk.policies.write_back import level_for, places_of, sentence

Disclose = Callable[[object], object]
"""Decrypts the sealed fields of a payload for a reader, and marks those that cannot be decrypted."""
ENDED = frozenset((Status.CLOSED, Status.MERGED, Status.GONE, Status.UNKNOWN))


def shape(
    ticket_id: str, t: Ticket, policies: Policies, now: datetime, disclose: Disclose, seen: Mapping[str, int]
) -> TicketDocument:
    """The representation of one ticket: its fields, status, and open gates."""
    end = t.triage.end
    return TicketDocument(
        **asdict(_opening(ticket_id, t, disclose)),
        impact=t.triage.impact,
        urgency=t.triage.urgency,
        priority=t.triage.priority,
        queue=t.triage.queue,
        technician=t.triage.technician,
        device=t.intake.asset.device if t.intake.asset else None,
        waits={wait: w.on for wait, w in t.triage.waits.items()},
        attempt=t.triage.attempt.number,
        resolved_at=end.time if end is not None and end.kind == "resolved" else None,
        reopen_count=t.triage.reopen_count,
        reassignment_count=t.triage.reassignments,
        clocks=list(t.sla.clocks.values()),
        obligations=[o for o in t.docs.obligations.values() if o.state != "met"],
        write_back=write_back(t, policies),
        undelivered_replies=[UndeliveredReply(m, reason) for m, reason in t.intake.undelivered.items()],
        open_gates=[OpenGate(*gate) for gate in gates(t, policies, now)],
        seen=seen,
    )


def _opening(ticket_id: str, t: Ticket, disclose: Disclose) -> TicketOpening:
    return TicketOpening(
        ticket_id=ticket_id,
        status=status(t).value,
        cycle=t.cycle,
        flags=flags(t),
        kind=t.intake.kind,
        origin=t.intake.origin,
        source=t.intake.instance,
        source_record=t.intake.record,
        url=t.intake.url,
        client=t.intake.client,
        contact=t.intake.contact,
        problem=cast(ReadText, disclose(t.intake.problem)),
        symptom=t.intake.symptom,
        opened_at=t.intake.opened_at,
    )


def write_back(t: Ticket, policies: Policies) -> WriteBackOfTicket | None:
    """The level of write-back for the ticket; None when it is in no PSA."""
    level = level_for(policies.write_back, t)
    if level is None:
        return None
    instance = places_of(t)[0].instance
    return WriteBackOfTicket(instance, level, sentence(level, instance))


def gates(t: Ticket, policies: Policies, now: datetime) -> Iterator[Gate]:
    """The open gates: resolve gates while the cycle is open, close gates once it has ended."""
    if status(t) in ENDED:
        return
    end = t.triage.end
    profile = policies.gate_profile.of_ticket(t, cancelled=end is not None and end.kind == "cancelled")
    yield from open_gates(CLOSE if end is not None else RESOLVE, t, profile)


def timeline(events: Sequence[Event], audience: Audience, disclose: Disclose) -> list[TimelineFact]:
    """The facts and fields that the audience may read; `cause` names the fact that caused each one.

    The client reads neither who acted nor causes that it does not learn of.
    """
    readable = [event for event in events if is_readable(event.data, audience)]
    names: dict[UUID, str] = {event.id: event.type for event in readable}
    return [_entry(event, audience, names, disclose) for event in readable]


def _entry(event: Event, audience: Audience, names: dict[UUID, str], disclose: Disclose) -> TimelineFact:
    cause, of_client = event.causationid, audience is Audience.CLIENT_IT
    if of_client and cause not in names:
        cause = None
    fields = fields_for(type(event.data), audience)
    data: dict[str, object] = msgspec.to_builtins(disclose(event.data))
    return TimelineFact(
        id=event.id,
        type=event.type,
        time=event.time,
        recordedtime=event.recordedtime,
        owner=event.owner,
        ownerseq=event.ownerseq,
        actor=Actor.parse(event.actor).kind if of_client else event.actor,
        mode=event.mode,
        cycle=event.cycle,
        attempt=event.attempt,
        cause=CausingFact(cause, names.get(cause)) if cause is not None else None,
        data={name: value for name, value in data.items() if name in fields},
    )

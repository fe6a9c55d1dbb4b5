"""What intake answers to facts that it hears."""

from __future__ import annotations

from desk.deciding import Reaction
from desk.ticket.docs import client
from desk.ticket.event import Payload
from desk.ticket.triage import ends, fix
from desk_intake.decisions import policing
from desk_intake.decisions.conversation import deliver_summary
from desk_intake.decisions.overruling import overruled

REACTIONS: dict[type[Payload], Reaction] = {
    client.ClientSummaryWritten: deliver_summary,
    ends.ObservationRuled: overruled,
    fix.FixStarted: policing.started,
    fix.FixApplied: policing.applied,
}

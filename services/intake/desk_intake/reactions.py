"""Intake's reactions to facts of its own and of other services."""

from __future__ import annotations

from desk.contract.event import Payload
from desk.contract.ticket.docs import client
from desk.contract.ticket.intake.caller import CallerRejected
from desk.contract.ticket.triage import ends, fix
from desk.decision.context import Reaction
from desk.decision.registrar import on, table
from desk_intake.decisions import policy_violations
from desk_intake.decisions.conversation import deliver_summary
from desk_intake.decisions.stale_psa_status import overruled

REACTIONS: dict[type[Payload], tuple[Reaction, ...]] = table(
    on(client.ClientSummaryWritten, deliver_summary),
    on(ends.ObservationRuled, overruled),
    on(CallerRejected, policy_violations.rejected),
    on(fix.FixStarted, policy_violations.started),
    on(fix.FixApplied, policy_violations.applied),
)

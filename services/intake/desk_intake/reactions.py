"""What intake answers to facts that it hears."""

from __future__ import annotations

from desk.deciding import Reaction
from desk.ticket.docs import client
from desk.ticket.event import Payload
from desk_intake.decisions.conversation import deliver_summary

REACTIONS: dict[type[Payload], Reaction] = {
    client.ClientSummaryWritten: deliver_summary,
}

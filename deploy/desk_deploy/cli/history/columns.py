"""The columns of the exports, in order, with their types. Fixed, because other programs read them by name."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

Kind = Literal["text", "id", "time", "number"]


class What(StrEnum):
    """The kinds of exports."""

    TICKETS = "tickets"
    OBSERVATIONS = "observations"
    FACTS = "facts"
    SLA = "sla"


TICKETS: dict[str, Kind] = {
    "ticket_id": "id",
    "source": "text",
    "source_record": "text",
    "kind": "text",
    "origin": "text",
    "status": "text",
    "opened_at": "time",
    "resolved_at": "time",
    "closed_at": "time",
    "cycle": "number",
    "reopen_count": "number",
    "reassignment_count": "number",
    "impact": "text",
    "urgency": "text",
    "priority": "text",
    "queue": "text",
    "technician": "text",
}
OBSERVATIONS: dict[str, Kind] = {
    "source_record": "text",
    "source_seq": "number",
    "occurred_at": "time",
    "status_class": "text",
    "source_state": "text",
    "status_after": "text",
    "cycle_after": "number",
    "reopen_count_after": "number",
    "priority_after": "text",
    "reassignment_count_after": "number",
}
SLA: dict[str, Kind] = {
    "source_record": "text",
    "clock": "text",
    "cycle": "number",
    "policy": "text",
    "verdict": "text",
    "due": "time",
    "elapsed_business": "number",
    "elapsed_wall": "number",
}
COLUMNS: dict[What, dict[str, Kind]] = {What.TICKETS: TICKETS, What.OBSERVATIONS: OBSERVATIONS, What.SLA: SLA}

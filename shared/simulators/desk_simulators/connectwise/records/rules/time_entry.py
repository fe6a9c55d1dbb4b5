"""Time entries (contract 4.3): whole seconds, open period, no overlap, nothing changed once it is billed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from desk_simulators.connectwise.errors import ApiError, invalid_field, missing_record
from desk_simulators.connectwise.identity import Actor
from desk_simulators.connectwise.records.rules.follow import Also, Follow, Touch
from desk_simulators.connectwise.state import PsaState
from desk_simulators.kit.clock import instant, stamp
from desk_simulators.kit.table import Record, value_at

WHOLE_SECONDS = len("2026-01-15T14:10:00Z")
BILLED = ("Billed", "WrittenOff", "BilledAgreement")
BILLABLE = "Billable"
ADDED_TO = {
    "addToDetailDescriptionFlag": "detailDescriptionFlag",
    "addToInternalAnalysisFlag": "internalAnalysisFlag",
    "addToResolutionFlag": "resolutionFlag",
}


def prepare(state: PsaState, draft: Record, body: Record, actor: Actor) -> Record:
    ticket = _ticket(state, draft)
    default = ticket.get("billTime", "NoDefault") if ticket else "NoDefault"
    return {
        **draft,
        "member": draft.get("member") or {"id": actor.member_id},
        "company": draft.get("company") or (_id(ticket, "company")),
        "agreement": draft.get("agreement") or (_id(ticket, "agreement")),
        "billableOption": draft.get("billableOption") or (BILLABLE if default == "NoDefault" else default),
        "status": "Open",
        "invoiceFlag": False,
        "dateEntered": state.stamp(),
    }


def complete(state: PsaState, before: Record | None, draft: Record, actor: Actor) -> Record:
    if before is not None:
        guard(state, before)
    start = _moment(draft, "timeStart")
    end = _moment(draft, "timeEnd") if draft.get("timeEnd") else None
    _allowed(state, draft, start, end)
    return {**draft, **_hours(draft, start, end)}


def guard(state: PsaState, entry: Record) -> None:
    if entry.get("invoiceFlag") or entry.get("status") in BILLED:
        raise ApiError(400, "InvalidObject", f"Time entry {entry['id']} is invoiced and can no longer be changed.")


def update_ticket(state: PsaState, entry: Record, body: Record) -> list[Follow]:
    ticket = _ticket(state, entry)
    if ticket is None:
        return []
    copies = list(_copies(state, ticket, entry))
    if not state.behaviour.notes_touch_ticket:
        return copies
    total = sum(found.get("actualHours", 0) for found in state.table("time").find("chargeToId", ticket["id"]))
    return [*copies, Touch("ticket", ticket["id"], {"actualHours": round(total, 2)})]


def _copies(state: PsaState, ticket: Record, entry: Record) -> Iterator[Follow]:
    """Where the ticket's status saves time as notes, the entry's text stands there a second time, as a note."""
    status = state.table("status").get(ticket["status"]["id"]) or {}
    flags = {flag: True for added, flag in ADDED_TO.items() if entry.get(added)}
    if status.get("saveTimeAsNote") and flags and entry.get("notes"):
        yield Also("note", {"ticketId": ticket["id"], "text": entry["notes"], "member": entry["member"], **flags})


def _ticket(state: PsaState, draft: Record) -> Record | None:
    if draft.get("chargeToType") not in ("ServiceTicket", "ProjectTicket") or draft.get("chargeToId") is None:
        return None
    ticket = state.table("ticket").get(draft["chargeToId"])
    if ticket is None:
        raise missing_record("ticket", draft["chargeToId"])
    return ticket


def _moment(draft: Record, field: str) -> datetime:
    text = draft[field]
    if not isinstance(text, str) or len(text) != WHOLE_SECONDS or not text.endswith("Z"):
        raise invalid_field("timeEntry", field, f"Unsupported format applied to {field}")
    try:
        return instant(text)
    except ValueError as error:
        raise invalid_field("timeEntry", field, f"Unsupported format applied to {field}") from error


def _allowed(state: PsaState, draft: Record, start: datetime, end: datetime | None) -> None:
    if end is not None and end <= start:
        raise invalid_field("timeEntry", "timeEnd", "timeEnd must be after timeStart.")
    if f"{start:%Y-%m-%d}" < state.behaviour.period_open_from:
        raise invalid_field("timeEntry", "timeStart", "The time period of this member is not open for this date.")
    ticket = _ticket(state, draft)
    status = state.table("status").get(ticket["status"]["id"]) if ticket else None
    if status is not None and status.get("timeEntryNotAllowed") and draft.get("id") is None:
        raise invalid_field("timeEntry", "chargeToId", f"Time may not be entered in status {status['name']}.")
    if end is not None:
        for other in _overlapping(state, draft, start, end):
            message = f"The time overlaps with time entry {other['id']} of the same member."
            raise invalid_field("timeEntry", "timeStart", message)


def _overlapping(state: PsaState, draft: Record, start: datetime, end: datetime) -> Iterator[Record]:
    first, last = stamp(start), stamp(end)
    for other in state.table("time").find("member/id", value_at(draft, "member/id")):
        if other["timeStart"] < last and first < other.get("timeEnd", "") and other["id"] != draft.get("id"):
            yield other


def _hours(draft: Record, start: datetime, end: datetime | None) -> Record:
    """Hours follow from start and end; a given `actualHours` counts only without an end."""
    deduct = float(draft.get("hoursDeduct") or 0)
    if end is not None:
        actual = round((end - start) / timedelta(hours=1) - deduct, 2)
    else:
        actual = round(float(draft.get("actualHours") or 0), 2)
    billed = actual if draft.get("billableOption") == BILLABLE else 0.0
    return {"actualHours": actual, "hoursDeduct": deduct, "hoursBilled": billed, "invoiceHours": billed}


def _id(record: Record | None, field: str) -> Any:
    found = value_at(record, f"{field}/id") if record else None
    return None if found is None else {"id": found}

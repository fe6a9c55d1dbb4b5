"""Computes the changes that bring a PSA record to the ticket's state. Pure.

Triage owns status, priority, queue and owner; intake owns caller, client, device and problem. A status whose class the
ticket's status accepts is never replaced, and none is written while an observation of it waits for its ruling.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from desk.contract.ticket.intake.psa import StatusClass
from desk.contract.ticket.ticket import Status, Ticket, confirmation_overwritten, status
from desk.decision.policies.intake import Writable
from desk_intake.decisions.stale_psa_status import ENDS
from desk_intake.psa.ids import record_of
from desk_intake.psa.observe.status_map import InstanceStatusMap

WAITING: frozenset[StatusClass] = frozenset(
    ("waiting-client", "waiting-vendor", "waiting-schedule", "waiting-internal")
)
ACCEPTED: Mapping[Status, frozenset[StatusClass]] = {
    Status.NEW: frozenset(("new", "open")),
    Status.TRIAGED: frozenset(("new", "open")),
    Status.WAITING: WAITING,
    Status.RESOLVED: frozenset(("resolved", "closed")),
    Status.CLOSED: frozenset(("closed",)),
    Status.CANCELLED: frozenset(("cancelled", "closed")),
}
OPEN: frozenset[StatusClass] = frozenset(("open",))
NOTHING = frozenset((Status.UNKNOWN, Status.MERGED, Status.GONE))
SILENT: frozenset[StatusClass] = frozenset(("unmapped", "out-of-scope"))
WAITS: Mapping[str, Writable] = {
    "client": "waiting-client",
    "vendor": "waiting-vendor",
    "schedule": "waiting-schedule",
}
"""The PSA's status class for a wait; every other wait is internal to the MSP."""


class DesiredChanges(NamedTuple):
    """Coded fields to write, and the class of the status among them.

    `cover`: no field differs, but no fact says yet that the PSA shows an end or a reopening of ours.
    """

    fields: Mapping[str, str | None]
    status_class: StatusClass | None = None
    cover: bool = False

    @property
    def nothing(self) -> bool:
        return not self.fields and not self.cover


NONE = DesiredChanges({})


def desired(ticket: Ticket, statuses: InstanceStatusMap, instance: str, summary: str | None = None) -> DesiredChanges:
    """The changes to write. `summary` is the keyed hash of the problem, if it is to be compared."""
    if status(ticket) in NOTHING or ticket.intake.imported or not ticket.intake.psa_fields:
        return NONE
    status_class, wanted = _status(ticket, statuses)
    fields: dict[str, str | None] = {"status": wanted} if wanted is not None else {}
    fields.update(_triage(ticket, statuses))
    fields.update(_intake(ticket, instance, summary))
    return DesiredChanges(fields, status_class, not fields and _to_cover(ticket, statuses))


def status_ruled(ticket: Ticket) -> bool:
    """Whether every observation of the status has its ruling, also those that got their class later."""
    seq = ticket.intake.status_seq
    mapped = {key for key in ticket.intake.mapped if key.partition("|")[0] == str(seq)}
    return seq <= ticket.triage.last_ruled_source_seq and mapped <= ticket.triage.ruled


def _status(ticket: Ticket, statuses: InstanceStatusMap) -> tuple[StatusClass | None, str | None]:
    board, current = ticket.intake.psa_fields.get("board"), ticket.intake.psa_fields.get("status")
    current_class = statuses.status_class(board, current)
    if not status_ruled(ticket) or current_class in SILENT or _accepted(ticket, current_class, board, statuses):
        return None, None
    for wanted in _targets(ticket):
        found = statuses.writable(board, wanted)
        if found is not None:
            return (None, None) if found == current else (statuses.status_class(board, found), found)
    return None, None


def _accepted(ticket: Ticket, status_class: StatusClass, board: str | None, statuses: InstanceStatusMap) -> bool:
    now = status(ticket)
    if now is Status.HELD and ticket.intake.during_hold is not None and status_class in ENDS:
        return True  # a person ended it: not fought over, but ruled on once the hold ends
    if now is Status.CLOSED and statuses.writable(board, "closed") is None:
        return status_class in ACCEPTED[Status.RESOLVED]
    return status_class in ACCEPTED.get(now, OPEN)


def _targets(ticket: Ticket) -> Iterator[Writable]:
    """Status classes to write, the best first."""
    now = status(ticket)
    if now is Status.CLOSED:
        yield "closed"
    elif now is Status.RESOLVED:
        yield from ("resolved", "closed")
    elif now is Status.CANCELLED:
        yield from ("cancelled", "closed")
    elif now is Status.WAITING:
        newest = max(ticket.triage.waits.values(), key=lambda wait: wait.since)
        yield from (WAITS.get(newest.on, "waiting-internal"), "waiting-internal")
    else:
        if ticket.cycle in ticket.triage.contested:
            yield "needs-completion"
        yield from ("open", "new")


def _triage(ticket: Ticket, statuses: InstanceStatusMap) -> Iterator[tuple[str, str | None]]:
    s, psa_fields = ticket.triage, ticket.intake.psa_fields
    ours = {"priority": s.priority, "impact": s.impact, "urgency": s.urgency, "technician": s.technician}
    writable = {
        "priority": _mapped(psa_fields, "priority", "P") and s.priority and statuses.priority_of(s.priority),
        "impact": _mapped(psa_fields, "impact") and s.impact and statuses.word("impact", s.impact),
        "urgency": _mapped(psa_fields, "urgency") and s.urgency and statuses.word("urgency", s.urgency),
        "technician": True,
    }
    for name, value in ours.items():
        if value != psa_fields.get(name) and writable[name] and _answered(ticket, name):
            yield name, value
    board = statuses.board_of(s.queue) if s.queue and s.queue != psa_fields.get("queue") else None
    if board is not None and board != psa_fields.get("board") and status_ruled(ticket) and _answered(ticket, "queue"):
        yield from (("queue", s.queue), ("board", board))


def _mapped(psa_fields: Mapping[str, str | None], field: str, begins: str = "") -> bool:
    """Whether the PSA's value is mapped: values that are not are never overwritten."""
    value = psa_fields.get(field)
    return value is not None and value.startswith(begins)


def _answered(ticket: Ticket, field: str) -> bool:
    """Whether triage has decided the field after its last observation; before that, our value may be outdated."""
    return ticket.triage.decided_at_seq.get(field, 0) >= ticket.intake.field_seq.get(field, 0)


def _intake(ticket: Ticket, instance: str, summary: str | None) -> Iterator[tuple[str, str | None]]:
    i, psa_fields = ticket.intake, ticket.intake.psa_fields
    for name, ours in (("client", i.client), ("contact", i.contact), ("asset", i.asset.device if i.asset else None)):
        if ours != psa_fields.get(name) and record_of(instance, ours) is not None:
            yield name, ours
    if summary is not None and summary != psa_fields.get("summary"):
        yield "summary", summary


def _to_cover(ticket: Ticket, statuses: InstanceStatusMap) -> bool:
    """Whether the PSA accepts the status, but has not displayed the last end or reopening to anybody."""
    s, written = ticket.triage, ticket.intake.written_back_seq
    overwritten = confirmation_overwritten(ticket, written)
    borders = [again.seq for again in s.reopened if overwritten or again.cause != "psa"]
    borders += [end.seq for end in s.ends.values() if overwritten or end.mode == "process"]
    displayed = written if overwritten else max(written, s.psa_confirmed_seq)
    if max(borders, default=0) <= displayed or not status_ruled(ticket):
        return False
    current_class = statuses.status_class(ticket.intake.psa_fields.get("board"), ticket.intake.psa_fields.get("status"))
    return current_class not in SILENT

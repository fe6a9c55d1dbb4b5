"""The state that the PSA should show, computed from the ticket: only what differs from what it shows. Pure.

Status, priority, queue and owner are triage's; caller, client, device and problem are intake's. A status whose class
the ticket's status accepts is never replaced, and none is written while an observation of it waits for its ruling.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from desk.contract.ticket.intake.psa import StatusClass
from desk.contract.ticket.ticket import Status, Ticket, status
from desk.decision.policies.intake import Writable
from desk_intake.psa.ids import record_of
from desk_intake.psa.observe.status_map import Map

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
"""What a wait looks like in the PSA; every other one is internal to us."""


class Wanted(NamedTuple):
    """Coded fields to write, and the class of the status among them.

    `cover`: nothing is to be written, but the PSA shows an end or a reopening of ours that it was not said to show yet.
    """

    fields: Mapping[str, str | None]
    status_class: StatusClass | None = None
    cover: bool = False

    @property
    def nothing(self) -> bool:
        return not self.fields and not self.cover


NONE = Wanted({})


def desired(ticket: Ticket, statuses: Map, instance: str, summary: str | None = None) -> Wanted:
    """What is to be written. `summary` is the keyed hash of the problem where it is to be compared."""
    if status(ticket) in NOTHING or ticket.intake.imported or not ticket.intake.psa_fields:
        return NONE
    status_class, wanted = _status(ticket, statuses)
    fields: dict[str, str | None] = {"status": wanted} if wanted is not None else {}
    fields.update(_triage(ticket, statuses))
    fields.update(_intake(ticket, instance, summary))
    return Wanted(fields, status_class, not fields and _to_cover(ticket, statuses))


def ruled(ticket: Ticket) -> bool:
    """Every observation of the status has its ruling, also those that got their class later."""
    seq = ticket.intake.status_seq
    mapped = {key for key in ticket.intake.mapped if key.partition("|")[0] == str(seq)}
    return seq <= ticket.triage.last_ruled_source_seq and mapped <= ticket.triage.ruled


def _status(ticket: Ticket, statuses: Map) -> tuple[StatusClass | None, str | None]:
    board, shown = ticket.intake.psa_fields.get("board"), ticket.intake.psa_fields.get("status")
    shown_class = statuses.status_class(board, shown)
    if not ruled(ticket) or shown_class in SILENT or _accepted(ticket, shown_class, board, statuses):
        return None, None
    for wanted in _targets(ticket):
        found = statuses.writable(board, wanted)
        if found is not None:
            return (None, None) if found == shown else (statuses.status_class(board, found), found)
    return None, None


def _accepted(ticket: Ticket, shown: StatusClass, board: str | None, statuses: Map) -> bool:
    now = status(ticket)
    if now is Status.CLOSED and statuses.writable(board, "closed") is None:
        return shown in ACCEPTED[Status.RESOLVED]
    return shown in ACCEPTED.get(now, OPEN)


def _targets(ticket: Ticket) -> Iterator[Writable]:
    """Classes to write, the best first."""
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


def _triage(ticket: Ticket, statuses: Map) -> Iterator[tuple[str, str | None]]:
    s, shows = ticket.triage, ticket.intake.psa_fields
    ours = {"priority": s.priority, "impact": s.impact, "urgency": s.urgency, "technician": s.technician}
    writable = {
        "priority": _mapped(shows, "priority", "P") and s.priority and statuses.priority_of(s.priority),
        "impact": _mapped(shows, "impact") and s.impact and statuses.word("impact", s.impact),
        "urgency": _mapped(shows, "urgency") and s.urgency and statuses.word("urgency", s.urgency),
        "technician": True,
    }
    for name, value in ours.items():
        if value != shows.get(name) and writable[name] and _answered(ticket, name):
            yield name, value
    board = statuses.board_of(s.queue) if s.queue and s.queue != shows.get("queue") else None
    if board is not None and board != shows.get("board") and ruled(ticket) and _answered(ticket, "queue"):
        yield from (("queue", s.queue), ("board", board))


def _mapped(shows: Mapping[str, str | None], field: str, begins: str = "") -> bool:
    """What the PSA shows there means something to us: what we do not understand is not written over."""
    shown = shows.get(field)
    return shown is not None and shown.startswith(begins)


def _answered(ticket: Ticket, field: str) -> bool:
    """Triage has decided the field on what was observed of it last; before that, ours is what was right earlier."""
    return ticket.triage.decided_at_seq.get(field, 0) >= ticket.intake.field_seq.get(field, 0)


def _intake(ticket: Ticket, instance: str, summary: str | None) -> Iterator[tuple[str, str | None]]:
    i, shows = ticket.intake, ticket.intake.psa_fields
    for name, ours in (("client", i.client), ("contact", i.contact), ("asset", i.asset.device if i.asset else None)):
        if ours != shows.get(name) and record_of(instance, ours) is not None:
            yield name, ours
    if summary is not None and summary != shows.get("summary"):
        yield "summary", summary


def _to_cover(ticket: Ticket, statuses: Map) -> bool:
    s = ticket.triage
    ours = [again.seq for again in s.reopened if again.cause != "psa"]
    ours += [end.seq for end in s.ends.values() if end.mode == "process"]
    if max(ours, default=0) <= max(ticket.intake.written_back_seq, s.psa_confirmed_seq) or not ruled(ticket):
        return False
    shown = statuses.status_class(ticket.intake.psa_fields.get("board"), ticket.intake.psa_fields.get("status"))
    return shown not in SILENT

"""Coded fields as writes of the port: the smallest patch that sets them, and a new ticket. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

from desk.contract.ticket.intake.facts import TicketOpened
from desk.decision.policies.intake import Writable
from desk_intake.psa.ids import record_of
from desk_intake.psa.observe.status_map import InstanceStatusMap
from desk_integrations.instances.psa_document import PsaInstanceSettings
from desk_integrations.kinds.psa import NewPsaTicket, PsaMember, PsaPatch

PsaFields = Mapping[str, str | None]


def patch_of(
    fields: PsaFields,
    now: PsaFields,
    statuses: InstanceStatusMap,
    instance: PsaInstanceSettings,
    members: Mapping[str, PsaMember],
    summary: str | None,
) -> PsaPatch:
    """The patch of a record that has the fields `now`. A field that cannot be written is left out: an owner who is no
    active member, a board without a status for it.
    """
    board, status = _place(fields, now, statuses)
    member = members.get((fields.get("technician") or "").lower())
    impact, urgency, priority = fields.get("impact"), fields.get("urgency"), fields.get("priority")
    return PsaPatch(
        board=board,
        status=status,
        technician=member.record if member and member.active else None,
        unassign="technician" in fields and fields["technician"] is None,
        client=record_of(instance.id, fields.get("client")),
        contact=record_of(instance.id, fields.get("contact")),
        priority=statuses.priority_of(priority) if priority is not None else None,
        impact=statuses.word("impact", impact) if impact is not None else None,
        urgency=statuses.word("urgency", urgency) if urgency is not None else None,
        summary=summary if "summary" in fields and summary else None,
    )


def _place(fields: PsaFields, now: PsaFields, statuses: InstanceStatusMap) -> tuple[str | None, str | None]:
    """Board and status hang together: a move needs a status of the new board."""
    board, status = fields.get("board"), fields.get("status")
    if board is None:
        return None, status
    # a class that is never written has no status there, as one that the map leaves out
    wanted = cast(Writable, statuses.status_class(now.get("board"), status or now.get("status")))
    there = statuses.writable(board, wanted) or statuses.writable(board, "open")
    return (board, there) if there is not None else (None, None)


def new_ticket(
    ticket_id: str,
    created: TicketOpened,
    instance: PsaInstanceSettings,
    statuses: InstanceStatusMap,
    text: Callable[[object], str | None],
) -> NewPsaTicket | None:
    """Our ticket as a new record; None when its client is no company of this PSA. `text` unseals a text."""
    company, board = record_of(instance.id, created.client), instance.create_board
    if company is None or board is None:
        return None
    return NewPsaTicket(
        reference=ticket_id,
        client=company,
        board=str(board),
        summary=text(created.problem) or "(no longer readable)",
        status=_first_status(str(board), statuses),
        contact=record_of(instance.id, created.contact),
        description=text(created.description) if created.description else None,
    )


def _first_status(board: str, statuses: InstanceStatusMap) -> str | None:
    wanted: tuple[Writable, ...] = ("new", "open")
    return next((found for name in wanted if (found := statuses.writable(board, name))), None)

"""`POST /reconcile`: compares with the PSA now. Reads unreported changes and lists differences without writing."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.responses import Response

from desk.contract.bounds import TicketId
from desk.contract.event import Stream
from desk.contract.ticket.ticket import Ticket
from desk.decision.command_body import Body
from desk.decision.principal import ALL, Principal, Role
from desk.decision.refusal import Refusal
from desk.http.app.responses import json_response
from desk.http.app.schemas import returns
from desk.http.auth.access import ensure_visible, require
from desk.http.problems.problem import Problem, invalid_field
from desk.service.parts import Parts
from desk_intake.psa.instance_parts import PsaInstance
from desk_intake.psa.observed_record_types import ObservedTicket
from desk_intake.psa.reconcile.absence import Unproven
from desk_intake.psa.write_back.flip_flop_stops import release_stopped_record, stopped_field
from desk_intake.psa.write_back.write_back import WriteBack
from desk_intake.psa.write_back.write_claims import WriteInFlight
from desk_intake.responses import FieldDifference, Reconciled, TicketReconciled
from desk_integrations.polling.poller import Poller
from desk_integrations.vendor_errors import RecordGone, VendorError

Asker = Annotated[Principal, Depends(require(Role.ADMIN, Role.COORDINATOR, Role.SERVICE))]
INTAKE = frozenset({"client", "contact", "asset", "summary"})


class Reconcile(Body):
    ticket: TicketId | None = Field(None, description="Ticket id; default every ticket")
    release: bool = Field(False, description="Resume writing to the ticket's record after a field had flip-flopped")


def reconcile_routes(
    psa_instances: Mapping[str, PsaInstance], pollers: Mapping[str, Poller], parts: Parts
) -> APIRouter:
    """The route that `desk reconcile` calls."""
    router = APIRouter(tags=["psa"])

    @router.post(
        "/reconcile",
        summary="Compare with the PSA now",
        response_model=None,
        responses=returns((TicketReconciled, Reconciled), "Counts, or the comparison of the ticket"),
    )
    async def reconcile(asker: Asker, body: Reconcile) -> Response:
        try:
            if body.ticket is not None:
                return json_response(await _one(body.ticket, asker, psa_instances, parts, release_it=body.release))
            if body.release:
                raise invalid_field("ticket", "one record is released at a time", "Name the ticket to release.")
            if asker.clients != ALL:
                raise Refusal("forbidden_client", "your scope does not include all clients: name one ticket")
            return json_response(await _all(pollers))
        except VendorError as error:
            raise Problem("unavailable", f"the PSA cannot be read now: {type(error).__name__}") from error

    return router


async def _all(pollers: Mapping[str, Poller]) -> Reconciled:
    results = {name: await poller.round(sweep=True) for name, poller in pollers.items()}
    away = sorted(name for name, result in results.items() if "tickets" in result.interrupted)
    if away:
        raise Problem("unavailable", f"the PSA cannot be read now: {', '.join(away)}; see `desk status`")
    found = results.values()
    return Reconciled(
        sorted(pollers),
        read=sum(result.read for result in found),
        changed=sum(result.changed for result in found),
        missing=sum(result.missing for result in found),
        failed=sum(result.failed for result in found),
        interrupted={name: r.interrupted for name, r in results.items() if r.interrupted} or msgspec.UNSET,
    )


async def _one(
    ticket_id: str, asker: Principal, psa_instances: Mapping[str, PsaInstance], parts: Parts, *, release_it: bool
) -> TicketReconciled:
    ticket = await _ticket(ticket_id, parts)
    instance, record = ticket.intake.instance, ticket.intake.record
    ensure_visible(asker, ticket)
    if instance is None or instance not in psa_instances or record is None:
        raise invalid_field("ticket", "it is in no PSA configured here", "Name a ticket with a PSA record.")
    mine, about = psa_instances[instance], (instance, record)
    changed, released = await _read(mine, record), False
    if release_it:
        released = await mine.access.query(lambda cursor: release_stopped_record(cursor, *about, ticket_id))
    stopped = await mine.access.query(lambda cursor: stopped_field(cursor, *about))
    seen = await _seen(mine, record)
    return TicketReconciled(
        ticket=ticket_id,
        record=record,
        changed=changed,
        released=released if release_it else msgspec.UNSET,
        stopped=stopped,
        gone=seen is None,
        differences=[] if seen is None else _differences(seen, await _ticket(ticket_id, parts), mine),
    )


async def _seen(mine: PsaInstance, record: str) -> ObservedTicket | None:
    """The record as it is in the PSA now; None when it is gone."""
    try:
        found = await mine.access.connection.psa.ticket(record)
    except RecordGone:
        return None
    return await mine.tickets.seen(found, "poll")


async def _read(mine: PsaInstance, record: str) -> int:
    try:
        return await mine.tickets.read(record, "poll")
    except Unproven as absent:
        raise Problem("unavailable", "the record was absent just now; repeat the request in a moment") from absent
    except WriteInFlight as busy:
        raise Problem("unavailable", "a write to this record is under way; repeat the request in a moment") from busy


async def _ticket(ticket_id: str, parts: Parts) -> Ticket:
    replica = await asyncio.to_thread(parts.service.log.replica, Stream.TICKETS, ticket_id)
    state: Ticket = replica.state
    return state


def _differences(seen: ObservedTicket, ticket: Ticket, psa_instance: PsaInstance) -> list[FieldDifference]:
    """Differences by field between our desired value and the PSA's."""
    sync = WriteBack(psa_instance)
    wanted = sync.wanted(ticket, sync.summary(ticket)).fields
    ours = {**{name: ticket.intake.psa_fields.get(name) for name in seen.fields}, **wanted}
    return [
        FieldDifference(name, value, seen.fields.get(name), "intake" if name in INTAKE else "triage", seen.by)
        for name, value in sorted(ours.items())
        if value != seen.fields.get(name) and name in seen.fields
    ]

"""`POST /incidents` and the commands on an incident: each is decided on its state, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, cast
from uuid import UUID, uuid5

from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from desk.contract.bounds import TicketId
from desk.contract.event import Draft, Stream
from desk.contract.sealing import fingerprint, sealing_subject
from desk.contract.streams.client import Client
from desk.contract.streams.incident import Incident
from desk.decision.context import AnyState, DecisionContext
from desk.decision.principal import Role
from desk.eventstore.unit_of_work import work_items
from desk.http.commands.command_route import Call, answered, command
from desk.service.parts import Parts
from desk.telemetry.tracing import traceparent
from desk_triage.decisions.incidents.declaration import (
    DeclareIncident,
    UpdateIncident,
    declare_incident,
    update_incident,
)
from desk_triage.decisions.incidents.notice import RecordMassNotice, record_mass_notice
from desk_triage.decisions.incidents.resolution import (
    ReopenIncident,
    ResolveIncident,
    reopen_incident,
    resolve_incident,
)

Lead = Annotated[Call, Depends(command(Role.TIER2, Role.COORDINATOR, all_clients=True))]
"""Whoever leads an incident has every client in scope: it may concern any of them."""
IncidentId = Annotated[TicketId, Path(description="Incident id")]
Decide = Callable[[Incident, DecisionContext], list[Draft]]


def command_routes(parts: Parts) -> APIRouter:
    """The commands on incidents that triage has beside those on tickets."""
    router = APIRouter(tags=["commands"], prefix="/incidents")

    @router.post("", summary="Declare a major incident", name="declare-incident", response_model=None, status_code=201)
    async def declare(body: DeclareIncident, call: Lead) -> Response:
        return await _declare(parts, body, call)

    @router.post(
        "/{incident}/update-incident", summary="Update an incident", name="update-incident", response_model=None
    )
    async def update(incident: IncidentId, body: UpdateIncident, call: Lead) -> Response:
        return await run_on_incident(parts, incident, call, lambda *given: update_incident(body, *given))

    @router.post(
        "/{incident}/record-mass-notice",
        summary="Record a notice to all requesters",
        name="record-mass-notice",
        response_model=None,
    )
    async def notice(incident: IncidentId, body: RecordMassNotice, call: Lead) -> Response:
        return await run_on_incident(parts, incident, call, lambda *given: record_mass_notice(body, *given))

    _offer_ends(router, parts)
    return router


def _offer_ends(router: APIRouter, parts: Parts) -> None:
    @router.post(
        "/{incident}/resolve-incident", summary="Resolve an incident", name="resolve-incident", response_model=None
    )
    async def resolve(incident: IncidentId, body: ResolveIncident, call: Lead) -> Response:
        return await run_on_incident(parts, incident, call, lambda *given: resolve_incident(body, *given))

    @router.post(
        "/{incident}/reopen-incident", summary="Reopen an incident", name="reopen-incident", response_model=None
    )
    async def reopen(incident: IncidentId, body: ReopenIncident, call: Lead) -> Response:
        return await run_on_incident(parts, incident, call, lambda *given: reopen_incident(body, *given))


async def run_on_incident(parts: Parts, incident: str, call: Call, decide: Decide) -> Response:
    """Decide and record. Raises the decision's refusal."""
    return answered(incident, await parts.service.log.writer.submit(_item(parts, incident, call, decide)))


async def _declare(parts: Parts, body: DeclareIncident, call: Call) -> Response:
    """The id of the new incident is derived from the command: a repeat has the same one."""
    incident = new_incident(call.id)

    def decided(states: AnyState, context: DecisionContext) -> list[Draft]:
        found = states if isinstance(states, Mapping) else {incident: states}
        clients = {name: cast(Client, found[name]) for name in body.clients}
        return declare_incident(body, cast(Incident, found[incident]), clients, context)

    others = tuple((Stream.CLIENTS, name) for name in dict.fromkeys(body.clients))
    item = _item(parts, incident, call, decided)._replace(other_aggregates=others)
    return answered(incident, await parts.service.log.writer.submit(item), created=True)


def _item(parts: Parts, incident: str, call: Call, decide: Callable[..., list[Draft]]) -> work_items.Command:
    log, ring = parts.service.log, parts.ring
    subject = sealing_subject(Stream.INCIDENTS, incident)
    context = DecisionContext(
        id=call.id,
        actor=call.actor,
        now=log.clock.now(),
        policies=parts.policies,
        subject=incident,
        roles=frozenset(call.principal.roles),
        fingerprint=lambda text: fingerprint(text, ring, subject),
        sources=log.tables.sources,
    )
    return work_items.Command(
        Stream.INCIDENTS,
        incident,
        decide,
        context,
        fingerprint=call.identity.fingerprint,
        traceparent=traceparent(),
        conditions=call.conditions,
    )


def new_incident(command_id: UUID) -> str:
    """The id of the incident that this command declares. The same in every repeat."""
    return str(uuid5(command_id, "incident"))

"""`GET /incidents` and `GET /incidents/{incident}`: major incidents with the tickets that belong to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, cast

import sqlalchemy as sa
from fastapi import APIRouter, Query
from starlette.responses import Response

from desk.contract.event import Stream
from desk.contract.read_text import ReadText
from desk.contract.streams.incident import Incident
from desk.decision.principal import Principal
from desk.decision.refusal import Refusal
from desk.eventstore.table_writer import DbCursor
from desk.http.app.responses import json_response
from desk.http.app.schemas import returns
from desk.http.auth.access import Staff, visible_clients
from desk.projections.statements import compiled
from desk.projections.tickets import TICKETS
from desk.service.parts import Parts
from desk_triage.incidents.commands import IncidentId
from desk_triage.incidents.view import incidents_in
from desk_triage.responses import IncidentChild, IncidentDocument, IncidentList

MOST = 200
OF_CLIENTS = compiled(
    sa.select(TICKETS.c.ticket_id).where(
        TICKETS.c.ticket_id == sa.any_(sa.bindparam("tickets")), TICKETS.c.client == sa.any_(sa.bindparam("scope"))
    )
).encode()


def read_routes(parts: Parts) -> APIRouter:
    """The reads of incidents."""
    router = APIRouter(tags=["reads"], prefix="/incidents")
    _offer_one(router, parts)

    @router.get(
        "",
        summary="List major incidents",
        response_model=None,
        responses=returns(IncidentList, "Incidents, the newest onset first"),
    )
    def incidents(
        reader: Staff,
        state: Literal["open", "resolved"] = "open",
        limit: Annotated[int, Query(ge=1, le=MOST, description="Maximum number of incidents")] = MOST,
    ) -> Response:
        found = parts.service.log.store.execute(lambda cursor: incidents_in(cursor, state, limit))
        documents = (document_of(parts, name, reader) for name in found)
        return json_response(IncidentList([one for one in documents if one is not None]))

    return router


def _offer_one(router: APIRouter, parts: Parts) -> None:
    @router.get(
        "/{incident}",
        summary="Get a major incident with its tickets",
        response_model=None,
        responses=returns(IncidentDocument, "The incident"),
    )
    def incident(reader: Staff, incident: IncidentId) -> Response:
        found = document_of(parts, incident, reader)
        if found is None:
            raise Refusal("unknown_incident")
        return json_response(found)


def document_of(parts: Parts, name: str, reader: Principal) -> IncidentDocument | None:
    """The incident as this reader may see it: the clients and tickets in the reader's scope. None where there is none,
    or it concerns none of these clients."""
    incident: Incident = parts.service.log.replica(Stream.INCIDENTS, name).state
    scope = visible_clients(reader)
    if not incident.exists or not (scope is None or any(map(incident.concerns, scope))):
        return None
    return _document(name, incident, _children(parts, incident, scope), parts, scope)


def _document(
    name: str, incident: Incident, children: list[IncidentChild], parts: Parts, scope: Sequence[str] | None
) -> IncidentDocument:
    return IncidentDocument(
        incident=name,
        state=incident.state,
        title=cast(ReadText, parts.disclose(incident.title)),
        symptom=incident.symptom,
        severity=incident.severity,
        onset=incident.onset,
        clients=[client for client in incident.clients if scope is None or client in scope],
        devices=list(incident.devices) if scope is None else [],
        vendor=incident.vendor,
        component=incident.component,
        episode=incident.episode,
        children=children,
        vendor_states=dict(incident.vendors),
    )


def _children(parts: Parts, incident: Incident, scope: Sequence[str] | None) -> list[IncidentChild]:
    seen = set(incident.children)
    if scope is not None:
        values = {"tickets": list(incident.children), "scope": list(scope)}
        seen = set(parts.service.log.store.execute(lambda cursor: _of_clients(cursor, values)))
    return [IncidentChild(ticket, relation) for ticket, relation in incident.children.items() if ticket in seen]


def _of_clients(cursor: DbCursor, values: dict[str, list[str]]) -> list[str]:
    return [row[0] for row in cursor.execute(OF_CLIENTS, values)]

"""History comes in over HTTP: an administrator sends a log's rows in batches, in their order, as often as needed."""

from __future__ import annotations

import asyncio
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from desk.deciding import Deciding
from desk.hosting import Parts
from desk.http.answers import json_response
from desk.http.auth import require
from desk.http.problems import invalid_field
from desk.log import items
from desk.principals import Principal, Role
from desk.ticket.event import Actor, Draft, Stream
from desk.ticket.intake.facts import Kind
from desk.ticket.ticket import Ticket
from desk_intake.imports.recording import Source, record_row
from desk_intake.imports.rows import RowRead, observation_id, ticket_id

MOST = 1000
Importer = Annotated[Principal, Depends(require(Role.ADMIN, whole=True))]


class RowBatch(msgspec.Struct, forbid_unknown_fields=True):
    """Rows of one log. `matrix` is the version of triage's policy `matrix` that was published for it."""

    source: str
    kind: Kind
    profile: str
    matrix: str
    rows: list[RowRead]


class BatchRecorded(msgspec.Struct):
    """How many rows were recorded, and how many had been before."""

    recorded: int
    repeated: int


def import_routes(parts: Parts) -> APIRouter:
    """`POST /imports`."""
    router = APIRouter(tags=["import"])

    @router.post("/imports", summary="Rows of an ITSM's log, in order", response_model=None)
    async def rows(importer: Importer, request: Request) -> Response:
        batch = _decode(await request.body())
        source = Source(batch.source, batch.kind, batch.profile, batch.matrix)
        work = [_item(row, source, importer, parts) for row in batch.rows]
        outcomes = await asyncio.wrap_future(parts.service.log.writer.together(work))
        for outcome in outcomes:
            if outcome.error is not None:
                raise outcome.error
        repeated = sum(outcome.result.repeat for outcome in outcomes)
        return json_response(BatchRecorded(len(work) - repeated, repeated))

    return router


def _decode(body: bytes) -> RowBatch:
    try:
        batch = msgspec.json.decode(body, type=RowBatch)
    except msgspec.MsgspecError as error:
        raise invalid_field("body", str(error), "Send what `desk import log` sends.") from error
    if len(batch.rows) > MOST:
        raise invalid_field("rows", f"{len(batch.rows)} rows at once", f"Send at most {MOST} at a time.")
    return batch


def _item(row: RowRead, source: Source, importer: Principal, parts: Parts) -> items.Command:
    identity: UUID = observation_id(source.name, row.record, row.row_hash, row.k)
    deciding = Deciding(
        id=identity,
        actor=Actor(importer.kind, importer.subject),
        now=parts.service.log.clock.now(),
        policies=parts.policies,
        mode="import",
        origin="import",
    )

    def decide(ticket: Ticket, _deciding: Deciding) -> list[Draft]:
        return record_row(row, source, ticket)

    return items.Command(Stream.TICKETS, str(ticket_id(source.name, row.record)), decide, deciding, row.row_hash)

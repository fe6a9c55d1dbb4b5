"""HTTP route for history import: an administrator sends a log's rows in ordered batches, which may be repeated."""

from __future__ import annotations

import asyncio
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from desk.contract.bounds import PLAIN
from desk.contract.codec import Unrecordable
from desk.contract.event import Actor, Draft, Stream
from desk.contract.ticket.intake.facts import Kind
from desk.contract.ticket.ticket import Ticket
from desk.decision.context import DecisionContext
from desk.decision.principal import Principal, Role
from desk.eventstore.unit_of_work import work_items
from desk.http.app.responses import json_response
from desk.http.app.schemas import returns
from desk.http.auth.access import require
from desk.http.problems.problem import invalid_field
from desk.service.parts import Parts
from desk_intake.imports.recording import Source, record_row
from desk_intake.imports.rows import BatchRecorded, RowRead, RowRefused, observation_id, problem_of, ticket_id
from desk_intake.policies import check_import_kind

MOST = 1000
Importer = Annotated[Principal, Depends(require(Role.ADMIN, all_clients=True))]


Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=PLAIN)]


class RowBatch(msgspec.Struct, forbid_unknown_fields=True):
    """Rows of one log. `matrix` is the version of triage's policy `matrix` that was published for it."""

    source: Name
    kind: Kind
    profile: Name
    matrix: Name
    rows: Annotated[list[RowRead], msgspec.Meta(max_length=MOST)]


def import_routes(parts: Parts) -> APIRouter:
    """`POST /imports`."""
    router = APIRouter(tags=["import"])

    @router.post(
        "/imports",
        summary="Import rows of an ITSM's log, in order",
        response_model=None,
        responses=returns(BatchRecorded),
    )
    async def rows(importer: Importer, request: Request) -> Response:
        batch = read_batch(await request.body())
        check_import_kind(batch.kind, parts.policies)
        source = Source(batch.source, batch.kind, batch.profile, batch.matrix)
        found = [(row, problem_of(row)) for row in batch.rows]
        fit = [row for row, problem in found if problem is None]
        work = [_item(row, source, importer, parts) for row in fit]
        outcomes = await asyncio.wrap_future(parts.service.log.writer.together(work))
        refused = [RowRefused(row.line, p.field, p.reason, p.remedy) for row, p in found if p is not None]
        for row, outcome in zip(fit, outcomes, strict=True):
            if outcome.error is not None:
                refused.append(_refused(row, outcome.error))
        repeated = sum(outcome.result.repeat for outcome in outcomes if outcome.error is None)
        recorded = len(batch.rows) - len(refused) - repeated
        return json_response(BatchRecorded(recorded, repeated, tuple(refused)))

    return router


def _refused(row: RowRead, error: Exception) -> RowRefused:
    """The refusal of a row whose content cannot be recorded; raises any other error."""
    if isinstance(error, Unrecordable):
        return RowRefused(row.line, "row", str(error), "shorten its texts")
    raise error


def read_batch(body: bytes) -> RowBatch:
    """The rows of a request body, which may be anything. Raises the problem `invalid_field`."""
    try:
        return msgspec.json.decode(body, type=RowBatch)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise invalid_field("body", str(error), "Send what `desk import log` sends.") from error


def _item(row: RowRead, source: Source, importer: Principal, parts: Parts) -> work_items.Command:
    identity: UUID = observation_id(source.name, row.record, row.row_hash, row.k)
    context = DecisionContext(
        id=identity,
        actor=Actor(importer.kind, importer.subject),
        now=parts.service.log.clock.now(),
        policies=parts.policies,
        mode="import",
        origin="import",
    )

    def decide(ticket: Ticket, _context: DecisionContext) -> list[Draft]:
        return record_row(row, source, ticket)

    return work_items.Command(Stream.TICKETS, str(ticket_id(source.name, row.record)), decide, context, row.row_hash)

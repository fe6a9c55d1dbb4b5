"""`POST /clients/{client}/confirm-mapping`: a person says which client or device of a vendor one of ours is."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from desk.contract.bounds import Code
from desk.contract.event import Draft, Stream
from desk.contract.streams.client import Client
from desk.decision.context import DecisionContext
from desk.decision.principal import Role
from desk.eventstore.unit_of_work import work_items
from desk.http.commands.command_route import Call, answered, command
from desk.service.parts import Parts
from desk.telemetry.tracing import traceparent
from desk_intake.decisions.mapping import ConfirmMapping, confirm_mapping
from desk_intake.views.vendor_ids import mapped_to

Mapper = Annotated[Call, Depends(command(Role.ADMIN, Role.COORDINATOR, Role.DISPATCHER, all_clients=True))]
"""Every client is in the scope of a mapper: a refusal names the client that has the vendor's id."""
ClientId = Annotated[Code, Path(description="Client id")]


def mapping_routes(parts: Parts) -> APIRouter:
    """The command on a client that intake has beside those on tickets."""
    router = APIRouter(tags=["commands"])
    path = "/clients/{client}/confirm-mapping"
    # the look-up precedes the record: of two mappings of one id, the later has to see the earlier
    one_by_one = asyncio.Lock()

    @router.post(
        path, summary="Confirm a vendor's id of a client or device", name="confirm-mapping", response_model=None
    )
    async def confirm(client: ClientId, body: ConfirmMapping, call: Mapper) -> Response:
        log = parts.service.log
        async with one_by_one:
            item = await asyncio.to_thread(_item, parts, client, body, call)
            recorded = await log.writer.submit(item)
        return answered(client, recorded)

    return router


def _item(parts: Parts, client: str, body: ConfirmMapping, call: Call) -> work_items.Command:
    log = parts.service.log
    device = body.device is not None
    found = log.store.execute(lambda cursor: mapped_to(cursor, body.instance, body.external, device=device))
    context = DecisionContext(
        id=call.id,
        actor=call.actor,
        now=log.clock.now(),
        policies=parts.policies,
        subject=client,
        roles=frozenset(call.principal.roles),
        sources=log.tables.sources,
    )

    def decide(state: Client, context: DecisionContext) -> list[Draft]:
        return confirm_mapping(body, state, found, context)

    return work_items.Command(
        Stream.CLIENTS, client, decide, context, fingerprint=call.identity.fingerprint, traceparent=traceparent()
    )

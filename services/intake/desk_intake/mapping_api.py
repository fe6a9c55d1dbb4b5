"""`POST /clients/{client}/confirm-mapping` and `/withdraw-mapping`: a person says which vendor's id one of ours has."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
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
from desk_intake.decisions.mapping import ConfirmMapping, VendorId, WithdrawMapping, confirm_mapping, withdraw_mapping
from desk_intake.views.vendor_ids import CLAIMS, mapped_to

Mapper = Annotated[Call, Depends(command(Role.ADMIN, Role.COORDINATOR, Role.DISPATCHER, all_clients=True))]
"""Every client is in the scope of a mapper: a refusal names the client that has the vendor's id."""
ClientId = Annotated[Code, Path(description="Client id")]
Owners = Sequence[tuple[str, str]]
Decide = Callable[[Client, Owners, DecisionContext], list[Draft]]


def mapping_routes(parts: Parts) -> APIRouter:
    """The commands on a client that intake has beside those on tickets."""
    router = APIRouter(tags=["commands"], prefix="/clients/{client}")

    async def submit(client: str, body: VendorId, call: Call, decide: Decide) -> Response:
        item = await asyncio.to_thread(_item, parts, client, body, call, decide)
        recorded = await parts.service.log.writer.submit(item)
        return answered(client, recorded)

    @router.post(
        "/confirm-mapping",
        summary="Confirm a vendor's id of a client or device",
        name="confirm-mapping",
        response_model=None,
    )
    async def confirm(client: ClientId, body: ConfirmMapping, call: Mapper) -> Response:
        return await submit(client, body, call, lambda *given: confirm_mapping(body, *given))

    @router.post(
        "/withdraw-mapping",
        summary="Withdraw a vendor's id of a client or device",
        name="withdraw-mapping",
        response_model=None,
    )
    async def withdraw(client: ClientId, body: WithdrawMapping, call: Mapper) -> Response:
        return await submit(client, body, call, lambda *given: withdraw_mapping(body, *given))

    return router


def _item(parts: Parts, client: str, body: VendorId, call: Call, decide: Decide) -> work_items.Command:
    """The command. The owners of the id are read before it; a new mapping claims the id in the transaction, so that of
    two mappings in the same moment, also in two processes, one is refused.
    """
    log = parts.service.log
    device = body.device is not None
    owners = log.store.execute(lambda cursor: mapped_to(cursor, body.instance, body.external, device=device))
    context = DecisionContext(
        id=call.id,
        actor=call.actor,
        now=log.clock.now(),
        policies=parts.policies,
        subject=client,
        roles=frozenset(call.principal.roles),
        sources=log.tables.sources,
    )
    claim = (CLAIMS, (body.instance, body.external, device, client, body.device or ""))
    return work_items.Command(
        Stream.CLIENTS,
        client,
        lambda state, context: decide(state, owners, context),
        context,
        fingerprint=call.identity.fingerprint,
        traceparent=traceparent(),
        writes=(claim,) if isinstance(body, ConfirmMapping) else (),
    )

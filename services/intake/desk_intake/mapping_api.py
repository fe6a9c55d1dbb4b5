"""`POST /clients/{client}/confirm-mapping` and `/withdraw-mapping`: a person says which vendor's id one of ours has."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from desk.contract.event import Draft
from desk.contract.streams.client import Client
from desk.decision.context import DecisionContext
from desk.decision.principal import Role
from desk.http.commands.command_route import Call, command
from desk.service.parts import Parts
from desk_intake.client_command import ClientId, run_on_client
from desk_intake.decisions.mapping import ConfirmMapping, VendorId, WithdrawMapping, confirm_mapping, withdraw_mapping
from desk_intake.views.vendor_ids import CLAIMS, mapped_to

Mapper = Annotated[Call, Depends(command(Role.ADMIN, Role.COORDINATOR, Role.DISPATCHER, all_clients=True))]
"""Every client is in the scope of a mapper: a refusal names the client that has the vendor's id."""
Owners = Sequence[tuple[str, str]]
Decide = Callable[[Client, Owners, DecisionContext], list[Draft]]


def mapping_routes(parts: Parts) -> APIRouter:
    """The commands on a client that intake has beside those on tickets."""
    router = APIRouter(tags=["commands"], prefix="/clients/{client}")

    @router.post(
        "/confirm-mapping",
        summary="Confirm a vendor's id of a client or device",
        name="confirm-mapping",
        response_model=None,
    )
    async def confirm(client: ClientId, body: ConfirmMapping, call: Mapper) -> Response:
        return await _submit(parts, client, body, call, lambda *given: confirm_mapping(body, *given))

    @router.post(
        "/withdraw-mapping",
        summary="Withdraw a vendor's id of a client or device",
        name="withdraw-mapping",
        response_model=None,
    )
    async def withdraw(client: ClientId, body: WithdrawMapping, call: Mapper) -> Response:
        return await _submit(parts, client, body, call, lambda *given: withdraw_mapping(body, *given))

    return router


async def _submit(parts: Parts, client: str, body: VendorId, call: Call, decide: Decide) -> Response:
    """Decide by the owners of the id, read before. A new mapping claims the id in the transaction, so that of two in
    the same moment, also in two processes, one is refused.
    """
    owners = await asyncio.to_thread(_owners, parts, body)
    claim = (CLAIMS, (body.instance, body.external, body.device is not None, client, body.device or ""))
    writes = (claim,) if isinstance(body, ConfirmMapping) else ()
    return await run_on_client(parts, client, call, lambda state, x: decide(state, owners, x), writes)


def _owners(parts: Parts, body: VendorId) -> Owners:
    store, device = parts.service.log.store, body.device is not None
    return store.execute(lambda cursor: mapped_to(cursor, body.instance, body.external, device=device))

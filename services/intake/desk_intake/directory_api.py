"""`POST /clients/{client}/add-client`: a client of a desk without a PSA."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from desk.decision.principal import Role
from desk.http.commands.command_route import Call, command
from desk.service.parts import Parts
from desk_intake.client_command import ClientId, run_on_client
from desk_intake.decisions.directory import AddClient, add_client

Keeper = Annotated[Call, Depends(command(Role.ADMIN, Role.DISPATCHER, all_clients=True))]


def directory_routes(parts: Parts) -> APIRouter:
    """The commands on the desk's own directory."""
    router = APIRouter(tags=["commands"], prefix="/clients/{client}")

    @router.post("/add-client", summary="Add or change a client", name="add-client", response_model=None)
    async def add(client: ClientId, body: AddClient, call: Keeper) -> Response:
        return await run_on_client(parts, client, call, lambda *given: add_client(body, *given))

    return router

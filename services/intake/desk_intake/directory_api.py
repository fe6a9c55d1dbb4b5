"""The records of a desk without a PSA: `POST /clients/{client}/add-client`, `-contact`, `-device`, `-agreement`, and
`POST /staff/{staff}/add-staff`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from desk.contract.bounds import Code
from desk.contract.event import Draft, Stream
from desk.contract.streams.client import Client
from desk.contract.streams.person import Person
from desk.decision.context import DecisionContext
from desk.decision.principal import Role
from desk.http.commands.command_route import Call, command
from desk.http.problems.problem import invalid_field
from desk.service.parts import Parts
from desk_intake.client_command import ClientId, run_on, run_on_client
from desk_intake.decisions.directory import (
    INSTANCE,
    AddAgreement,
    AddClient,
    AddDevice,
    add_agreement,
    add_client,
    add_device,
)
from desk_intake.decisions.directory_people import AddContact, AddStaff, Contacted, add_contact, add_staff
from desk_intake.psa.directory.held_ticket_and_agreement_rows import agreement_owner
from desk_intake.psa.observe.record_links import device_owners
from desk_intake.views.vendor_ids import CLAIMS

Keeper = Annotated[Call, Depends(command(Role.ADMIN, Role.DISPATCHER, all_clients=True))]
StaffId = Annotated[Code, Path(description="Id of the member of staff")]


def directory_routes(parts: Parts) -> APIRouter:
    """The commands on the desk's own directory."""
    router = APIRouter(tags=["commands"])
    on_client = partial(router.post, response_model=None)

    @on_client("/clients/{client}/add-client", summary="Add or change a client", name="add-client")
    async def client(client: ClientId, body: AddClient, call: Keeper) -> Response:
        return await run_on_client(parts, client, call, partial(add_client, body))

    @on_client("/clients/{client}/add-contact", summary="Add or change a contact", name="add-contact")
    async def contact(client: ClientId, body: AddContact, call: Keeper) -> Response:
        return await _contact(parts, client, body, call)

    @on_client("/clients/{client}/add-device", summary="Add or change a device", name="add-device")
    async def device(client: ClientId, body: AddDevice, call: Keeper) -> Response:
        return await _device(parts, client, body, call)

    @on_client("/clients/{client}/add-agreement", summary="Add or change an agreement", name="add-agreement")
    async def agreement(client: ClientId, body: AddAgreement, call: Keeper) -> Response:
        return await _agreement(parts, client, body, call)

    @on_client("/staff/{staff}/add-staff", summary="Add or change a member of staff", name="add-staff")
    async def staff(staff: StaffId, body: AddStaff, call: Keeper) -> Response:
        return await run_on(parts, Stream.PEOPLE, staff, call, partial(add_staff, body))

    return router


async def _contact(parts: Parts, client: str, body: AddContact, call: Call) -> Response:
    """Decided on the contact and its client, in one transaction."""
    if body.contact == client:
        raise invalid_field("contact", "it is the id of the client", "Choose another id.")

    def decide(states: Mapping[str, object], context: DecisionContext) -> list[Draft]:
        person, owner = states[body.contact], states[client]
        assert isinstance(person, Person) and isinstance(owner, Client)
        return add_contact(body, Contacted(person, owner, client), context)

    return await run_on(parts, Stream.PEOPLE, body.contact, call, decide, others=((Stream.CLIENTS, client),))


async def _device(parts: Parts, client: str, body: AddDevice, call: Call) -> Response:
    """The id is claimed for the client in the transaction, so that of two clients in the same moment one is refused."""
    store = parts.service.log.store
    owners = await asyncio.to_thread(store.execute, lambda cursor: device_owners(cursor, body.device))
    claim = (CLAIMS, (INSTANCE, body.device, True, client, body.device))
    return await run_on_client(parts, client, call, lambda state, x: add_device(body, state, owners, x), (claim,))


async def _agreement(parts: Parts, client: str, body: AddAgreement, call: Call) -> Response:
    store = parts.service.log.store
    owner = await asyncio.to_thread(store.execute, lambda cursor: agreement_owner(cursor, body.agreement))
    return await run_on_client(parts, client, call, lambda state, x: add_agreement(body, state, owner, x))

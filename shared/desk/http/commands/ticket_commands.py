"""Serves the commands of a service: one route per row of its table, `POST /tickets/{ticket}/{command}`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Annotated, cast
from uuid import UUID, uuid5

from fastapi import APIRouter, Depends, Path
from msgspec.structs import replace
from starlette.responses import Response

from desk.contract.bounds import TicketId
from desk.contract.event import Draft, Stream
from desk.contract.ticket.ticket import Ticket, status
from desk.decision.command import Body, Command, decide
from desk.decision.context import AnyState, DecisionContext, Policies
from desk.decision.principal import Principal
from desk.decision.reads import Found, Lookup
from desk.decision.refusal import Refusal
from desk.eventstore.aggregate_id import aggregate_of
from desk.eventstore.event_log import EventLog
from desk.eventstore.unit_of_work import work_items
from desk.fault_points import fault_point
from desk.http.auth.access import ensure_client
from desk.http.commands.command_route import Call, CommandGate, answered
from desk.http.reads.read_your_writes import ensure_applied
from desk.telemetry.tracing import traceparent

Fingerprints = Callable[[str, Ticket], Callable[[str], str]]
"""(ticket id, ticket) -> the keyed hash of a text on that ticket."""
NO_TICKET = str(UUID(int=0))
"""The id that a caller waits for whose scope lacks the ticket: Desk-Seen must not count another client's facts."""


class TicketCommands:
    """Runs the commands of one service on its event store."""

    def __init__(
        self, log: EventLog, policies: Policies, fingerprints: Fingerprints, lookups: Mapping[str, Lookup] | None = None
    ) -> None:
        self._log, self._policies = log, policies
        self._fingerprints, self._lookups = fingerprints, lookups or {}

    async def run(self, command: Command, body: Body, ticket_id: str, call: Call) -> Response:
        """Decide, record, respond. A Refusal becomes problem+json; a repeat returns the facts of the first time."""
        if call.seen:
            await self._ensure_applied(ticket_id, call)
        owner = (await self._ticket(ticket_id)).intake.client
        client = getattr(body, "client", None) or owner
        if owner or command.opens:
            ensure_client(call.principal, owner or client)  # also before the answer of a repeat
        make = partial(self._item, command, body, ticket_id, client, call)
        item = await asyncio.to_thread(make) if command.lookups else make()
        fault_point("command in")
        recorded = await self._log.writer.submit(item)
        return self._answer(command, ticket_id, recorded, await self._ticket(ticket_id))

    def _item(self, command: Command, body: Body, ticket_id: str, client: str, call: Call) -> work_items.Command:
        others = command.aggregates(body, client)
        return work_items.Command(
            Stream.TICKETS,
            ticket_id,
            self._decision(command, body, ticket_id, client, call.principal, several=bool(others)),
            self._deciding(body, call),
            fingerprint=call.identity.fingerprint,
            traceparent=traceparent(),
            other_aggregates=others,
            conditions=call.conditions,
        )

    async def _ensure_applied(self, ticket_id: str, call: Call) -> None:
        ticket = await self._ticket(ticket_id)
        foreign = ticket.intake.exists and not call.principal.sees(ticket.intake.client)
        await ensure_applied(call.http_context.replica_progress, NO_TICKET if foreign else ticket_id, call.seen)

    async def _ticket(self, ticket_id: str) -> Ticket:
        found = self._log.cache.get(aggregate_of(Stream.TICKETS, ticket_id))
        if found is None:
            found = await asyncio.to_thread(self._log.replica, Stream.TICKETS, ticket_id)
        return cast(Ticket, found.state)

    def _deciding(self, body: Body, call: Call) -> DecisionContext:
        return DecisionContext(
            id=call.id,
            actor=call.actor,
            now=self._log.clock.now(),
            policies=self._policies,
            cycle=getattr(body, "cycle", None),
            roles=frozenset(call.principal.roles),
            sources=self._log.tables.sources,
        )

    def _decision(
        self, command: Command, body: Body, ticket_id: str, client: str, principal: Principal, *, several: bool
    ) -> Callable[[AnyState, DecisionContext], list[Draft]]:
        answers = {name: self._lookups[name](body, client) for name in command.lookups}

        def decided(state: AnyState, context: DecisionContext) -> list[Draft]:
            states: Mapping[str, object] = state if isinstance(state, Mapping) else {}
            ticket = states.get(ticket_id, state)
            assert isinstance(ticket, Ticket)
            ensure_client(principal, ticket.intake.client or client)
            if ticket.intake.exists and ticket.intake.client != client:
                raise Refusal("not_heard_yet", "the ticket moved to another client meanwhile")
            keyed = self._fingerprints(ticket_id, ticket)
            seen = replace(context, fingerprint=keyed, subject=ticket_id)
            return decide(command, body, ticket, seen, Found(client, states, answers))

        return decided

    def _answer(self, command: Command, ticket_id: str, recorded: work_items.Recorded, ticket: Ticket) -> Response:
        return answered(ticket_id, recorded, created=command.opens, cycle=ticket.cycle, status=status(ticket).value)


def command_routes(commands: Sequence[Command], runner: TicketCommands) -> APIRouter:
    """One route per command, with its roles, its body's schema and its summary in OpenAPI."""
    router = APIRouter(tags=["commands"])
    for command in commands:
        (_opening if command.opens else _on_ticket)(router, command, runner)
    return router


def _opening(router: APIRouter, command: Command, runner: TicketCommands) -> None:
    async def endpoint(body: Body, call: Call) -> Response:
        return await runner.run(command, body, new_ticket(call.id), call)

    endpoint.__annotations__ = {"body": command.body, "call": _call(command), "return": Response}
    router.post("/tickets", summary=command.summary, name=command.name, response_model=None, status_code=201)(endpoint)


def _on_ticket(router: APIRouter, command: Command, runner: TicketCommands) -> None:
    async def endpoint(ticket: str, body: Body, call: Call) -> Response:
        return await runner.run(command, body, ticket, call)

    endpoint.__annotations__ = {
        "ticket": Annotated[TicketId, Path(description="Ticket id")],
        "body": command.body,
        "call": _call(command),
        "return": Response,
    }
    path = f"/tickets/{{ticket}}/{command.name}"
    router.post(path, summary=command.summary, name=command.name, response_model=None)(endpoint)


def _call(command: Command) -> object:
    return Annotated[Call, Depends(CommandGate(command.roles))]


def new_ticket(command_id: UUID) -> str:
    """The id of the ticket that this command opens. The same in every repeat."""
    return str(uuid5(command_id, "ticket"))

"""Runs a command on a client: decided on its state, and recorded in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Path
from starlette.responses import Response

from desk.contract.bounds import Code
from desk.contract.event import Draft, Stream
from desk.contract.streams.client import Client
from desk.decision.context import DecisionContext
from desk.eventstore.table_writer import Row, TableWriter
from desk.eventstore.unit_of_work import work_items
from desk.http.commands.command_route import Call, answered
from desk.service.parts import Parts
from desk.telemetry.tracing import traceparent

ClientId = Annotated[Code, Path(description="Client id")]
Decide = Callable[[Client, DecisionContext], list[Draft]]


async def run_on_client(
    parts: Parts, client: str, call: Call, decide: Decide, writes: tuple[tuple[TableWriter, Row], ...] = ()
) -> Response:
    """Decide and record; `writes` are rows of the same transaction. Raises the decision's refusal."""
    log = parts.service.log
    context = DecisionContext(
        id=call.id,
        actor=call.actor,
        now=log.clock.now(),
        policies=parts.policies,
        subject=client,
        roles=frozenset(call.principal.roles),
        sources=log.tables.sources,
    )
    item = work_items.Command(
        Stream.CLIENTS,
        client,
        decide,
        context,
        fingerprint=call.identity.fingerprint,
        traceparent=traceparent(),
        writes=writes,
        conditions=call.conditions,
    )
    return answered(client, await log.writer.submit(item))

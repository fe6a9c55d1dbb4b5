"""Runs a command on a client or a person: decided on its state, and recorded in one transaction."""

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
Writes = tuple[tuple[TableWriter, Row], ...]


async def run_on_client(parts: Parts, client: str, call: Call, decide: Decide, writes: Writes = ()) -> Response:
    """Decide and record; `writes` are rows of the same transaction. Raises the decision's refusal."""
    return await run_on(parts, Stream.CLIENTS, client, call, decide, writes)


async def run_on(
    parts: Parts,
    stream: Stream,
    subject: str,
    call: Call,
    decide: work_items.Decide,
    writes: Writes = (),
    others: tuple[tuple[Stream, str], ...] = (),
) -> Response:
    """Decide and record on one aggregate; with `others`, `decide` gets a mapping of subject to state."""
    item = work_items.Command(
        stream,
        subject,
        decide,
        _context(parts, subject, call),
        fingerprint=call.identity.fingerprint,
        traceparent=traceparent(),
        other_aggregates=others,
        writes=writes,
        conditions=call.conditions,
    )
    return answered(subject, await parts.service.log.writer.submit(item))


def _context(parts: Parts, subject: str, call: Call) -> DecisionContext:
    log = parts.service.log
    return DecisionContext(
        id=call.id,
        actor=call.actor,
        now=log.clock.now(),
        policies=parts.policies,
        subject=subject,
        roles=frozenset(call.principal.roles),
        sources=log.tables.sources,
    )

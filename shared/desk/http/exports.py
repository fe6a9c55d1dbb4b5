"""Exports of a replica as newline-delimited JSON, and the digests by which replicas are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Query
from starlette.responses import Response, StreamingResponse

from desk.bounds import TicketId
from desk.codec import digest
from desk.exports.observations import rows as observation_rows
from desk.exports.reading import raw_facts, ticket_events, ticket_rows
from desk.http.auth import require
from desk.log.opened import Log
from desk.principals import Principal, Role
from desk.ticket.ticket import Ticket
from desk.views.tickets import TicketRow, row

MEDIA = "application/x-ndjson"
CHUNK = 500
_UNLISTED = frozenset({"client", "contact", "flags", "updated_at"})
TICKETS = tuple(name for name in TicketRow._fields if name not in _UNLISTED)
Exporter = Annotated[Principal, Depends(require(Role.ADMIN, Role.AUDITOR, Role.SERVICE, whole=True))]
encode = msgspec.json.Encoder().encode


class Exports:
    """Streams one service's replica."""

    def __init__(self, log: Log) -> None:
        self._log = log

    def tickets(self) -> Iterator[bytes]:
        """One line per ticket, by source record."""
        for found in ticket_rows(self._log.store):
            yield encode({name: getattr(found, name) for name in TICKETS})

    def observations(self) -> Iterator[bytes]:
        """One line per observation, in the order in which intake recorded them."""
        found = [
            line
            for _, events in ticket_events(self._log.store, self._log.language)
            for line in observation_rows(events)
        ]
        found.sort(key=lambda line: (line.recorded, line.source_record, line.source_seq))
        for line in found:
            fields = line._asdict()
            del fields["recorded"]
            yield encode(fields)

    def facts(self, ticket: str | None) -> Iterator[bytes]:
        """The CloudEvents as stored and published."""
        return raw_facts(self._log.store, ticket)

    def digests(self) -> Iterator[bytes]:
        """Of every aggregate the vector of ownerseqs and the digest of its state; of a ticket, whether its row is
        right.
        """
        views = {found.ticket_id: found for found in ticket_rows(self._log.store)}
        names = sorted(self._log.store.read(lambda reads: reads.vectors()))
        for start in range(0, len(names), CHUNK):
            yield from self._digests(names[start : start + CHUNK], views)

    def _digests(self, names: list[str], views: dict[str, TicketRow]) -> Iterator[bytes]:
        found = self._log.store.read(lambda reads: self._log.loader.load(reads, names))
        for name, replica in sorted(found.items()):
            line: dict[str, Any] = {
                "aggregate": name,
                "vector": dict(sorted(replica.vector().items())),
                "digest": digest(_compared(replica.state)),
            }
            if ":" not in name and name in views:
                line["view"] = row(name, replica.state, views[name].updated_at) == views[name]
            yield encode(line)


def _compared(state: Any) -> Any:
    """What every service folds alike."""
    return state.slices if isinstance(state, Ticket) else state


def export_routes(log: Log) -> APIRouter:
    """The routes that every service has."""
    router = APIRouter(tags=["exports"])
    exports = Exports(log)

    @router.get("/exports/tickets", summary="One line per ticket", response_model=None)
    def tickets(exporter: Exporter) -> Response:
        return lines(exports.tickets)

    @router.get("/exports/observations", summary="One line per observation", response_model=None)
    def observations(exporter: Exporter) -> Response:
        return lines(exports.observations)

    @router.get("/exports/facts", summary="Facts as stored and published", response_model=None)
    def facts(exporter: Exporter, ticket: Annotated[TicketId | None, Query()] = None) -> Response:
        return lines(lambda: exports.facts(ticket))

    @router.get("/exports/digests", summary="What replicas are compared by", response_model=None)
    def digests(exporter: Exporter) -> Response:
        return lines(exports.digests)

    return router


def lines(make: Callable[[], Iterable[bytes]]) -> StreamingResponse:
    """An answer of one JSON value per line, made while it is sent."""
    return StreamingResponse(_batched(make()), media_type=MEDIA)


def _batched(items: Iterable[bytes]) -> Iterator[bytes]:
    batch: list[bytes] = []
    for item in items:
        batch.append(item)
        if len(batch) >= CHUNK:
            yield b"\n".join(batch) + b"\n"
            batch.clear()
    if batch:
        yield b"\n".join(batch) + b"\n"

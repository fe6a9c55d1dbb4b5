"""Exports a replica as newline-delimited JSON, and the digests by which replicas are compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import msgspec
from fastapi import APIRouter, Depends, Query
from msgspec import UNSET
from starlette.responses import Response

from desk.contract.bounds import TicketId
from desk.contract.codec import digest
from desk.contract.ticket.ticket import Ticket
from desk.decision.principal import Principal, Role
from desk.eventstore.aggregate_replica import Replica
from desk.eventstore.connections.unreadable_rows import UnreadableRow, failing, unreadable
from desk.eventstore.errors import LogError
from desk.eventstore.event_log import EventLog
from desk.http.auth.access import require
from desk.http.reads.ticket_responses import TicketRow
from desk.projections.exports.chains import chain_lines
from desk.projections.exports.digest_line import DigestLine
from desk.projections.exports.ndjson import encode, lines, named
from desk.projections.exports.observations import ObservationRow
from desk.projections.exports.observations import rows as observation_rows
from desk.projections.exports.reading import REMEDY, raw_facts, ticket_events
from desk.projections.tickets import row, ticket_rows
from desk.telemetry import Metrics

CHUNK = 500
"""Aggregates that are folded at once for their digests."""
WALKED = 100
"""Aggregates whose facts are in memory at once when their chains are verified."""
_UNLISTED = frozenset({"client", "contact", "flags", "updated_at"})
TICKETS = tuple(name for name in TicketRow.__struct_fields__ if name not in _UNLISTED)
Exporter = Annotated[Principal, Depends(require(Role.ADMIN, Role.AUDITOR, Role.SERVICE, all_clients=True))]


class Exports:
    """Streams one service's replica. Rows that cannot be read are left out; lines at the end name them."""

    def __init__(self, log: EventLog, metrics: Metrics | None = None) -> None:
        self._log, self._metrics = log, metrics

    def tickets(self) -> Iterator[bytes]:
        """One line per ticket, by source record."""
        left_out: list[UnreadableRow] = []
        for found in ticket_rows(self._log.store):
            problem = unreadable(found.ticket_id, found)
            if problem is None:
                yield encode({name: getattr(found, name) for name in TICKETS})
            else:
                left_out.append(problem)
        yield from self._named(left_out, "exports/tickets")

    def observations(self) -> Iterator[bytes]:
        """One line per observation, in the order in which intake recorded them."""
        left_out: list[UnreadableRow] = []
        found: list[ObservationRow] = []
        for ticket_id, events in ticket_events(self._log.store, self._log.language, left_out):
            try:
                found += observation_rows(events)
            except Exception as error:
                left_out.append(failing(ticket_id, error, REMEDY))
        found.sort(key=lambda line: (line.recorded, line.source_record, line.source_seq))
        for line in found:
            fields = line._asdict()
            del fields["recorded"]
            yield encode(fields)
        yield from self._named(left_out, "exports/observations")

    def facts(self, ticket: str | None) -> Iterator[bytes]:
        """The CloudEvents as stored and published."""
        return raw_facts(self._log.store, ticket)

    def digests(self) -> Iterator[bytes]:
        """One line per aggregate: the vector of ownerseqs, the digest of its state and, for a ticket, whether its row
        in the view agrees."""
        views = {found.ticket_id: found for found in ticket_rows(self._log.store)}
        vectors = self._log.store.read(lambda reads: reads.vectors())
        names = sorted(vectors)
        for start in range(0, len(names), CHUNK):
            yield from self._digests(names[start : start + CHUNK], views, vectors)

    def chains(self) -> Iterator[bytes]:
        """One line per aggregate and owner: the digests of its facts, and where they are no chain."""
        names = sorted(self._log.store.read(lambda reads: reads.vectors()))
        for start in range(0, len(names), WALKED):
            held = dict.fromkeys(names[start : start + WALKED], 0)
            rows = self._log.store.read(lambda reads, held=held: reads.events_after(held))  # type: ignore[misc]
            rows.sort(key=lambda found: found.aggregate)
            yield from map(encode, chain_lines(rows))

    def _digests(
        self, names: list[str], views: dict[str, TicketRow], vectors: dict[str, dict[str, int]]
    ) -> Iterator[bytes]:
        """The lines of these aggregates. One that cannot be folded has an empty digest, and the reason."""
        try:
            found = self._log.store.read(lambda reads: self._log.loader.load(reads, names))
            digests = [_digested(name, replica, views.get(name)) for name, replica in sorted(found.items())]
        except LogError:
            raise
        except Exception as error:
            if len(names) > 1:
                for name in names:
                    yield from self._digests([name], views, vectors)
                return
            why = failing(names[0], error, REMEDY).reason
            digests = [DigestLine(names[0], vectors[names[0]], "", unreadable=why)]
        yield from map(encode, digests)

    def _named(self, left_out: list[UnreadableRow], export: str) -> Iterator[bytes]:
        """A line for each row that was left out."""
        if left_out and self._metrics is not None:
            self._metrics.unreadable.labels(export).inc(len(left_out))
        yield from named(left_out)


def _digested(name: str, replica: Replica, view_row: TicketRow | None) -> DigestLine:
    view = UNSET if ":" in name or view_row is None else row(name, replica.state, view_row.updated_at) == view_row
    return DigestLine(
        name,
        dict(sorted(replica.vector().items())),
        digest(_compared(replica.state)),
        view,
    )


def _compared(state: msgspec.Struct) -> msgspec.Struct:
    """The part of a state that every service folds alike."""
    return state.slices if isinstance(state, Ticket) else state


def export_routes(log: EventLog, metrics: Metrics | None = None) -> APIRouter:
    """The export routes."""
    router = APIRouter(tags=["exports"])
    exports = Exports(log, metrics)

    @router.get("/exports/tickets", summary="Export tickets, one line each", response_model=None)
    def tickets(exporter: Exporter) -> Response:
        return lines(exports.tickets)

    @router.get("/exports/observations", summary="Export observations, one line each", response_model=None)
    def observations(exporter: Exporter) -> Response:
        return lines(exports.observations)

    @router.get("/exports/facts", summary="Export facts as stored and published", response_model=None)
    def facts(exporter: Exporter, ticket: Annotated[TicketId | None, Query()] = None) -> Response:
        return lines(lambda: exports.facts(ticket))

    @router.get("/exports/digests", summary="Export digests for comparing replicas", response_model=None)
    def digests(exporter: Exporter) -> Response:
        return lines(exports.digests)

    @router.get("/exports/chains", summary="Export the verified hash chains of facts", response_model=None)
    def chains(exporter: Exporter) -> Response:
        return lines(exports.chains)

    return router

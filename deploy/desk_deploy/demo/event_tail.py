"""Follows the facts that all services record, read from their stores in causal order."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import psycopg
from psycopg.rows import tuple_row

from desk.bus.local import peer_logs
from desk.bus.local.causal_merge import Published, merged
from desk.contract.event import OWNERS
from desk.eventstore.connections.error_classification import is_unavailable
from desk.eventstore.connections.hang_detection import WatchedConnection

EVERY = 0.3
LIMIT = 500
REMEMBERED = 10_000


class TailedEvent(NamedTuple):
    """One fact to display. `ticket`: its number in the PSA if recorded, else its id."""

    time: datetime
    service: str
    fact: str
    ticket: str
    actor: str


class _Head(msgspec.Struct):
    type: str
    subject: str
    recordedtime: datetime
    actor: str
    data: dict[str, Any]


class EventTail:
    """Follows the stores in one database from now on, and waits for a database that does not answer."""

    def __init__(self, database: str) -> None:
        self._database = database
        self._edges: dict[str, peer_logs.Edge] = {}
        self._names: OrderedDict[str, str] = OrderedDict()
        self._session: psycopg.Connection[tuple[Any, ...]] | None = None

    async def pages(self) -> AsyncIterator[list[TailedEvent]]:
        """Facts recorded since the last page, a few times a second; pages are never empty."""
        try:
            while True:
                page = await asyncio.to_thread(self._page)
                if page:
                    yield page
                if len(page) < LIMIT:
                    await asyncio.sleep(EVERY)
        finally:
            self._forget()

    def _page(self) -> list[TailedEvent]:
        try:
            if self._session is None or self._session.closed:
                self._session = WatchedConnection.connect(
                    self._database, autocommit=True, connect_timeout=2, row_factory=tuple_row
                )
            with self._session.cursor() as cursor:
                if not self._edges:
                    self._edges = peer_logs.edges(cursor, OWNERS)
                    return []
                page = peer_logs.pages(cursor, {owner: edge.last for owner, edge in self._edges.items()}, LIMIT)
        except psycopg.Error as error:
            self._forget()
            if not is_unavailable(error):
                raise
            return []
        facts = merged(self._following(page), LIMIT)
        for fact in facts:
            self._edges[fact.peer] = self._edges[fact.peer]._replace(last=fact.position)
        return [self._decode(fact.peer, fact.raw) for fact in facts]

    def _following(self, page: peer_logs.Pages) -> dict[str, list[Published]]:
        """The facts of continuing logs. A log that was started again or restored is followed from its end on."""
        for owner, edge in page.edges.items():
            before = self._edges[owner]
            if edge.epoch != before.epoch or edge.last < before.last:
                self._edges[owner], page.facts[owner] = edge, []
        return page.facts

    def _forget(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None

    def _decode(self, service: str, raw: bytes) -> TailedEvent:
        head = msgspec.json.decode(raw, type=_Head)
        if record := head.data.get("record"):
            self._names[head.subject] = str(record)
            if len(self._names) > REMEMBERED:
                self._names.popitem(last=False)
        name = head.type.split(".")[2]
        return TailedEvent(head.recordedtime, service, name, self._names.get(head.subject, head.subject), head.actor)

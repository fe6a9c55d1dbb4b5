"""Reads a whole replica ticket by ticket, with bounded memory."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from psycopg.rows import tuple_row

from desk.contract.event import Event
from desk.decision.event_model import EventModel
from desk.eventstore.connections.unreadable_rows import UnreadableRow, failing
from desk.eventstore.store import Store
from desk.eventstore.table_writer import SKIPPED

FACTS = (
    "SELECT originator_id, topic, state FROM stored_events WHERE strpos(originator_id, ':') = 0"
    " ORDER BY originator_id, originator_version"
)
PAGE = 2000
REMEDY = "Compare the services with desk verify, and export the ticket's facts as they are stored"


def ticket_events(
    store: Store, language: EventModel, left_out: list[UnreadableRow]
) -> Iterator[tuple[str, list[Event]]]:
    """(ticket id, its facts in the order recorded here), by ticket id; tickets that cannot be read go to `left_out`."""
    for ticket_id, rows in groupby(_rows(store), key=lambda row: row[0]):
        raws = [raw for _, topic, raw in rows if not topic.startswith(SKIPPED)]
        try:
            events = [language.decode(raw) for raw in raws]
        except Exception as error:
            left_out.append(failing(ticket_id, error, REMEDY))
        else:
            yield ticket_id, events


def _rows(store: Store) -> Iterator[tuple[Any, ...]]:
    with (
        store.datastore.get_connection() as connection,
        connection.transaction(),
        connection.cursor(name="export", row_factory=tuple_row) as cursor,
    ):
        cursor.itersize = PAGE
        yield from cursor.execute(FACTS.encode())


def raw_facts(store: Store, ticket_id: str | None) -> Iterator[bytes]:
    """Facts as stored and published, of one ticket or of all aggregates, in the order recorded here."""
    if ticket_id is not None:
        yield from (row.raw for row in store.read(lambda reads: reads.events_after({ticket_id: 0})) if not row.skipped)
        return
    position = 0
    while page := store.read(lambda reads, after=position: reads.all_after(after, PAGE)):  # type: ignore[misc]
        yield from (row.raw for row in page if not row.topic.startswith(SKIPPED))
        position = page[-1].position

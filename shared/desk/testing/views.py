"""Read models filled from stories, on real PostgreSQL, without a running service."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import psycopg

from desk.contract.ticket.ticket import Ticket
from desk.eventstore.connections.out_of_range_times import prepare_session
from desk.eventstore.table_writer import AppliedEvent, DbCursor, View
from desk.projections.listing import Listing
from desk.testing.given import Story

R = TypeVar("R")


def changes_of(aggregate: str, story: Story, owner: str) -> list[AppliedEvent]:
    """A story's facts as the views of service `owner` get them."""
    ticket, found = Ticket(), list[AppliedEvent]()
    for event in story.events:
        ticket = ticket.evolve(event)
        found.append(AppliedEvent(aggregate, event, ticket, event.owner == owner))
    return found


@contextmanager
def filled(database: str, owner: str, views: Sequence[View], changes: Sequence[AppliedEvent]) -> Iterator[DbCursor]:
    """A cursor in the schema of service `owner`, after the views have applied the changes."""
    with psycopg.connect(database, autocommit=True) as connection:
        prepare_session(connection)
        connection.execute(f'SET search_path TO "{owner}"'.encode())
        cursor = connection.cursor()
        for view in views:
            view.apply(cursor, changes)
        yield cursor


def pages(
    cursor: DbCursor, listing: Listing[R], limit: int, clients: Sequence[str] | None = None, **wanted: Any
) -> list[list[R]]:
    """Every page of a list, each read after the last row of the one before."""
    found, after = [], None
    while True:
        rows = listing.rows(cursor, wanted, clients, limit + 1, after)
        found.append(rows[:limit])
        if len(rows) <= limit:
            return found
        after = listing.key(rows[limit - 1])

"""Keeps a policy book up with the policies stream of one service's log: what is stored, then what is committed."""

from __future__ import annotations

from desk.log.batch import Change, Cur
from desk.log.opened import Log
from desk.policies.book import PolicyBook

STORED = (
    "SELECT state FROM stored_events WHERE originator_id >= 'policies:' AND originator_id < 'policies;'"
    " ORDER BY notification_id"
)


def follow(book: PolicyBook, log: Log) -> None:
    """Before the service starts: take in every policy fact that is stored, and from then on every one committed."""

    def stored(cursor: Cur) -> list[bytes]:
        return [row[0] for row in cursor.execute(STORED)]

    for raw in log.store.execute(stored):
        book.hear(log.language.decode(raw))
    log.listeners.append(lambda changes: _hear(book, changes))


def _hear(book: PolicyBook, changes: list[Change]) -> None:
    for change in changes:
        if change.aggregate.startswith("policies:"):
            book.hear(change.event)

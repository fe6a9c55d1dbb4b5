"""Reads notes that did not change their ticket: the vendor need not touch it, and lists notes by ticket only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from desk_intake.psa.conversation.note_rows import records_to_read
from desk_intake.psa.instance_parts import PsaInstance

AT_MOST = 30
"""Tickets whose notes one ordinary round reads, at one call each."""
Each = Callable[[str, Callable[[], Awaitable[int]]], Awaitable[object]]
"""Does the work on one record; the round handles its errors."""


async def read_notes(psa_instance: PsaInstance, each: Each, *, every: bool) -> None:
    """Read the notes of tickets whose notes are due, then of those read longest ago; with `every` of all open tickets.

    Merged tickets, and tickets that ended within a month, are included, because clients reply to these too.
    """
    instance, note_reader = psa_instance.access.config.id, psa_instance.tickets.note_reader
    if not psa_instance.access.config.read_notes:
        return
    due = dict(await psa_instance.access.query(lambda cursor: records_to_read(cursor, instance, AT_MOST)))
    if every:
        due |= dict(await psa_instance.access.query(lambda cursor: records_to_read(cursor, instance, None)))
    for record, ticket in due.items():
        await each(record, partial(note_reader.reread, ticket, record))

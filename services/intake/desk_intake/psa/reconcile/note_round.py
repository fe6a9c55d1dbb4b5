"""A round over notes: the vendor leaves open whether a note touches its ticket, and lists notes by ticket only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from desk_intake.psa.conversation.note_rows import records_to_read
from desk_intake.psa.instance import PsaInstance

AT_MOST = 30
"""Tickets whose notes one ordinary round reads; each is one call."""
Each = Callable[[str, Callable[[], Awaitable[int]]], Awaitable[object]]
"""Does the work on one record; whatever it raises is the round's to judge."""


async def read_notes(psa_instance: PsaInstance, each: Each, *, every: bool) -> None:
    """The notes of tickets whose notes are still owed, then of those read longest ago; `every`: of every open ticket.

    Tickets that ended within a month have their turn too, because clients answer to these, and merged ones.
    """
    instance, note_reader = psa_instance.access.config.id, psa_instance.tickets.note_reader
    if not psa_instance.access.config.read_notes:
        return
    due = dict(await psa_instance.access.query(lambda cursor: records_to_read(cursor, instance, AT_MOST)))
    if every:
        due |= dict(await psa_instance.access.query(lambda cursor: records_to_read(cursor, instance, None)))
    for record, ticket in due.items():
        await each(record, partial(note_reader.reread, ticket, record))

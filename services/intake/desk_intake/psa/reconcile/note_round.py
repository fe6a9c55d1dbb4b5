"""A round over notes: the vendor leaves open whether a note touches its ticket, and lists notes by ticket only."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial

from desk_intake.psa.conversation.note_rows import to_read
from desk_intake.psa.instance import PsaInstance

AT_MOST = 30
"""Tickets whose notes one ordinary round reads; each is one call."""
Each = Callable[[str, Callable[[], Awaitable[int]]], Awaitable[object]]
"""Does the work on one record; whatever it raises is the round's to judge."""


async def read_notes(psa_instance: PsaInstance, each: Each, *, every: bool) -> None:
    """The notes of tickets whose notes are still owed, then of those read longest ago; `every`: of every open ticket.

    Tickets that ended within a month have their turn too, because clients answer to these, and merged ones.
    """
    instance, notebook = psa_instance.desk.config.id, psa_instance.tickets.notebook
    if not psa_instance.desk.config.read_notes:
        return
    due = dict(await psa_instance.desk.query(lambda cursor: to_read(cursor, instance, AT_MOST)))
    if every:
        due |= dict(await psa_instance.desk.query(lambda cursor: to_read(cursor, instance, None)))
    for record, ticket in due.items():
        await each(record, partial(notebook.again, ticket, record))

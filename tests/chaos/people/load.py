"""The load: desk users and technicians in the PSA at once, with one plan that is written down as it is carried out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.chaos.desk.world import World
from tests.chaos.journal import Journal
from tests.chaos.people.technicians import MEMBERS, Technician
from tests.chaos.people.tickets import Tickets
from tests.chaos.people.users import User

USERS, PACE, PSA_PACE = 5, 0.9, 1.2


@asynccontextmanager
async def load(world: World, seed: int, *, users: int = USERS, pace: float = PACE) -> AsyncIterator[Journal]:
    """People work until the block ends; then each finishes what is in hand. The journal is complete afterwards."""
    journal, tickets, stop = Journal(world.places.folder / "journal.jsonl"), Tickets(), asyncio.Event()
    people = [User(world, journal, tickets, f"user{n}", seed, pace) for n in range(users)]
    technicians = [Technician(world.places.psa, journal, tickets, name, seed, PSA_PACE) for name in MEMBERS]
    working = [asyncio.create_task(person.work(stop)) for person in people]
    working += [asyncio.create_task(technician.work(stop)) for technician in technicians]
    try:
        yield journal
    finally:
        stop.set()
        try:
            await asyncio.gather(*working)
        finally:
            for task in working:
                task.cancel()
            journal.close()

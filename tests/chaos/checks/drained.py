"""Waits until a desk has drained after the load: nothing unread, unpublished or uncalled, twice in a row."""

from __future__ import annotations

import asyncio
import time
from typing import Any, NamedTuple

import httpx
from tests.chaos.desk.world import World

OPEN = "state IN ('planned', 'sent', 'unknown')"
HELD = "SELECT owner, count(*) FROM {0}.stored_events GROUP BY owner ORDER BY owner"
UNTOLD = "SELECT count(*) FROM {0}.stored_events WHERE own AND notification_id > (SELECT position FROM {0}.relay)"
UNREAD = "SELECT count(*) FROM intake.psa_receipts WHERE state = 'unread'"
UNCALLED = f"SELECT count(*) FROM {{0}}.effects WHERE {OPEN}"
SOONER = (
    f"UPDATE intake.effects SET next = now() WHERE {OPEN} AND leased IS NULL",
    "UPDATE intake.psa_receipts SET next = now() WHERE state = 'unread' AND leased IS NULL",
)
PAUSE, SOONER_EVERY = 1.0, 5.0


class Look(NamedTuple):
    """Counts at one moment; all except `held` and `psa` are 0 when the desk has drained."""

    held: tuple[tuple[Any, ...], ...]
    unequal: int
    untold: int
    unread: int
    uncalled: int
    psa: int

    @property
    def under_way(self) -> int:
        """The counts that are not 0."""
        return self.unequal + self.untold + self.unread + self.uncalled


async def at_rest(world: World, patience: float) -> tuple[Look, float]:
    """Wait for rest at most `patience` seconds; what was seen last, and how long it took.

    Giving up is no failure: the checker reports missing facts. Pauses between tries of calls and receipts are cut
    short, they grow to a quarter of an hour.
    """
    began = time.monotonic()
    before, sooner = None, began
    while True:
        look = await _look(world)
        if (look == before and not look.under_way) or time.monotonic() - began > patience:
            return look, time.monotonic() - began
        before = look
        if time.monotonic() >= sooner:
            sooner = time.monotonic() + SOONER_EVERY
            for statement in SOONER:
                await asyncio.to_thread(world.sql, statement)
        await asyncio.sleep(PAUSE)


async def _look(world: World) -> Look:
    async with httpx.AsyncClient(timeout=10.0) as http:
        health = (await http.get(f"{world.places.psa}/_simulator/health")).json()
    return await asyncio.to_thread(_counted, world, health["revision"])


def _counted(world: World, psa: int) -> Look:
    held = [tuple(world.sql(HELD.format(name))) for name in world.members]
    published = bool(world.places.kafka)  # without a broker peers read the stores, and no relay moves on
    untold = sum(world.sql(UNTOLD.format(name))[0][0] for name in world.members) if published else 0
    uncalled = sum(world.sql(UNCALLED.format(name))[0][0] for name in world.members)
    unread = world.sql(UNREAD)[0][0]
    return Look(tuple(held), len(set(held)) - 1, untold, unread, uncalled, psa)

"""Five real services with a past, whose stores are lost or set back; and what is compared afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, Self

from desk.bus.port import Bus
from desk.eventstore.unit_of_work.commit_notifier import CommitNotifier
from desk.projections.exports.routes import Exports
from desk_deploy.cli.admin.replica_comparison import compared, held
from desk_deploy.migrating import migrate_all

from ..schedules.model.gateway import TABLE
from ..schedules.real import RealWorld
from .dumps import drop, dumped, restore

TICKETS, STEPS = 10, 160
SEED = 4
FACTS = (
    "SELECT originator_id, owner, ownerseq, event_id::text, md5(state), topic FROM {}.stored_events"
    " WHERE topic NOT LIKE '%epoch-started%' ORDER BY 1, 2, 3"
)
EPOCHS = "SELECT count(*) FROM {}.stored_events WHERE own AND topic LIKE '%epoch-started%'"
CALLS = "SELECT id::text, state FROM {}.effects"
TIMERS = "SELECT aggregate, timer, natural_key, due FROM {}.timers ORDER BY 1, 2, 3"

Fact = tuple[str, str, int, str, str, str]


class Held(NamedTuple):
    """The facts of one store, without `epoch-started`."""

    facts: list[Fact]
    timers: list[tuple[object, ...]]


class Drill:
    """A world at rest after much activity. `dumps` are from the midst of it; `middle` and `whole` are what the stores
    held then and at its end."""

    def __init__(self, database: str, bus: Callable[[CommitNotifier], Bus], seed: int = SEED) -> None:
        self.database = database
        self.world = RealWorld(database, bus, seed)
        self.dumps: dict[str, bytes] = {}
        self.middle: dict[str, Held] = {}
        self.whole: dict[str, Held] = {}

    async def __aenter__(self) -> Self:
        await self.world.start()
        for _ in range(TICKETS):
            self.world.opens()
        await self._act()
        await self.world.rest()
        self.middle = self.held()
        self.dumps = {owner: dumped(self.database, owner) for owner in self.world.real}
        await self._act()
        await self.world.rest()
        wrong = self.world.judged()
        assert not wrong, "\n".join([f"seed {SEED}", *wrong, *self.world.told[-60:]])
        self.whole = self.held()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.world.stop()

    async def _act(self) -> None:
        for _ in range(STEPS):
            await asyncio.to_thread(self.world.step)

    def held(self) -> dict[str, Held]:
        """The facts of every store now."""
        return {owner: self._held(owner) for owner in self.world.real}

    def _held(self, owner: str) -> Held:
        return Held(self.sql(owner, FACTS), self.sql(owner, TIMERS))

    def sql(self, owner: str, statement: str) -> list[Any]:
        """Look into a service's schema; `{}` in the statement is its name."""
        store = self.world.real[owner].store
        return store.execute(lambda cursor: cursor.execute(statement.replace("{}", owner).encode()).fetchall())

    async def lose(self, *owners: str) -> None:
        """The stores of these services are lost, and the services begin with empty ones."""
        await self._stop(owners)
        for owner in owners:
            drop(self.database, owner)
        await asyncio.to_thread(migrate_all, self.database)
        await self._begin(owners)

    async def set_back(self, *owners: str) -> None:
        """The stores of these services are restored as of the middle."""
        await self._stop(owners)
        for owner in owners:
            restore(self.database, owner, self.dumps[owner])
        await self._begin(owners)

    async def _stop(self, owners: Iterable[str]) -> None:
        for owner in owners:
            await self.world.real[owner].service.stop()

    async def _begin(self, owners: Iterable[str]) -> None:
        for owner in owners:
            await self.world.begin(owner)
        await asyncio.to_thread(self.world.real["intake"].store.execute, lambda cursor: cursor.execute(TABLE))
        async with asyncio.timeout(60):
            await self.world._drained()

    def parked(self) -> list[str]:
        """Parked facts and open calls of all stores."""
        listed = {owner: real.service.parking.listed(limit=3) for owner, real in self.world.real.items()}
        return [f"{owner}: {row.owner} {row.ownerseq}, {row.cause}" for owner, rows in listed.items() for row in rows]

    def wrong(self, before: Mapping[str, Held] | None = None) -> list[str]:
        """Everything that is not as it was before the stores were lost (or set back to `before`)."""
        found, now = self.parked() + self._unequal(), self.held()
        for owner, was in (before or self.whole).items():
            extra, missing = set(now[owner].facts) - set(was.facts), set(was.facts) - set(now[owner].facts)
            found += [f"{owner} holds anew {fact}" for fact in sorted(extra)]
            found += [f"{owner} lacks {fact}" for fact in sorted(missing)]
            found += [f"{owner} timer {row}" for row in set(now[owner].timers) ^ set(was.timers)]
        return found

    def _unequal(self) -> list[str]:
        """As `desk verify` compares: vectors, states and rows of the tickets view."""
        digests = {owner: held(owner, Exports(real.service.log).digests()) for owner, real in self.world.real.items()}
        return [str(difference) for _, differences in compared(digests) for difference in differences]

"""A desk whose database is read-only, hangs, has no connection left or no disk: refused in time, and well by itself.

Refusals while it lasts are those that people and the PSA repeat. Afterwards every loop turns, timers fire, callbacks
are read, and nothing was parked for the database's sake.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.chaos.desk.desk_and_psa import DeskAndPsa, Fault, desk_and_psa, within

from desk_deploy.postgres.instance import EmbeddedPostgres
from desk_deploy.services import SERVICES
from desk_deploy.testing.faults import hung, no_connections, read_only, refusing
from desk_intake.psa.receive.subscriptions import TYPES

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.alone]
LASTS, RECOVERS, READ_WITHIN, LATE = 5.0, 10.0, 60.0, 5.0
"""Callbacks have longer than the rest, for the PSA repeats them; a receipt whose lease was lost takes two minutes."""
AT_MOST, TURNS = 4.5, 3
"""Three seconds for the database, and what a machine needs for the rest of a request: longer where another program has
the processor, by the wait measured meanwhile for each of a few turns of a request."""
SOON = "UPDATE {}.timers SET due = now() + interval '2 seconds'"
MOOT = (
    "INSERT INTO docs.timers (aggregate, timer, natural_key, due, data)"
    " SELECT 'T' || n, 'obligation', 'drill', now() + interval '2 seconds', '' FROM generate_series(1, 10) AS n"
)
"""Timers of docs whose firing records nothing: they are gone then."""
Shown = Callable[[str], None]


class Case(NamedTuple):
    """A fault, whose readiness must have noticed it, and the answers that people and the PSA get meanwhile."""

    name: str
    fault: Callable[[EmbeddedPostgres], AbstractContextManager[object]]
    not_ready: frozenset[str]
    callback: int = 429


def disk_full(server: EmbeddedPostgres) -> AbstractContextManager[object]:
    """No service can record a fact. Other tables of its schema still have room."""
    stack = ExitStack()
    for name in SERVICES:
        stack.enter_context(refusing(server.url, name, "53100"))
    return stack


ALL = frozenset(SERVICES)
CASES = [
    Case("read-only", lambda server: read_only(server.url), ALL),
    Case("hanging", hung, ALL),
    Case("without connections", lambda server: no_connections(server.url), ALL),
    Case("full", disk_full, frozenset({"intake"}), 202),
]


@pytest.fixture
async def world(server: EmbeddedPostgres, tmp_path: Path) -> AsyncIterator[DeskAndPsa]:
    async with desk_and_psa(server.url, tmp_path) as found:
        assert (await found.open_ticket()).status == 201

        async def subscribed() -> bool:
            return len(list(found.psa.state.table("callback"))) == len(TYPES)

        assert (await within(60, subscribed))[0]
        yield found


async def test_a_desk_refuses_in_time_and_recovers_alone_from_every_state_of_its_database(
    world: DeskAndPsa, server: EmbeddedPostgres, shown: Shown
) -> None:
    for case in CASES:
        world.do(MOOT)
        armed = world.sql(SOON)
        with case.fault(server):
            noticed = await world.during(LASTS)
        shown(await recovered(world, case, noticed, armed))
        _check(case, noticed)


def _check(case: Case, noticed: Fault) -> None:
    statuses = {(answer.status, answer.retry_after) for answer in noticed.answers if answer.status != 201}
    assert statuses == {(503, "2")}, (case.name, statuses)
    assert noticed.longest < AT_MOST + TURNS * min(noticed.busy, 1.0), (case.name, noticed.longest, noticed.busy)
    # None: the PSA gave up after its five seconds, which it does where the whole desk has one busy processor
    assert case.callback in noticed.callbacks <= {case.callback, None}, (case.name, noticed.callbacks)
    assert noticed.live == dict.fromkeys(SERVICES, 200), (case.name, noticed.live)
    assert {name for name, code in noticed.ready.items() if code == 503} >= case.not_ready, (case.name, noticed.ready)


async def recovered(world: DeskAndPsa, case: Case, noticed: Fault, armed: int) -> str:
    """Wait until the desk is well again; the figures."""

    async def taken() -> bool:
        return (await world.open_ticket()).status == 201

    async def ready() -> bool:
        return set((await world.health("ready")).values()) == {200}

    async def fired() -> bool:
        return not world.overdue()["timers"]

    async def at_work() -> bool:
        return not any(world.overdue().values())

    async def turning() -> bool:
        return max(world.lateness().values()) < LATE and set((await world.health("live")).values()) == {200}

    assert armed >= 10
    figures = []
    for name, done, limit in (
        ("commands", taken, RECOVERS),
        ("ready", ready, RECOVERS),
        ("timers", fired, RECOVERS),
        ("loops", turning, RECOVERS),
        ("all callbacks", at_work, READ_WITHIN),
    ):
        well, seconds = await within(limit, done)
        late = {loop: round(seconds, 1) for loop, seconds in world.lateness().items() if seconds > LATE}
        assert well, f"{case.name}, {name}: {world.overdue()}, late: {late}"
        figures.append(f"{name} {seconds:.1f} s")
    return (
        f"database {case.name} {LASTS:.0f} s: {len(noticed.answers)} requests, longest {noticed.longest:.2f} s,"
        f" callbacks {sorted(map(str, noticed.callbacks))}; afterwards {', '.join(figures)}; {armed} timers"
    )

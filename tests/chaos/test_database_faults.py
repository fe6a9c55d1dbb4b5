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
from tests.chaos.desk_and_psa import DeskAndPsa, Fault, desk_and_psa, within

from desk_deploy.postgres import EmbeddedPostgres
from desk_deploy.services import SERVICES
from desk_deploy.testing.faults import hung, no_connections, read_only, refusing

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
LASTS, RECOVERS, READ_WITHIN, LATE = 5.0, 10.0, 20.0, 5.0
AT_MOST = 4.5
"""Three seconds for the database, and what a busy machine needs for the rest of a request."""
SOON = "UPDATE {}.timers SET due = now() + interval '2 seconds'"
MOOT = (
    "INSERT INTO docs.timers (aggregate, timer, natural_key, due, data)"
    " SELECT 'T' || n, 'obligation', 'drill', now(), '' FROM generate_series(1, 10) AS n"
)
"""Timers of docs whose firing records nothing: they are gone then."""
Shown = Callable[[str], None]


class Case(NamedTuple):
    """A fault, and whose readiness must have noticed it. `codes` are the answers that people may get meanwhile."""

    name: str
    fault: Callable[[EmbeddedPostgres], AbstractContextManager[object]]
    not_ready: frozenset[str]
    callbacks: frozenset[int | None]
    codes: frozenset[int] = frozenset({503})


def disk_full(server: EmbeddedPostgres) -> AbstractContextManager[object]:
    """No service can record a fact. Other tables of its schema still have room."""
    stack = ExitStack()
    for name in SERVICES:
        stack.enter_context(refusing(server.url, name, "53100"))
    return stack


ALL = frozenset(SERVICES)
CASES = [
    Case("read-only", lambda server: read_only(server.url), ALL, frozenset({429})),
    Case("hanging", hung, ALL, frozenset({429, None})),
    Case("without connections", lambda server: no_connections(server.url), ALL, frozenset({429, 202, None})),
    Case("full", disk_full, frozenset({"intake"}), frozenset({202})),
]


@pytest.fixture
async def world(server: EmbeddedPostgres, tmp_path: Path) -> AsyncIterator[DeskAndPsa]:
    async with desk_and_psa(server.url, tmp_path) as found:
        assert (await found.open_ticket()).status == 201
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
    assert statuses == {(code, "2") for code in case.codes}, (case.name, statuses)
    assert noticed.longest < AT_MOST, (case.name, noticed.longest)
    assert noticed.callbacks <= case.callbacks, (case.name, noticed.callbacks)
    assert noticed.live == dict.fromkeys(SERVICES, 200), (case.name, noticed.live)
    assert {name for name, code in noticed.ready.items() if code == 503} >= case.not_ready, (case.name, noticed.ready)


async def recovered(world: DeskAndPsa, case: Case, noticed: Fault, armed: int) -> str:
    """What was seen, once the desk is well again."""

    async def taken() -> bool:
        return (await world.open_ticket()).status == 201

    async def ready() -> bool:
        return set((await world.health("ready")).values()) == {200}

    async def at_work() -> bool:
        return not any(world.overdue().values())

    async def turning() -> bool:
        return max(world.lateness().values()) < LATE and set((await world.health("live")).values()) == {200}

    assert armed >= 10
    figures = []
    for name, done, limit in (
        ("commands", taken, RECOVERS),
        ("ready", ready, RECOVERS),
        ("all due done", at_work, READ_WITHIN),
        ("loops", turning, RECOVERS),
    ):
        well, seconds = await within(limit, done)
        assert well, (case.name, name, world.overdue(), world.lateness())
        figures.append(f"{name} {seconds:.1f} s")
    return (
        f"database {case.name} {LASTS:.0f} s: {len(noticed.answers)} requests, longest {noticed.longest:.2f} s,"
        f" callbacks {sorted(map(str, noticed.callbacks))}; afterwards {', '.join(figures)}; {armed} timers"
    )

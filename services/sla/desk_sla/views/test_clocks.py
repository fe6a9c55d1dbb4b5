"""The read model `clocks`: running clocks by due time over all pages, paused ones last."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from desk.contract.ticket.sla import facts as f
from desk.eventstore.table_writer import AppliedEvent
from desk.projections.tickets import TicketsView
from desk.testing import controls as c
from desk.testing.given import Story
from desk.testing.views import changes_of, filled, pages
from desk_sla.views.clocks import LISTED, ClocksView, with_time_left

VIEWS = (TicketsView(), ClocksView())
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def started(clock: str, hours: int) -> f.ClockStarted:
    return f.ClockStarted(clock=clock, starts_at=NINE, due=NINE + timedelta(hours=hours), seconds=hours * 3600, rev=1)


def ticket(name: str, hours: int, *more: object, client: str = "acme") -> list[AppliedEvent]:
    """A ticket with one clock due in so many hours."""
    story = Story().given(c.opening(client=client), started("resolution", hours), *more)  # type: ignore[arg-type]
    return changes_of(name, story, "sla")


def stopped(hours: int) -> f.ClockMet:
    return f.ClockMet(clock="resolution", at=NINE, due=NINE + timedelta(hours=hours), elapsed=1, rev=1)


def paused() -> f.ClockPaused:
    return f.ClockPaused(clock="resolution", cause="waiting", cause_id="w1")


@pytest.mark.postgres
def test_the_next_due_time_comes_first_and_paused_clocks_last(database: str) -> None:
    changes = [
        *ticket("a", 8),
        *ticket("b", 2, paused()),
        *ticket("c", 4),
        *ticket("d", 1, stopped(1)),
        *ticket("e", 4),
    ]
    with filled(database, "sla", VIEWS, changes) as cursor:
        for limit in (1, 2, 5):
            found = [clock for page in pages(cursor, LISTED, limit) for clock in page]
            assert [clock.ticket_id for clock in found] == ["c", "e", "a", "b"]
    assert [clock.due for clock in found] == [NINE + timedelta(hours=4)] * 2 + [NINE + timedelta(hours=8), None]
    assert [clock.state for clock in found] == ["running"] * 3 + ["paused"]
    assert (with_time_left(found[0], NINE).left, with_time_left(found[3], NINE).left) == (4 * 3600, None)


@pytest.mark.postgres
def test_filters_and_the_scope_of_the_caller_narrow_the_list(database: str) -> None:
    changes = [*ticket("a", 8), *ticket("b", 2, client="globex"), *ticket("c", 4, c.assessed(priority="P1"))]
    with filled(database, "sla", VIEWS, changes) as cursor:

        def listed(clients: list[str] | None = None, **wanted: object) -> list[str]:
            return [clock.ticket_id for page in pages(cursor, LISTED, 1, clients, **wanted) for clock in page]

        assert listed(client="acme") == ["c", "a"]
        assert listed(["globex"]) == ["b"]
        assert listed(priority="P1") == ["c"]
        assert listed(before=NINE + timedelta(hours=4)) == ["b", "c"]


@pytest.mark.postgres
def test_facts_of_peers_alone_write_no_clock(database: str) -> None:
    changes = [change._replace(own=False) for change in ticket("a", 8)]
    with filled(database, "sla", VIEWS, changes) as cursor:
        assert pages(cursor, LISTED, 5) == [[]]


@pytest.mark.postgres
def test_clocks_of_imported_history_are_never_due(database: str) -> None:
    imported = [
        change._replace(state=replace(change.state, intake=replace(change.state.intake, origin="import")))
        for change in ticket("a", 8)
    ]
    with filled(database, "sla", VIEWS, imported) as cursor:
        assert pages(cursor, LISTED, 5) == [[]]
        assert cursor.execute("SELECT live FROM clocks").fetchall() == [(False,)]

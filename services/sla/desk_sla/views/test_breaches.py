"""The read model `breaches`: the oldest first, without those that were retracted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from desk.contract.event import Draft, Payload
from desk.contract.ticket.sla import facts as f
from desk.contract.ticket.triage.dispatch import Queued
from desk.eventstore.table_writer import AppliedEvent
from desk.projections.tickets import TicketsView
from desk.testing import controls as c
from desk.testing.given import Story
from desk.testing.views import changes_of, filled, pages
from desk_sla.views.breaches import LISTED, BreachesView, aged

VIEWS = (TicketsView(), BreachesView())
NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def verdict(number: int) -> UUID:
    return UUID(int=number)


def breached(number: int, hour: int, *more: Payload, client: str = "acme") -> list[AppliedEvent]:
    """Ticket `t<number>`, whose response was breached `hour` hours after nine."""
    at = NINE + timedelta(hours=hour)
    breach = Draft(
        data=f.ClockBreached(clock="response", at=at, due=at, elapsed=60, rev=1), cycle=1, id=verdict(number)
    )
    story = Story().given(c.opening(client=client), Queued(queue="Network", revision=1), breach, *more)
    return changes_of(f"t{number}", story, "sla")


def retracted(number: int) -> f.BreachRetracted:
    return f.BreachRetracted(clock="response", verdict=verdict(number), late_fact=verdict(9), reason="reply")


def explained(number: int, owner: str) -> f.BreachExplained:
    return f.BreachExplained(verdict=verdict(number), code="workload", owner=owner, note="")


@pytest.mark.postgres
def test_the_oldest_breach_comes_first_and_a_retracted_one_never(database: str) -> None:
    changes = [*breached(1, 5), *breached(2, 1), *breached(3, 2, retracted(3)), *breached(4, 5), *breached(5, 3)]
    with filled(database, "sla", VIEWS, changes) as cursor:
        for limit in (1, 2, 4):
            found = [breach for page in pages(cursor, LISTED, limit) for breach in page]
            assert [breach.ticket_id for breach in found] == ["t2", "t5", "t1", "t4"]
        assert cursor.execute("SELECT count(*) FROM breaches").fetchone() == (5,)
    assert aged(found[0], NINE + timedelta(hours=2)).age == 3600


@pytest.mark.postgres
def test_the_last_explanation_names_the_owner_and_before_it_the_queue_does(database: str) -> None:
    changes = [*breached(1, 1), *breached(2, 2, explained(2, "lead"), explained(2, "chief"))]
    with filled(database, "sla", VIEWS, changes) as cursor:
        (open_one, done) = [breach for page in pages(cursor, LISTED, 5) for breach in page]
        assert (open_one.owner, open_one.code, aged(open_one, NINE).explained) == ("Network", None, False)
        assert (done.owner, done.code, aged(done, NINE).explained) == ("chief", "workload", True)
        assert [b.ticket_id for b in pages(cursor, LISTED, 5, explained=True)[0]] == ["t2"]
        assert [b.ticket_id for b in pages(cursor, LISTED, 5, explained=False)[0]] == ["t1"]


@pytest.mark.postgres
def test_filters_and_the_scope_of_the_caller_narrow_the_list(database: str) -> None:
    with filled(database, "sla", VIEWS, [*breached(1, 1), *breached(2, 2, client="globex")]) as cursor:

        def listed(clients: list[str] | None = None, **wanted: object) -> list[str]:
            return [breach.ticket_id for page in pages(cursor, LISTED, 1, clients, **wanted) for breach in page]

        assert listed(client="globex") == ["t2"]
        assert listed(["acme"]) == ["t1"]
        assert listed(clock="resolution") == []
        assert (listed(history=False), listed(history=True)) == (["t1", "t2"], [])
        VIEWS[1].clear(cursor)
        assert listed() == []

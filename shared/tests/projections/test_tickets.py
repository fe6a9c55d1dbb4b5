"""The read model `tickets`: its rows follow the facts, its list goes through them page by page."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from desk.contract.ticket.docs.facts import Closed
from desk.contract.ticket.intake.conversation import ReplySent, ReplyUndelivered
from desk.contract.ticket.triage.dispatch import Queued
from desk.contract.ticket.triage.ends import Resolved
from desk.eventstore.table_writer import AppliedEvent
from desk.http.reads.ticket_responses import TicketRow
from desk.projections.tickets import LISTED, TICKETS, TicketsView, row
from desk.testing import controls as c
from desk.testing.given import Story
from desk.testing.views import changes_of, filled, pages

VIEW = TicketsView()


def history(number: int, client: str, *, closed: bool = False) -> list[AppliedEvent]:
    """Ticket `t<number>`, in queue `q<number>`; two tickets each open at the same time."""
    opened_at = c.NOW + timedelta(hours=number // 2)
    story = Story().given(c.opening(client=client, opened_at=opened_at), Queued(queue=f"q{number}", revision=1))
    if closed:
        story.given(Resolved())
        undelivered = ReplyUndelivered(message="m1", reason="write_back_off", effect="call")
        reply = ReplySent(message="m1", author="human", audience="public", to_requester=True, channel="mail")
        story.given(Closed(resolution=story.events[-1].id), reply, undelivered)
    return changes_of(f"t{number}", story, "docs")


def histories() -> list[list[AppliedEvent]]:
    return [history(n, "acme" if n % 3 else "globex", closed=n % 2 == 1) for n in range(10)]


def flat(groups: list[list[AppliedEvent]]) -> list[AppliedEvent]:
    return [change for group in groups for change in group]


def test_a_row_has_the_columns_of_the_table() -> None:
    assert TicketRow.__struct_fields__ == tuple(TICKETS.columns.keys())


@pytest.mark.postgres
def test_the_rows_are_those_of_the_last_facts(database: str) -> None:
    groups = histories()
    with filled(database, "docs", [VIEW], flat(groups)) as cursor:
        (stored,) = pages(cursor, LISTED, 50)
    last = [group[-1] for group in groups]
    assert stored == [row(one.aggregate, one.state, one.event.recordedtime) for one in last]
    assert [one.status for one in stored[:2]] == ["triaged", "closed"]


@pytest.mark.postgres
def test_a_later_group_replaces_the_row_with_its_flags(database: str) -> None:
    first, later = history(0, "acme"), history(0, "acme", closed=True)
    with filled(database, "docs", [VIEW], first) as cursor:
        ((before,),) = pages(cursor, LISTED, 5)
        VIEW.apply(cursor, later)
        ((after,),) = pages(cursor, LISTED, 5)
        VIEW.clear(cursor)
        assert pages(cursor, LISTED, 5) == [[]]
    assert (before.status, after.status, after.closed_at is not None) == ("triaged", "closed", True)
    assert (before.flags, after.flags) == ([], row("t0", later[-1].state, c.NOW).flags)
    assert after.flags == ["time-unconfirmed", "reply-undelivered"]


@pytest.mark.postgres
@pytest.mark.parametrize("limit", [1, 3, 10, 11])
def test_the_pages_bring_every_row_once_and_in_order(database: str, limit: int) -> None:
    groups = histories()
    random.Random(limit).shuffle(groups)
    with filled(database, "docs", [VIEW], flat(groups)) as cursor:
        found = pages(cursor, LISTED, limit)
    assert all(len(page) == limit for page in found[:-1])
    assert [one.ticket_id for page in found for one in page] == [f"t{n}" for n in range(10)]


@pytest.mark.postgres
def test_filters_and_the_scope_of_the_caller_narrow_the_list(database: str) -> None:
    with filled(database, "docs", [VIEW], flat(histories())) as cursor:

        def listed(clients: list[str] | None = None, **wanted: str) -> list[str]:
            return [one.ticket_id for page in pages(cursor, LISTED, 2, clients, **wanted) for one in page]

        assert listed(open="true") == ["t0", "t2", "t4", "t6", "t8"]
        assert listed(open="false") == ["t1", "t3", "t5", "t7", "t9"]
        assert listed(client="globex", open="true") == ["t0", "t6"]
        assert listed(["globex"]) == ["t0", "t3", "t6", "t9"]
        assert listed(["globex"], client="acme") == []
        assert listed([]) == []
        assert listed(queue="q4", status="triaged", kind="incident") == ["t4"]
        assert listed(queue="q4' OR true --") == []

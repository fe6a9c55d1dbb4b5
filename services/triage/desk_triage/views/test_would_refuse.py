"""The report would-refuse: it fills from the first day, counts a gate once per cycle, and can be rebuilt."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from desk.contract.event import Actor, Draft, Stream
from desk.contract.ticket.docs.facts import Closed
from desk.contract.ticket.triage import dispatch as d
from desk.contract.ticket.triage.ends import OutsideResolutionContested, Resolved
from desk.decision.context import DecisionContext
from desk.decision.principal import Role
from desk.eventstore.unit_of_work.work_items import Command
from desk.testing import controls as c
from desk.testing.given import Story
from desk.testing.served import Served, served
from desk_triage.main import TRIAGE
from desk_triage.views.would_refuse import Open, open_at_end, would_refuse

JOE = Actor("psa-member", "jdoe")


def found(*facts: Any, origin: Any = "live") -> list[Open]:
    story = Story(origin=origin).given(c.opening(), *facts)
    return list(open_at_end(story.events[-1], story.ticket))


def ended(data: Any, actor: Actor = JOE, **more: Any) -> Draft:
    return Draft(data=data, cycle=1, **{"mode": "outside", "actor": actor, **more})


def test_every_gate_that_was_open_at_an_end_in_the_psa_is_a_row() -> None:
    rows = found(ended(Resolved(missing=("caller", "asset"))))
    assert [(row.gate, row.step, row.client, row.technician, row.contested) for row in rows] == [
        ("caller", "resolve", c.CLIENT, "jdoe", False),
        ("asset", "resolve", c.CLIENT, "jdoe", False),
    ]


def test_a_contested_resolution_and_a_close_count_too() -> None:
    (contested,) = found(ended(OutsideResolutionContested(observation=UUID(int=1), missing=("caller",))))
    assert (contested.contested, contested.step) == (True, "resolve")
    (closed,) = found(ended(Closed(resolution=UUID(int=1), missing=("documented",))))
    assert (closed.gate, closed.step) == ("documented", "close")


def test_what_a_program_ended_is_booked_to_the_assignee() -> None:
    bot = Actor("bot", "autoclose")
    (row,) = found(d.Assigned(technician="mlopez", revision=1), ended(Resolved(missing=("caller",)), bot))
    assert row.technician == "mlopez"
    (nobody,) = found(ended(Resolved(missing=("caller",)), bot))
    assert nobody.technician == "nobody"


def test_an_end_at_the_desk_and_imported_history_are_no_rows() -> None:
    assert found(ended(Resolved(missing=("caller",)), mode="process")) == []
    assert found(ended(Resolved(missing=("caller",)), mode="import"), origin="import") == []


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Served]:
    async with served(database, TRIAGE, "intake", "docs") as found:
        yield found


@pytest.mark.postgres
async def test_the_report_counts_by_gate_client_and_technician_and_survives_a_rebuild(desk: Served) -> None:
    async def end(ticket: str, *drafts: Draft) -> None:
        context = DecisionContext(
            id=uuid4(),
            actor=JOE,
            now=datetime.now(UTC),
            policies=desk.hosted["triage"].parts.policies,
        )
        await desk.service.command(Command(Stream.TICKETS, ticket, lambda _s, _d: list(drafts), context))

    for ticket, client in (("t1", "acme"), ("t2", "acme"), ("t3", "globex")):
        await desk.say(ticket, c.opening(client=client, command=ticket))
    missing = OutsideResolutionContested(observation=UUID(int=1), missing=("caller", "asset"))
    await end("t1", ended(missing), ended(Resolved(missing=("caller", "asset"))))
    await end("t2", ended(Resolved(missing=("caller",)), Actor("psa-member", "asingh")))
    await end("t3", ended(Resolved(missing=("caller",))))

    report = (await desk.get("/would-refuse")).json()
    assert (report["days"], report["ends"], report["refusals"]) == (30, 3, 4)
    assert report["by_gate"] == {"caller": 3, "asset": 1}
    assert report["by_client"] == {"acme": 3, "globex": 1}
    assert report["by_technician"] == {"jdoe": 3, "asingh": 1}
    assert {"gate": "caller", "client": "acme", "technician": "jdoe", "count": 1, "contested": 1} in report["groups"]
    only = (await desk.get("/would-refuse", client="globex", gate="caller", days=1)).json()
    assert only["refusals"] == 1

    assert await desk.service.rebuild("would-refuse") > 0
    again = (await desk.get("/would-refuse")).json()
    assert again["groups"] == report["groups"]
    store, now = desk.service.log.store, datetime.now(UTC)
    later = store.execute(lambda cursor: would_refuse(cursor, 1, now + timedelta(days=2), {}, None))
    scoped = store.execute(lambda cursor: would_refuse(cursor, 1, now, {}, ["globex"]))
    assert (later.refusals, scoped.by_client) == (0, {"globex": 1})
    refused = await desk.get("/would-refuse", Role.SERVICE)
    assert refused.json()["code"] == "forbidden_role"

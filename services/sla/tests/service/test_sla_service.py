"""Sla as it is served: on real PostgreSQL, over HTTP, beside peers whose facts it hears."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from desk.contract.codec import digest
from desk.contract.event import Origin, Payload, Stream
from desk.contract.ticket.intake.conversation import ReplySent
from desk.contract.ticket.ticket import Ticket
from desk.contract.ticket.triage import ends as en
from desk.decision.principal import Role
from desk.testing import controls as c
from desk.testing.served import Served, served
from desk_sla.main import SLA

pytestmark = pytest.mark.postgres
TICKET, OTHER = "01957b3e-0000-7000-8000-00000000000a", "01957b3e-0000-7000-8000-00000000000b"
NOW = datetime.now(UTC).replace(microsecond=0)
START = NOW - timedelta(minutes=65)
GOLD: dict[str, Any] = {
    "id": "gold",
    "version": 1,
    "applies": {"tier": ["gold"]},
    "calendar": "24x7",
    "rules": [{"id": "all", "goals": {"response": "10m", "resolution": "30m"}}],
}


class World:
    """Sla with its peers intake and triage, which only say what they are told to say."""

    def __init__(self, desk: Served) -> None:
        self.desk, self.get = desk, desk.get

    async def say(self, ticket: str, *facts: Payload, at: datetime = START, origin: Origin = "live") -> None:
        await self.desk.say(ticket, *facts, at=at, origin=origin)

    async def post(self, path: str, body: dict[str, Any], *roles: Role, by: str = "cora") -> httpx.Response:
        return await self.desk.post(path, body, *roles or (Role.COORDINATOR,), by=by)

    async def breaches(self, wanted: int = 1) -> list[dict[str, Any]]:
        """The queue, once the timers that are due have fired."""
        for _ in range(300):
            items = (await self.get("/breaches")).json()["items"]
            if len(items) >= wanted:
                return list(items)
            await asyncio.sleep(0.1)
        raise AssertionError(f"fewer than {wanted} breaches were recorded")


@pytest.fixture
async def world(database: str) -> AsyncIterator[World]:
    async with served(database, SLA, "intake", "triage") as desk:
        yield World(desk)


async def urgent(world: World, ticket: str = TICKET, **more: Any) -> None:
    """A P1 of over an hour ago: response 15m is breached, resolution 4h runs."""
    await world.say(ticket, c.opening(opened_at=START, command=ticket, **more), c.assessed(priority="P1"))


async def test_a_breach_comes_up_in_the_coordinator_s_queue_and_is_explained(world: World) -> None:
    await urgent(world)
    (breach,) = await world.breaches()
    assert (breach["clock"], breach["explained"], breach["client"]) == ("response", False, c.CLIENT)
    assert breach["age"] >= 50 * 60
    body = {"cycle": 1, "verdict": breach["verdict"], "code": "workload", "owner": "lead"}
    explained = await world.post(f"/tickets/{TICKET}/explain-breach", body)
    assert explained.status_code == 200, explained.text
    (again,) = (await world.get("/breaches", explained=True)).json()["items"]
    assert (again["code"], again["owner"]) == ("workload", "lead")
    assert (await world.get("/breaches", explained=False)).json()["items"] == []
    refused = await world.post(f"/tickets/{TICKET}/explain-breach", body, Role.TIER1)
    assert refused.json()["code"] == "forbidden_role"


async def test_a_late_reply_takes_the_breach_out_of_the_queue(world: World) -> None:
    await urgent(world)
    await world.breaches()
    reply = ReplySent(message="m1", author="human", audience="public", to_requester=True, channel="mail")
    await world.say(TICKET, reply, at=START + timedelta(minutes=5))
    assert (await world.get("/breaches")).json()["items"] == []
    assert await world.desk.service.rebuild("breaches") > 0
    assert (await world.get("/breaches")).json()["items"] == []


async def test_dispatch_sees_what_breaches_next(world: World) -> None:
    await urgent(world)
    await urgent(world, OTHER)
    await world.breaches(2)
    first = (await world.get("/due", Role.DISPATCHER, limit=2)).json()
    assert [(item["clock"], item["state"]) for item in first["items"]] == [("plan", "running")] * 2
    assert 0 < first["items"][0]["left"] < 2 * 3600
    rest = (await world.get(first["next"], Role.DISPATCHER)).json()
    assert [item["clock"] for item in rest["items"]] == ["resolution"] * 2
    assert {item["ticket_id"] for item in rest["items"]} == {TICKET, OTHER}


async def test_a_clock_is_explained_as_of_any_instant(world: World) -> None:
    await urgent(world)
    told = (await world.get(f"/tickets/{TICKET}/explain", clock="resolution")).json()["clocks"][0]
    assert (told["policy"], told["verdict"], told["revisions"][-1]["calendar"]) == ("standard", "open", "24x7")
    at = (START + timedelta(minutes=10)).isoformat()
    text = await world.get(f"/tickets/{TICKET}/explain", clock="response", at=at, format="text")
    assert "verdict open" in text.text
    unknown = await world.get(f"/tickets/{TICKET}/explain", clock="nonsense")
    assert (unknown.status_code, unknown.json()["field"]) == (422, "clock")
    assert (await world.get(f"/tickets/{OTHER}/explain")).json()["code"] == "unknown_ticket"


async def test_a_clock_is_drawn(world: World) -> None:
    await urgent(world)
    answer = await world.get(f"/tickets/{TICKET}/explain.svg", clock="resolution")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "resolution, cycle 1" in answer.text and "response, cycle 1" not in answer.text
    assert (await world.get(f"/tickets/{TICKET}/explain.svg", clock="nonsense")).status_code == 422


async def test_a_published_policy_judges_new_tickets_and_not_old_ones(world: World) -> None:
    tier = c.tier(as_of=START)
    await world.say(TICKET, c.opening(opened_at=START, command="a"), tier, c.assessed(priority="P1"))
    publication = {"version": "1", "content": GOLD}
    drafted = await world.post("/policies/sla-policy:gold", publication, Role.ADMIN, by="ada")
    assert "second person" in drafted.json()["status"], drafted.text
    published = await world.post("/policies/sla-policy:gold", publication, Role.ADMIN, by="alan")
    assert published.json()["status"] == "published", published.text
    opened = c.opening(opened_at=datetime.now(UTC), command="b")
    await world.say(OTHER, opened, tier, c.assessed(priority="P1"), at=datetime.now(UTC))
    await world.say(TICKET, c.assessed(priority="P2", revision=2), at=NOW)
    old, new = [(await world.get(f"/tickets/{name}/explain")).json()["clocks"] for name in (TICKET, OTHER)]
    assert ({one["policy"] for one in old}, {one["policy"] for one in new}) == ({"standard"}, {"gold"})


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"calendar": "moon"}, "calendar"),
        ({"id": "silver"}, "id"),
        ({"version": 3}, "version"),
        ({"rules": [{"id": "all", "goals": {"response": "-1m"}}]}, "rules.0.goals.response"),
        ({"rules": [*GOLD["rules"], {"id": "dead", "goals": {"response": "5m"}}]}, "rules.1"),
        ({"applies": {}}, "applies"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
async def test_a_faulty_policy_is_refused_with_field_and_remedy(world: World, change: Any, field: str) -> None:
    refused = await world.post("/policies/sla-policy:gold", {"version": "1", "content": {**GOLD, **change}}, Role.ADMIN)
    answer = refused.json()
    assert refused.status_code == 422, refused.text
    assert field in [error["field"] for error in answer["errors"]]
    assert answer["remedy"]


async def test_a_calendar_is_published_and_one_without_working_time_is_refused(world: World) -> None:
    week = {"mon": ["09:00-17:00"]}
    calendar = {"id": "mondays", "version": 1, "zone": "Europe/Berlin", "week": week}
    path = "/policies/calendar:mondays"
    refused = await world.post(path, {"version": "1", "content": {**calendar, "week": {}}}, Role.ADMIN)
    assert (refused.status_code, refused.json()["field"]) == (422, "week")
    published = await world.post(path, {"version": "1", "content": calendar}, Role.ADMIN)
    assert [fact["type"] for fact in published.json()["facts"]] == ["desk.sla.calendar-published.v1"], published.text
    shown = await world.get(path, Role.ADMIN)
    assert shown.json()["content"]["zone"] == "Europe/Berlin"


async def test_what_ships_is_not_published_again_with_other_content(world: World) -> None:
    content = {**GOLD, "id": "standard"}
    refused = await world.post("/policies/sla-policy:standard", {"version": "1", "content": content}, Role.ADMIN)
    assert (refused.status_code, refused.json()["field"]) == (422, "version"), refused.text


async def test_what_if_stands_beside_what_was_recorded(world: World) -> None:
    await urgent(world)
    await world.breaches()
    await world.say(TICKET, en.Resolved(), at=NOW)
    answer = await world.post("/what-if", {"policy": GOLD}, Role.ACCOUNT_MANAGER)
    assert answer.status_code == 200, answer.text
    groups = {group["clock"]: group for group in answer.json()["groups"]}
    assert groups["resolution"]["recorded"]["attainment"] == 100
    assert groups["resolution"]["what_if"]["attainment"] is None
    assert answer.json()["policy"] == "gold"
    everyone = {**GOLD, "applies": {}}
    other = (await world.post("/what-if", {"policy": everyone}, Role.ACCOUNT_MANAGER)).json()
    differing = {item["clock"]: (item["recorded"], item["what_if"]) for item in other["differing"]}
    assert differing["resolution"] == ("met", "breached")
    assert (await world.post("/what-if", {"policy": "none such"})).json()["field"] == "policy"
    assert (await world.post("/what-if", {"policy": {**GOLD, "rules": []}})).json()["code"] == "invalid_field"


async def test_the_export_has_a_row_per_clock_by_the_recorded_policy_or_another(world: World) -> None:
    opened = c.opening(opened_at=START, instance="log", record="INC1", command=None, matrix="import:other")
    await world.say(TICKET, opened, c.assessed(priority="P1"), en.Resolved(), origin="import")
    rows = [line for line in (await world.get("/exports/sla")).text.splitlines() if line]
    assert len(rows) == 1
    assert '"source_record":"INC1","clock":"resolution","cycle":1,"policy":"standard","verdict":"met"' in rows[0]
    other = await world.get("/exports/sla", policy="incident-log")
    assert '"policy":"incident-log","verdict":"open"' in other.text


async def test_replicas_are_compared_by_what_all_of_them_fold(world: World) -> None:
    await urgent(world)
    await world.breaches()
    mine = await world.desk.service.replica(Stream.TICKETS, TICKET)
    assert await world.desk.hosted["intake"].service.wait_seen(Stream.TICKETS, TICKET, mine.vector(), 10)
    theirs = await world.desk.hosted["intake"].service.replica(Stream.TICKETS, TICKET)
    assert (type(theirs.state), theirs.vector()) == (Ticket, mine.vector())
    assert digest(mine.state.slices) == digest(theirs.state)
    assert digest(mine.state) != digest(theirs.state)

"""Billing as it is served: on real PostgreSQL, over HTTP, beside the peers whose facts it hears."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from desk.contract.event import Sealed
from desk.contract.ticket.billing import facts as f
from desk.decision.principal import Role
from desk.testing import controls as c
from desk.testing.served import Served, served
from desk_billing.main import BILLING

from .billing_examples import seen, selected

pytestmark = pytest.mark.postgres
HERE, THERE = "01957b3e-0000-7000-8000-00000000000a", "01957b3e-0000-7000-8000-00000000000b"
DONE = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)


class World:
    """Billing with its peers intake and sla, which only say what they are told to say."""

    def __init__(self, desk: Served) -> None:
        self.desk, self.say, self.ticket = desk, desk.say, desk.ticket

    async def send(self, ticket: str, name: str, *roles: Role, by: str = "tess", **body: Any) -> httpx.Response:
        return await self.desk.post(f"/tickets/{ticket}/{name}", {"cycle": 1, **body}, *roles, by=by)

    async def log(self, ticket: str, start: datetime, end: datetime, **more: Any) -> httpx.Response:
        times = {"start": start.isoformat(), "end": end.isoformat()}
        return await self.send(ticket, "log-time", **times, **{"reason": "on site", **more})

    async def rebuilt(self) -> int:
        return await self.desk.service.rebuild("time_entries")


@pytest.fixture
async def world(database: str) -> AsyncIterator[World]:
    async with served(database, BILLING, "intake", "sla") as desk:
        for number, ticket in enumerate((HERE, THERE)):
            await desk.say(ticket, c.opening(command=f"open-{number}", opened_at=DONE), c.tier(tier="none"))
        yield World(desk)


def ago(minutes: int) -> datetime:
    return DONE - timedelta(minutes=minutes)


async def test_time_of_the_psa_is_rated_once_its_calendar_is_known_and_confirmed_over_http(world: World) -> None:
    await world.say(HERE, seen("e1", "r1", ago(60), DONE, technician="tess"))
    waiting = await world.send(HERE, "confirm-time")
    assert (waiting.status_code, waiting.json()["code"]) == (409, "time_unrated")
    await world.say(HERE, selected())
    assert [entry.rated for entry in (await world.ticket(HERE)).billing.live] == [True]
    confirmed = await world.send(HERE, "confirm-time")
    assert [fact["type"] for fact in confirmed.json()["facts"]] == ["desk.billing.time-confirmed.v1"]
    await world.say(HERE, seen("e1", "r2", ago(60), ago(30), technician="tess"))
    assert not (await world.ticket(HERE)).billing.confirmed(1)


async def test_a_command_answers_with_the_rating_that_followed(world: World) -> None:
    await world.say(HERE, selected())
    logged = await world.log(HERE, ago(60), DONE)
    names = [fact["type"].split(".")[2] for fact in logged.json()["facts"]]
    assert (logged.status_code, names) == (200, ["time-logged", "time-rated"])


async def test_time_on_another_ticket_overlaps_until_it_is_gone_from_there(world: World) -> None:
    await world.say(THERE, seen("e1", "r1", ago(90), ago(30), technician="tess"))
    refused = await world.log(HERE, ago(60), DONE)
    assert (refused.json()["code"], refused.json()["entries"]) == ("overlap", ["e1"])
    assert (await world.log(HERE, ago(60), DONE, by="tom")).status_code == 200
    assert await world.rebuilt() > 0
    assert (await world.log(HERE, ago(60), DONE)).json()["code"] == "overlap"
    await world.say(THERE, seen("e1", "r2", None, None, gone=True))
    assert (await world.log(HERE, ago(60), DONE)).status_code == 200


async def test_time_moves_in_one_transaction_is_rated_there_and_keeps_its_sealed_note(world: World) -> None:
    await world.say(THERE, selected())
    logged = await world.log(HERE, ago(60), DONE, note="tunnel restored")
    (entry,) = (await world.ticket(HERE)).billing.live
    assert isinstance(entry.labour.note, Sealed), logged.text
    moved = await world.send(HERE, "move-time", entry=entry.entry, other=THERE)
    assert moved.status_code == 200, moved.text
    here, there = await world.ticket(HERE), await world.ticket(THERE)
    assert (here.billing.live, [e.rated for e in there.billing.live]) == ((), [True])
    assert there.billing.live[0].labour.note == entry.labour.note
    back = await world.send(THERE, "move-time", entry=entry.entry, other=HERE)
    assert back.status_code == 200, back.text
    assert [e.rev for e in (await world.ticket(HERE)).billing.live] == [3]


async def test_only_billing_invoices(world: World) -> None:
    await world.say(HERE, selected())
    await world.log(HERE, ago(60), DONE)
    assert (await world.send(HERE, "record-invoice", invoice="I-1")).json()["code"] == "forbidden_role"
    invoiced = await world.send(HERE, "record-invoice", Role.BILLING, by="bea", invoice="I-1")
    assert [fact["type"] for fact in invoiced.json()["facts"]] == ["desk.billing.time-invoiced.v1"]
    (entry,) = (await world.ticket(HERE)).billing.live
    assert entry.end_of_life == "invoiced"


async def test_every_command_refuses_a_body_that_it_does_not_know(world: World) -> None:
    for name in (command.name for command in BILLING.commands):
        answer = await world.send(HERE, name, Role.BILLING, nonsense=True)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field"), name


async def test_the_minutes_of_the_lines_add_up_after_they_were_stored_and_read(world: World) -> None:
    await world.say(HERE, selected())
    await world.log(HERE, ago(60), DONE)
    (entry,) = (await world.ticket(HERE)).billing.live
    assert entry.rating is not None
    assert sum(line.minutes for line in entry.rating.lines) == entry.labour.minutes == 60
    assert isinstance(entry.rating.lines[0], f.RatedLine)


async def test_terms_are_published_over_http_and_rate_what_is_logged_then(world: World) -> None:
    where = "/policies/agreement-terms:agreement-31"
    terms = {"agreement": "agreement-31", "client": c.CLIENT, "covers": [{"name": "all"}]}
    body = {"version": "1", "content": {**terms, "from": "soon"}, "effective_from": ago(120).isoformat(), "retro": True}
    refused = await world.desk.post(where, body, Role.ADMIN)
    assert (refused.status_code, refused.json()["field"]) == (422, "from")
    published = await world.desk.post(where, {**body, "content": terms}, Role.ADMIN)
    assert published.json()["status"] == "published"
    await world.say(HERE, selected())
    await world.log(HERE, ago(60), DONE)
    (entry,) = (await world.ticket(HERE)).billing.live
    assert entry.rating is not None
    assert {line.rule for line in entry.rating.lines} == {"all"}
    text = await world.desk.get(f"/tickets/{HERE}/explain?entry={entry.entry}&format=text", Role.BILLING)
    assert "covered by all (inclusions of agreement-31)" in text.text
    (answer,) = (await world.desk.get(f"/tickets/{HERE}/explain", Role.BILLING)).json()["entries"]
    assert (answer["entry"], answer["replayed"]) == (entry.entry, "as-recorded")
    unknown = await world.desk.get(f"/tickets/{THERE}/explain?entry=e9", Role.BILLING)
    assert (unknown.status_code, unknown.json()["field"]) == (422, "entry")

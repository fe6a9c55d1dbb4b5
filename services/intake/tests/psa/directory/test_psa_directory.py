"""Clients, members and references as in real systems: nulls, foreign references, zones by the vendor's names."""

from __future__ import annotations

from typing import Any

import pytest

from desk.contract.event import Stream
from desk.contract.ticket.ticket import Status, status
from desk_deploy.testing.psa_bench import bench
from desk_simulators.connectwise import writes
from desk_sla.main import SLA
from desk_triage.main import TRIAGE

from ...psa_cases import facts_of, overwrite, query, unread

pytestmark = pytest.mark.postgres


async def test_a_zone_as_the_vendor_names_it_starts_the_clocks_in_that_zone(database: str) -> None:
    async with bench(database, TRIAGE, SLA) as desk:
        zone = {"id": 1, "name": "GMT-5/Eastern Time: US & Canada"}
        patch = [{"op": "replace", "path": "timeZoneSetup", "value": zone}]
        writes.patch(desk.psa.state, "company", 250, patch, desk.jdoe.actor)
        await desk.settle()
        client: Any = (await desk.intake.service.replica(Stream.CLIENTS, "cw-c250")).state
        number = desk.open_ticket(priority=7, impact="High")
        await desk.settle()
        used = {e.data.zone for e in await facts_of(desk, number, "sla") if e.data.name == "policy-selected"}
        assert client.zone == "America/New_York"
        assert used == {"America/New_York"}


async def test_a_zone_that_nobody_maps_is_named_and_the_company_recorded(database: str) -> None:
    async with bench(database, hooks=False, config={"callback_url": None}) as desk:
        overwrite(desk, "company", 250, timeZoneSetup={"id": 77, "name": "GMT+4/Middle of Nowhere"})
        await desk.poller.round(sweep=False)
        client: Any = (await desk.intake.service.replica(Stream.CLIENTS, "cw-c250")).state
        assert (client.active, client.zone, client.tier(client_at(desk))) == (True, None, "gold")
        ((kind, record, detail),) = query(desk, "SELECT kind, record, detail FROM psa_revisits")
        assert (kind, record) == ("company", "250")
        assert "timeZoneSetup: no IANA zone is mapped for id 77: map its name in `zones`" in detail


def client_at(desk: Any) -> Any:
    return desk.intake.service.log.clock.now()


@pytest.mark.parametrize(
    ("table", "number", "changes"),
    [
        ("agreement", 33, {"company": None}),
        ("company", 253, {"name": None}),
        ("configuration", 708, {"name": None}),
        ("member", 205, {"identifier": None}),
        ("contact", 620, {"company": {"name": "Old Mill"}}),
    ],
)
async def test_one_unreadable_record_does_not_stop_the_rounds(
    database: str, table: str, number: int, changes: dict[str, Any]
) -> None:
    async with bench(database, TRIAGE, hooks=False, config={"callback_url": None}) as desk:
        ticket = desk.open_ticket()
        overwrite(desk, table, number, **changes)
        await desk.poller.round(sweep=True)
        await desk.settle()
        assert status(await desk.ticket(ticket)) is not Status.UNKNOWN
        assert query(desk, "SELECT feed, problem FROM psa_feeds WHERE failing IS NOT NULL") == []
        named = query(desk, "SELECT kind, record FROM psa_revisits WHERE reason = 'failed'")
        assert named == ([] if table == "configuration" else [(table, str(number))])


async def test_an_unreadable_record_is_tried_again_and_forgotten_when_it_can_be_read(database: str) -> None:
    async with bench(database, hooks=False, config={"callback_url": None}) as desk:
        company = desk.psa.state.table("agreement")._rows[33]["company"]
        overwrite(desk, "agreement", 33, company=None)
        await desk.poller.round(sweep=False)
        assert query(desk, "SELECT kind, record, detail FROM psa_revisits") == [
            ("agreement", "33", "connectwise: Agreement 33: company: Object missing required field `company`")
        ]
        overwrite(desk, "agreement", 33, company=company)
        await desk.poller.round(sweep=False)
        client: Any = (await desk.intake.service.replica(Stream.CLIENTS, "cw-c252")).state
        assert "cw-a33" in client.agreements
        assert query(desk, "SELECT kind FROM psa_revisits") == []


async def test_one_unreadable_member_does_not_stop_the_callbacks(database: str) -> None:
    async with bench(database, TRIAGE) as desk:
        overwrite(desk, "member", 205, identifier=None)
        number = desk.open_ticket()
        await desk.settle()
        assert unread(desk) == []
        assert status(await desk.ticket(number)) is not Status.UNKNOWN


@pytest.mark.parametrize("path", ["system/members*", "company/contacts*", "company/companies*", "finance/*"])
async def test_callbacks_are_read_without_the_rights_to_the_directory(database: str, path: str) -> None:
    async with bench(database, TRIAGE) as desk:
        desk.psa.faults.scripts.answer("forbidden", path=path)
        number = desk.open_ticket()
        await desk.settle()
        assert unread(desk) == []
        assert status(await desk.ticket(number)) is not Status.UNKNOWN


FOREIGN = ("security:4711", "ops:disk", "people:12", "clients:cw-c250", "x" * 100, "ALERT 1")


@pytest.mark.parametrize("reference", FOREIGN)
async def test_somebody_elses_reference_keeps_no_ticket_out(database: str, reference: str) -> None:
    async with bench(database, TRIAGE) as desk:
        number = desk.open_ticket()
        patch = [{"op": "replace", "path": "externalXRef", "value": reference}]
        writes.patch(desk.psa.state, "ticket", number, patch, desk.jdoe.actor)
        await desk.settle()
        assert unread(desk) == []
        result = await desk.poller.round(sweep=True)
        assert result.failed == 0
        assert (await desk.ticket(number)).intake.exists


async def test_a_record_that_cannot_be_decided_does_not_end_a_round(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bench(database, TRIAGE, hooks=False, config={"callback_url": None}) as desk:
        first, second = desk.open_ticket("one"), desk.open_ticket("two")
        show = desk.psa_instance.tickets.show

        async def broken(fresh: Any, *more: Any, **named: Any) -> int:
            if fresh.record == str(first):
                raise ZeroDivisionError
            found: int = await show(fresh, *more, **named)
            return found

        monkeypatch.setattr(desk.psa_instance.tickets, "show", broken)
        result = await desk.poller.round(sweep=True)
        assert result.failed > 0
        assert (await desk.ticket(second)).intake.exists
        monkeypatch.undo()
        await desk.poller.round(sweep=False)
        assert (await desk.ticket(first)).intake.exists
        assert query(desk, "SELECT kind FROM psa_revisits") == []


async def test_callbacks_of_a_refused_record_type_do_not_fill_the_queue(database: str) -> None:
    async with bench(database, TRIAGE) as desk:
        desk.psa.faults.scripts.answer("forbidden", path="company/contacts*")
        patch = [{"op": "replace", "path": "title", "value": "Lead"}]
        writes.patch(desk.psa.state, "contact", 611, patch, desk.jdoe.actor)
        await desk.settle()
        assert unread(desk) == []
        named = query(desk, "SELECT kind, record, reason FROM psa_revisits")
        assert named == [("contact", "611", "failed")]
        desk.psa.faults.reset()
        await desk.poller.round(sweep=False)
        assert (await desk.intake.service.replica(Stream.PEOPLE, "cw-p611")).state.contact.current
        assert query(desk, "SELECT kind FROM psa_revisits") == []

"""One 404 ends nothing, and a deletion recorded by mistake is corrected when the record is present."""

from __future__ import annotations

from typing import Any

import pytest

from desk.contract.event import Stream
from desk.contract.ticket.ticket import Status, status
from desk_billing.main import BILLING
from desk_deploy.testing.psa_bench import Bench, bench
from desk_simulators.connectwise import writes
from desk_sla.main import SLA
from desk_triage.main import TRIAGE

from ...psa_cases import names_of, query, unread

pytestmark = pytest.mark.postgres
PATHS = {
    "ticket": "service/tickets",
    "contact": "company/contacts",
    "configuration": "company/configurations",
    "time": "time/entries",
    "agreement": "finance/agreements",
    "member": "system/members",
}


def hidden(desk: Bench, kind: str, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answer the record with 404 and leave it out of its list, as for a role that may no longer see it."""
    desk.psa.faults.scripts.answer("not-found", "GET", f"{PATHS[kind]}/{number}")
    present = desk.psa_instance.access.connection.psa.client.present

    async def without(asked: Any, numbers: Any) -> set[int]:
        found: set[int] = await present(asked, numbers)
        return found - {number} if asked == kind else found

    monkeypatch.setattr(desk.psa_instance.access.connection.psa.client, "present", without)


async def touch(desk: Bench, kind: str, number: int, path: str, value: Any) -> None:
    patch = [{"op": "replace", "path": path, "value": value}]
    desk.clock.advance(60)
    writes.patch(desk.psa.state, kind, number, patch, desk.jdoe.actor)
    await desk.settle()


async def person(desk: Bench, subject: str) -> Any:
    return (await desk.intake.service.replica(Stream.PEOPLE, subject)).state


async def acme(desk: Bench) -> Any:
    return (await desk.intake.service.replica(Stream.CLIENTS, "cw-c250")).state


@pytest.mark.parametrize(
    ("kind", "number", "path", "value"),
    [
        ("contact", 611, "title", "Office Lead"),
        ("configuration", 701, "osType", "Windows 11"),
        ("agreement", 31, "billAmount", 1.0),
        ("member", 201, "title", "Lead"),
    ],
)
async def test_one_404_ends_nothing(database: str, kind: str, number: int, path: str, value: Any) -> None:
    async with bench(database, TRIAGE) as desk:
        await desk.poller.round(sweep=False)
        ticket = desk.open_ticket()
        await desk.settle()
        before = await names_of(desk, ticket)
        desk.psa.faults.scripts.answer("not-found", "GET", f"{PATHS[kind]}/{number}", times=1)
        await touch(desk, kind, number, path, value)
        assert await names_of(desk, ticket) == before
        assert unread(desk) == []
        assert (await person(desk, "cw-p611")).contact.current
        assert (await person(desk, "cw-m201")).staff.left is None
        assert "cw-d701" in (await acme(desk)).devices
        assert (await acme(desk)).agreements["cw-a31"].ends is None


async def test_one_404_on_a_ticket_or_its_time_ends_nothing(database: str) -> None:
    async with bench(database, TRIAGE) as desk:
        number = desk.open_ticket()
        entry = desk.jdoe.add_time(number, "2026-01-15T13:00:00Z", "2026-01-15T13:30:00Z", "Worked")
        await desk.settle()
        desk.psa.faults.scripts.answer("not-found", "GET", f"service/tickets/{number}", times=1)
        desk.psa.faults.scripts.answer("not-found", "GET", f"time/entries/{entry['id']}", times=1)
        await touch(desk, "time", entry["id"], "notes", "Worked on it")
        desk.jdoe.change_summary(number, "VPN down again")
        await desk.settle()
        names = await names_of(desk, number)
        assert "psa-gone" not in names
        assert names.count("psa-time-observed") == 2
        assert (await desk.observed(number))[-1].changed.keys() == {"summary"}


async def test_a_contact_taken_for_deleted_is_released_when_the_record_is_there_again(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bench(database, TRIAGE, SLA) as desk:
        tickets = [desk.open_ticket(f"VPN down {n}", priority=7, impact="High") for n in range(2)]
        await desk.settle()
        with monkeypatch.context() as patched:
            hidden(desk, "contact", 611, patched)
            await touch(desk, "contact", 611, "title", "Lead")
            assert [status(await desk.ticket(number)) for number in tickets] == [Status.HELD] * 2
            assert (await person(desk, "cw-p611")).contact.terminated == "psa"
        desk.psa.faults.reset()
        await desk.poller.round(sweep=True)
        await desk.settle()
        assert (await person(desk, "cw-p611")).contact.current
        for number in tickets:
            assert status(await desk.ticket(number)) is Status.TRIAGED
            assert (await desk.ticket(number)).intake.caller is None, "who asks is verified anew"
            names = await names_of(desk, number, "sla")
            assert names.count("clock-paused") == names.count("clock-resumed") > 0
        # the same once more: another episode, not one that was recorded before
        with monkeypatch.context() as patched:
            hidden(desk, "contact", 611, patched)
            await touch(desk, "contact", 611, "title", "Head")
            assert status(await desk.ticket(tickets[0])) is Status.HELD
        desk.psa.faults.reset()
        await touch(desk, "contact", 611, "title", "Owner")
        assert status(await desk.ticket(tickets[0])) is Status.TRIAGED
        assert query(desk, "SELECT count(*) FROM psa_holds") == [(0,)]


async def test_a_contact_set_inactive_and_active_again_is_released_too(database: str) -> None:
    async with bench(database, TRIAGE) as desk:
        number = desk.open_ticket()
        await desk.settle()
        await touch(desk, "contact", 611, "inactiveFlag", True)
        assert status(await desk.ticket(number)) is Status.HELD
        await touch(desk, "contact", 611, "inactiveFlag", False)
        assert status(await desk.ticket(number)) is Status.TRIAGED
        (cleared,) = await desk.facts(number, "caller-hold-cleared")
        assert (cleared.data.contact, str(cleared.actor)) == ("cw-p611", "service:intake")


async def test_a_device_taken_for_deleted_is_mapped_again_with_all_its_ids(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bench(database) as desk:
        await desk.poller.round(sweep=False)
        mapped = (await acme(desk)).devices["cw-d701"]
        with monkeypatch.context() as patched:
            hidden(desk, "configuration", 701, patched)
            await touch(desk, "configuration", 701, "osType", "Windows 11")
            assert "cw-d701" not in (await acme(desk)).devices
        desk.psa.faults.reset()
        await desk.poller.round(sweep=True)
        again = (await acme(desk)).devices["cw-d701"]
        assert (again.ids, again.asset_class) == (mapped.ids, mapped.asset_class)
        assert again.revision == mapped.revision + 2


async def test_time_taken_for_deleted_is_there_again_and_billed(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with bench(database, TRIAGE, BILLING) as desk:
        number = desk.open_ticket()
        entry = desk.jdoe.add_time(number, "2026-01-15T13:00:00Z", "2026-01-15T13:30:00Z", "Worked")
        await desk.settle()
        for _ in range(2):
            with monkeypatch.context() as patched:
                hidden(desk, "time", entry["id"], patched)
                await desk.psa_instance.times.read(str(entry["id"]), "webhook")
                await desk.settle()
                assert (await desk.ticket(number, "billing")).billing.entries[str(entry["id"])].state != "live"
            desk.psa.faults.reset()
            await desk.poller.round(sweep=True)
            await desk.settle()
            assert (await desk.ticket(number, "billing")).billing.entries[str(entry["id"])].state == "live"
            await desk.poller.round(sweep=True)
        seen = [fact.data.gone for fact in await desk.facts(number, "psa-time-observed")]
        assert seen == [False, True, False, True, False]


async def test_contracts_members_and_tickets_taken_for_deleted_come_back(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with bench(database, TRIAGE) as desk:
        await desk.poller.round(sweep=False)
        number = desk.open_ticket()
        await desk.settle()
        for kind, record in (("agreement", 31), ("member", 201), ("ticket", number)):
            with monkeypatch.context() as patched:
                hidden(desk, kind, record, patched)
                read = {
                    "agreement": desk.psa_instance.clients.agreement,
                    "member": desk.psa_instance.people.member,
                    "ticket": lambda n: desk.psa_instance.tickets.read(n, "poll"),
                }[kind]
                assert await read(str(record)) > 0
            desk.psa.faults.reset()
        assert (await acme(desk)).agreements["cw-a31"].ends is not None
        assert (await person(desk, "cw-m201")).staff.left is not None
        assert status(await desk.ticket(number)) is Status.GONE
        await desk.poller.round(sweep=True)
        assert (await acme(desk)).agreements["cw-a31"].ends is None
        assert (await person(desk, "cw-m201")).staff.left is None
        assert status(await desk.ticket(number)) is Status.TRIAGED
        assert query(desk, "SELECT kind FROM psa_revisits") == []


async def test_a_deletion_is_believed_only_after_a_pause(database: str) -> None:
    async with bench(database, config={"gone_pause": 60}) as desk:
        number = desk.open_ticket()
        await desk.settle()
        desk.jdoe.delete(number)
        await desk.settle()
        assert (await desk.ticket(number)).intake.gone is None
        assert [kind for kind, _detail in unread(desk)] == ["ticket"]
        query(desk, "UPDATE psa_revisits SET since = since - interval '61 s' RETURNING 1")
        query(desk, "UPDATE psa_receipts SET next = now() WHERE state = 'unread' RETURNING 1")
        await desk.settle()
        assert (await desk.ticket(number)).intake.gone == "deleted"
        assert unread(desk) == []

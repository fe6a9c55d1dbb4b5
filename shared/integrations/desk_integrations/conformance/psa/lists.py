"""Lists: in ascending order, resumed behind a record, changed since an instant, with unreadable records named."""

from __future__ import annotations

from datetime import timedelta

import pytest

from desk_integrations.conformance.psa.harness import PsaHarness
from desk_integrations.kinds.psa import PsaListing, PsaTicket, Selection


async def records(listing: PsaListing[PsaTicket]) -> list[str]:
    return [ticket.record async for ticket in listing]


class ListCases:
    """Cases of lists."""

    async def test_a_list_over_several_pages_is_in_ascending_order_and_complete(self, harness: PsaHarness) -> None:
        created = [harness.open_ticket(f"Ticket {number}") for number in range(7)]
        found = await records(harness.psa.tickets())
        assert found == sorted(found, key=int)
        assert [record for record in found if record in created] == created

    async def test_a_list_goes_on_behind_a_record(self, harness: PsaHarness) -> None:
        created = [harness.open_ticket() for _ in range(4)]
        assert await records(harness.psa.tickets(Selection(after=int(created[1])))) == created[2:]

    async def test_a_list_has_the_same_values_as_single_reads(self, harness: PsaHarness) -> None:
        record = harness.open_ticket()
        listed = [ticket async for ticket in harness.psa.tickets(Selection(after=int(record) - 1))]
        assert listed == [await harness.read(record)]

    async def test_changes_since_an_instant_include_that_instant(self, harness: PsaHarness) -> None:
        early = harness.open_ticket()
        harness.clock.advance(60)
        since = harness.clock.now()
        late = harness.open_ticket()
        changed = await records(harness.psa.tickets(Selection(changed_since=since)))
        assert late in changed and early not in changed
        assert late not in await records(harness.psa.tickets(Selection(changed_since=since + timedelta(seconds=1))))
        assert await records(harness.psa.tickets(Selection(changed_since=since, after=int(late)))) == []

    async def test_open_tickets_are_those_that_are_not_closed(self, harness: PsaHarness) -> None:
        kept, closed = harness.open_ticket(), harness.open_ticket()
        harness.set_status(closed, "closed")
        found = await records(harness.psa.tickets(Selection(open_only=True)))
        assert kept in found and closed not in found

    async def test_a_record_that_cannot_be_read_hides_no_other(self, harness: PsaHarness) -> None:
        first, broken, last = (harness.open_ticket() for _ in range(3))
        harness.make_unreadable(broken)
        listing = harness.psa.tickets(Selection(after=int(first) - 1))
        assert await records(listing) == [first, last]
        assert [invalid.number for invalid in listing.refused] == [int(broken)]
        assert await harness.psa.present("ticket", [first, broken, last]) == {first, broken, last}

    async def test_every_run_of_a_list_asks_anew(self, harness: PsaHarness) -> None:
        first = harness.open_ticket()
        listing = harness.psa.tickets(Selection(after=int(first) - 1))
        assert await records(listing) == [first]
        second = harness.open_ticket()
        assert await records(listing) == [first, second]

    async def test_the_newest_change_is_the_stamp_of_the_record_that_changed_last(self, harness: PsaHarness) -> None:
        first, second = harness.open_ticket(), harness.open_ticket()
        harness.clock.advance(60)
        harness.set_status(second, "closed")
        assert await harness.psa.newest_change("ticket") == harness.clock.now()
        harness.clock.advance(60)
        harness.log_time(first, harness.clock.now() - timedelta(minutes=5), harness.clock.now(), "Call")
        assert await harness.psa.newest_change("time") == harness.clock.now()

    async def test_time_entries_are_listed_by_their_changes(self, harness: PsaHarness) -> None:
        ticket = harness.open_ticket()
        now = harness.clock.now()
        harness.log_time(ticket, now - timedelta(minutes=5), now, "Call")
        harness.clock.advance(600)
        now = harness.clock.now()
        late = harness.log_time(ticket, now - timedelta(minutes=5), now, "Second call")
        found = [entry.record async for entry in harness.psa.time_entries(Selection(changed_since=now))]
        assert found == [late]

    async def test_the_directory_is_listed_and_contracts_by_client(self, harness: PsaHarness) -> None:
        psa = harness.psa
        assert harness.company in [one.record async for one in psa.companies()]
        assert harness.contact in [one.record async for one in psa.contacts()]
        assert harness.device in [one.record async for one in psa.devices()]
        agreements = [one async for one in psa.agreements(Selection(client=harness.company))]
        assert harness.agreement in [one.record for one in agreements]
        assert {one.client for one in agreements} == {harness.company}

    @pytest.mark.parametrize("kind", ["ticket", "company"])
    async def test_nothing_is_present_of_nothing(self, harness: PsaHarness, kind: str) -> None:
        assert await harness.psa.present(kind, []) == set()  # type: ignore[arg-type]

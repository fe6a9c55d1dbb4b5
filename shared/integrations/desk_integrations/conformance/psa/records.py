"""Single records as they are: tickets with their revisions and history, notes, time entries, the directory."""

from __future__ import annotations

from datetime import timedelta

import pytest

from desk_integrations.conformance.psa.harness import PsaHarness
from desk_integrations.kinds.psa import stamp
from desk_integrations.vendor_errors import RecordGone, VendorAnswerInvalid

NOBODY = "999999"


class RecordCases:
    """Cases of single reads."""

    async def test_a_ticket_is_read_with_its_client_people_place_and_times(self, harness: PsaHarness) -> None:
        ticket = await harness.read(harness.open_ticket("VPN down"))
        assert (ticket.summary, ticket.client, ticket.contact) == ("VPN down", harness.company, harness.contact)
        assert (ticket.board, ticket.status) == (harness.board, harness.status("new"))
        assert (ticket.created_by, ticket.changed_by, ticket.closed) == (harness.member, harness.member, False)
        assert ticket.created_at == ticket.changed_at == harness.clock.now()
        assert (ticket.merged_into, ticket.absorbs, ticket.reference, ticket.service_desk) == (None, False, "", True)

    async def test_a_revision_begins_with_the_stamp_of_the_last_change_and_stays_while_nothing_changes(
        self, harness: PsaHarness
    ) -> None:
        record = harness.open_ticket()
        first = await harness.read(record)
        assert first.revision.startswith(f"{stamp(first.changed_at)}-")
        harness.clock.advance(60)
        assert await harness.read(record) == first

    async def test_every_change_of_a_field_is_another_revision_even_within_one_second(
        self, harness: PsaHarness
    ) -> None:
        record = harness.open_ticket()
        revisions = [(await harness.read(record)).revision]
        harness.set_status(record, "open")
        revisions.append((await harness.read(record)).revision)
        harness.change_summary(record, "VPN down in Oslo")
        revisions.append((await harness.read(record)).revision)
        assert len(set(revisions)) == 3
        harness.clock.advance(60)
        harness.set_status(record, "waiting")
        assert (await harness.read(record)).revision > max(revisions)

    async def test_a_ticket_in_a_final_status_is_closed(self, harness: PsaHarness) -> None:
        record = harness.open_ticket()
        harness.set_status(record, "closed")
        ticket = await harness.read(record)
        assert (ticket.closed, ticket.status) == (True, harness.status("closed"))

    async def test_a_record_that_was_never_there_is_gone(self, harness: PsaHarness) -> None:
        psa = harness.psa
        for read in (psa.ticket, psa.time_entry, psa.company, psa.agreement, psa.device, psa.contact, psa.member):
            with pytest.raises(RecordGone):
                await read(NOBODY)

    async def test_a_deleted_ticket_is_proved_to_be_gone_and_an_existing_one_is_not(self, harness: PsaHarness) -> None:
        deleted, kept = harness.open_ticket(), harness.open_ticket()
        harness.delete_ticket(deleted)
        with pytest.raises(RecordGone):
            await harness.read(deleted)
        assert [await harness.psa.is_gone("ticket", record) for record in (deleted, kept)] == [True, False]
        assert await harness.psa.present("ticket", [deleted, kept]) == {kept}

    async def test_a_record_that_cannot_be_read_is_named_without_its_content(self, harness: PsaHarness) -> None:
        record = harness.open_ticket("Secret of Pat Doe")
        harness.make_unreadable(record)
        with pytest.raises(VendorAnswerInvalid) as found:
            await harness.read(record)
        assert found.value.number == int(record) and found.value.field
        assert "Secret" not in str(found.value)

    async def test_a_merged_ticket_names_the_one_that_it_was_merged_into(self, harness: PsaHarness) -> None:
        if not harness.psa.capabilities.merges:
            pytest.skip("this vendor tells of no merge")
        loser, winner = harness.open_ticket(), harness.open_ticket()
        harness.clock.advance(60)
        harness.merge(loser, winner)
        assert (await harness.read(loser)).merged_into == winner
        absorbing = await harness.read(winner)
        assert (absorbing.merged_into, absorbing.absorbs) == (None, True)

    async def test_the_history_has_every_state_in_order_and_goes_on_from_a_position(self, harness: PsaHarness) -> None:
        psa = harness.psa
        if not psa.capabilities.history:
            pytest.skip("this vendor keeps no history that can be read")
        record, other = harness.open_ticket(), harness.open_ticket()
        before = await psa.last_position()
        for meaning in ("open", "waiting"):
            harness.clock.advance(60)
            harness.set_status(record, meaning)
        harness.set_status(other, "open")
        names = {one.status: one.name for one in await psa.statuses(harness.board)}
        wanted = [harness.status("open"), harness.status("waiting")]
        entries = [entry async for entry in psa.history(after=before, ticket=record)]
        assert [entry.status or entry.status_name for entry in entries] in (wanted, [names[one] for one in wanted])
        assert [(entry.record, entry.board, entry.client) for entry in entries] == [
            (record, harness.board, harness.company)
        ] * 2
        assert [entry.changed_by for entry in entries] == [harness.member] * 2
        assert entries[1].changed_at == harness.clock.now() and entries[0].revision < entries[1].revision
        every = [entry.position async for entry in psa.history(after=before)]
        assert len(every) == 3 and every == sorted(every) and every[-1] == await psa.last_position()

    async def test_notes_say_who_wrote_them_and_who_can_read_them(self, harness: PsaHarness) -> None:
        record = harness.open_ticket()
        ids = {kind: harness.note(record, f"{kind} text", kind) for kind in ("public", "internal", "client")}
        found = {note.note: note async for note in harness.psa.notes(record)}
        public, internal, client = (found[ids[kind]] for kind in ("public", "internal", "client"))
        assert [note.text for note in (public, internal, client)] == ["public text", "internal text", "client text"]
        assert [note.public for note in (public, internal, client)] == [True, False, True]
        assert [note.by_client for note in (public, internal, client)] == [False, False, True]
        assert public.author == harness.member and public.by_member and not client.by_member
        assert not any(note.ours or note.resolution for note in found.values())
        assert all(note.written_at == harness.clock.now() for note in found.values())

    async def test_notes_of_a_ticket_that_is_not_there_are_gone_and_not_empty(self, harness: PsaHarness) -> None:
        with pytest.raises(RecordGone):
            [note async for note in harness.psa.notes(NOBODY)]

    async def test_a_time_entry_is_read_with_its_ticket_member_and_text(self, harness: PsaHarness) -> None:
        record, now = harness.open_ticket(), harness.clock.now()
        number = harness.log_time(record, now - timedelta(minutes=30), now, "Tunnel restored")
        entry = await harness.psa.time_entry(number)
        assert (entry.record, entry.ticket, entry.technician) == (number, record, harness.member)
        assert (entry.start, entry.end, entry.minutes) == (now - timedelta(minutes=30), now, None)
        assert entry.revision.startswith(f"{stamp(entry.changed_at)}-")
        assert entry.text is not None and (entry.text.text, entry.text.public) == ("Tunnel restored", True)
        assert (entry.notes, entry.text.author, entry.text.ours) == ("Tunnel restored", harness.member, False)

    async def test_the_directory_is_read(self, harness: PsaHarness) -> None:
        psa = harness.psa
        company, contact = await psa.company(harness.company), await psa.contact(harness.contact)
        assert company.title and not company.deleted and company.unreadable is None
        assert company.status not in await psa.inactive_client_statuses()
        assert contact.client == harness.company and contact.active and contact.reachable
        assert contact.full_name and contact.emails and contact.phones
        device, agreement = await psa.device(harness.device), await psa.agreement(harness.agreement)
        assert device.client == agreement.client == harness.company
        assert device.active and device.name and agreement.kind and not agreement.over and agreement.revision

    async def test_members_are_distinguished_from_programs(self, harness: PsaHarness) -> None:
        members = {member.identifier: member async for member in harness.psa.members()}
        assert (members[harness.member].program, members[harness.api_member].program) == (False, True)
        alone = await harness.psa.member(members[harness.member].record)
        assert alone == members[harness.member] and alone.active

    async def test_the_statuses_of_a_board_are_its_own(self, harness: PsaHarness) -> None:
        first, second = [
            {one.status: one for one in await harness.psa.statuses(board)}
            for board in (harness.board, harness.other_board)
        ]
        assert not first.keys() & second.keys()
        assert first[harness.status("closed")].closed and not first[harness.status("open")].closed
        assert harness.status("new", harness.other_board) in second

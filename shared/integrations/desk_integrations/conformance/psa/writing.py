"""Writes: each once, found again when the answer was lost, and refused without a trace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from desk_integrations.conformance.psa.harness import PsaHarness, Write
from desk_integrations.kinds.psa import NewPsaNote, NewPsaTicket, PsaPatch
from desk_integrations.vendor_errors import (
    OutcomeUnknown,
    RecordGone,
    VendorRateLimited,
    VendorRefused,
    VendorUnavailable,
)

REFERENCE = "0b0e7f0c-5b7e-4d5e-9a53-0a3d1c8a7e11"
KEY, OTHER_KEY = "5d0c7c7e-57c6-4a86-8a2b-7a2f6a0f5c01", "5d0c7c7e-57c6-4a86-8a2b-7a2f6a0f5c02"
WRITES: dict[Write, Callable[..., Awaitable[Any]]] = {
    "create_ticket": lambda harness, _ticket, _base="": harness.psa.create_ticket(new(harness)),
    "patch_ticket": lambda harness, ticket, base="": harness.psa.patch_ticket(
        ticket, PsaPatch(summary="Changed"), base
    ),
    "add_note": lambda harness, ticket, _base="": harness.psa.add_note(
        ticket, NewPsaNote(text="Text", visibility="public"), KEY
    ),
}
"""Every write as (harness, ticket, base revision of a patch)."""


def new(harness: PsaHarness, **changes: Any) -> NewPsaTicket:
    values = {
        "reference": REFERENCE,
        "client": harness.company,
        "board": harness.board,
        "summary": "No network",
        "status": harness.status("new"),
        "contact": harness.contact,
        "description": "Nobody can connect.",
    }
    return NewPsaTicket(**{**values, **changes})


async def traces(harness: PsaHarness, ticket: str) -> tuple[int, str, int]:
    """Whatever the three writes leave: tickets with our reference, the summary, notes of the ticket."""
    by_reference = await harness.psa.tickets_by_reference(REFERENCE)
    notes = [note async for note in harness.psa.notes(ticket)]
    return len(by_reference), (await harness.read(ticket)).summary, len(notes)


class WritingCases:
    """Cases of writes."""

    async def test_a_created_ticket_carries_our_reference_and_is_found_by_it_alone(self, harness: PsaHarness) -> None:
        created = await harness.psa.create_ticket(new(harness))
        assert (created.reference, created.client, created.contact) == (REFERENCE, harness.company, harness.contact)
        assert (created.summary, created.board, created.status) == (
            "No network",
            harness.board,
            harness.status("new"),
        )
        assert created.created_by.lower() == harness.api_member.lower()
        assert [one.record for one in await harness.psa.tickets_by_reference(REFERENCE)] == [created.record]
        assert await harness.psa.tickets_by_reference(REFERENCE[:-1]) == []

    async def test_two_tickets_with_one_reference_are_both_found_the_lowest_first(self, harness: PsaHarness) -> None:
        both = [(await harness.psa.create_ticket(new(harness))).record for _ in range(2)]
        assert [one.record for one in await harness.psa.tickets_by_reference(REFERENCE)] == both

    async def test_a_patch_sets_its_fields_and_no_other(self, harness: PsaHarness) -> None:
        record = harness.open_ticket()
        before = await harness.read(record)
        members = {member.identifier: member.record async for member in harness.psa.members()}
        harness.clock.advance(60)
        patch = PsaPatch(
            status=harness.status("open"),
            technician=members[harness.member],
            priority=harness.priority,
            impact=harness.levels[0],
            urgency=harness.levels[1],
            summary="VPN down in Oslo",
        )
        after = await harness.psa.patch_ticket(record, patch, before.revision)
        assert (after.status, after.technician) == (harness.status("open"), harness.member)
        assert (after.priority, after.impact, after.urgency) == (harness.priority, *harness.levels)
        assert (after.summary, after.board, after.client, after.contact) == (
            "VPN down in Oslo",
            before.board,
            before.client,
            before.contact,
        )
        assert after.changed_by.lower() == harness.api_member.lower()
        assert after.revision != before.revision and await harness.read(record) == after

    async def test_a_patch_takes_the_technician_away(self, harness: PsaHarness) -> None:
        record = harness.open_ticket()
        members = {member.identifier: member.record async for member in harness.psa.members()}
        base = (await harness.read(record)).revision
        assigned = await harness.psa.patch_ticket(record, PsaPatch(technician=members[harness.member]), base)
        after = await harness.psa.patch_ticket(record, PsaPatch(unassign=True), assigned.revision)
        assert (assigned.technician, after.technician) == (harness.member, None)

    async def test_a_move_sets_board_and_status_together(self, harness: PsaHarness) -> None:
        record = harness.open_ticket()
        there = harness.status("open", harness.other_board)
        base = (await harness.read(record)).revision
        after = await harness.psa.patch_ticket(record, PsaPatch(board=harness.other_board, status=there), base)
        assert (after.board, after.status) == (harness.other_board, there)

    async def test_a_status_of_another_board_is_refused_and_changes_nothing(self, harness: PsaHarness) -> None:
        record = harness.open_ticket()
        before = await harness.read(record)
        patch = PsaPatch(status=harness.status("open", harness.other_board))
        with pytest.raises(VendorRefused) as refused:
            await harness.psa.patch_ticket(record, patch, before.revision)
        assert refused.value.final
        assert await harness.read(record) == before

    async def test_a_patch_of_a_changed_record_is_refused_where_the_vendor_compares(self, harness: PsaHarness) -> None:
        if not harness.psa.capabilities.compares_base:
            pytest.skip("this vendor compares no revision")
        record = harness.open_ticket()
        base = (await harness.read(record)).revision
        harness.set_status(record, "waiting")
        with pytest.raises(VendorRefused) as refused:
            await harness.psa.patch_ticket(record, PsaPatch(summary="Changed"), base)
        assert (refused.value.status, refused.value.final) == (409, False)
        assert (await harness.read(record)).summary == "VPN down"

    async def test_an_empty_patch_is_empty(self) -> None:
        assert not PsaPatch() and PsaPatch(unassign=True) and PsaPatch(summary="x")

    @pytest.mark.parametrize("visibility", ["public", "internal"])
    async def test_a_note_is_ours_without_its_marker_and_found_by_its_key(
        self, harness: PsaHarness, visibility: Any
    ) -> None:
        record = harness.open_ticket()
        written = await harness.psa.add_note(record, NewPsaNote(text="Please reboot.", visibility=visibility), KEY)
        (note,) = [one async for one in harness.psa.notes(record) if one.note == written]
        assert (note.text, note.public, note.ours) == ("Please reboot.", visibility == "public", True)
        assert note.by_client is False
        assert (await harness.psa.find_note(record, KEY)).note == written
        assert (await harness.psa.find_note(record, OTHER_KEY)).note is None

    async def test_a_client_who_quotes_our_note_has_not_written_it(self, harness: PsaHarness) -> None:
        record = harness.open_ticket()
        quoted = harness.note(record, f"Done, thanks.\n\n[desk-ref {KEY}]", "client")
        assert (await harness.psa.find_note(record, KEY)).note is None
        (note,) = [one async for one in harness.psa.notes(record) if one.note == quoted]
        assert note.by_client and not note.ours

    async def test_a_device_is_attached_once(self, harness: PsaHarness) -> None:
        record = harness.open_ticket()
        for _ in range(2):
            await harness.psa.attach_device(record, harness.device)
        assert harness.attached(record) == [harness.device]

    async def test_a_write_whose_answer_is_lost_is_unknown_and_found_again(self, harness: PsaHarness) -> None:
        record = harness.open_ticket()
        base = (await harness.read(record)).revision
        for write, call in WRITES.items():
            harness.lose_answer(write)
            with pytest.raises(OutcomeUnknown):
                await call(harness, record, base)
        assert len(await harness.psa.tickets_by_reference(REFERENCE)) == 1
        assert (await harness.read(record)).summary == "Changed"
        assert (await harness.psa.find_note(record, KEY)).note is not None

    @pytest.mark.parametrize("final", [True, False])
    @pytest.mark.parametrize("write", WRITES)
    async def test_a_refused_write_leaves_no_trace_and_says_whether_it_may_pass_later(
        self, harness: PsaHarness, write: Write, final: bool
    ) -> None:
        record = harness.open_ticket()
        before = await traces(harness, record)
        harness.refuse(write, final=final)
        with pytest.raises(VendorRefused) as refused:
            await WRITES[write](harness, record)
        assert refused.value.final is final
        assert await traces(harness, record) == before

    @pytest.mark.parametrize("write", WRITES)
    async def test_a_psa_that_rejects_calls_for_now_names_when_to_repeat_and_keeps_no_trace(
        self, harness: PsaHarness, write: Write
    ) -> None:
        record = harness.open_ticket()
        before = await traces(harness, record)
        harness.limit(write, 60)
        with pytest.raises(VendorRateLimited) as limited:
            await WRITES[write](harness, record)
        assert limited.value.retry_after == pytest.approx(60, abs=1)
        harness.clock.advance(61)
        assert await traces(harness, record) == before

    @pytest.mark.parametrize("write", WRITES)
    async def test_a_psa_that_cannot_be_reached_has_carried_out_nothing(
        self, harness: PsaHarness, write: Write
    ) -> None:
        record = harness.open_ticket()
        before = await traces(harness, record)
        harness.be_away(write)
        with pytest.raises(VendorUnavailable):
            await WRITES[write](harness, record)
        assert await traces(harness, record) == before

    async def test_a_write_to_a_ticket_that_is_gone_says_so(self, harness: PsaHarness) -> None:
        record = harness.open_ticket()
        harness.delete_ticket(record)
        with pytest.raises(RecordGone):
            await WRITES["patch_ticket"](harness, record)
        with pytest.raises(RecordGone):
            await WRITES["add_note"](harness, record)

    async def test_a_summary_is_named_without_being_revealed(self, harness: PsaHarness) -> None:
        named = harness.psa.summary_hash("VPN down")
        assert named == harness.psa.summary_hash(" VPN down ") != harness.psa.summary_hash("VPN up")
        assert "vpn" not in named.lower()

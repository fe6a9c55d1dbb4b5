"""Writes of the ConnectWise connector against a simulated PSA that acts and then times out."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from desk_connectors.connectwise import Field, NewNote, NewTicket, NewTimeEntry, Patch, Ref
from desk_connectors.http import OutcomeUnknown, VendorRefused

if TYPE_CHECKING:
    from tests.contracts.conftest import Both


KEY = "0198c5b2-7d7e-7000-8000-0123456789ab"


HELP_DESK, IN_PROGRESS = 1, 16


def new(xref: str = "bb-1", **changes: Any) -> NewTicket:
    plain: dict[str, Any] = {"summary": "VPN down", "board": Ref(id=HELP_DESK), "company": Ref(id=250)}
    return NewTicket(**(plain | {"external_x_ref": xref} | changes))


async def test_a_patch_sets_fields_and_whole_references_and_empties_them(both: Both) -> None:
    number = both.opened()
    patch = Patch().reference("status", IN_PROGRESS).reference("priority", 6).replace("summary", "VPN up")
    patched = await both.client.patch_ticket(number, patch.replace("externalXRef", "bb-7"))
    assert (patched.status.id, patched.summary, patched.external_x_ref) == (IN_PROGRESS, "VPN up", "bb-7")
    assert patched.priority is not None
    assert patched.priority.level == "Critical"
    both.jdoe.assign(number, "jdoe")
    assert (await both.client.ticket(number)).members == ("jdoe",)
    assert (await both.client.patch_ticket(number, Patch().remove("owner"))).owner is None


async def test_a_status_of_another_board_is_refused_by_field(both: Both) -> None:
    with pytest.raises(VendorRefused) as refused:
        await both.client.patch_ticket(both.opened(), Patch().reference("status", 32))
    assert [problem.field for problem in refused.value.fields] == ["status"]


async def test_a_create_that_acts_and_then_times_out_leaves_one_ticket(both: Both) -> None:
    both.psa.faults.once("act-then-time-out", "POST", "service/tickets")
    with pytest.raises(OutcomeUnknown):
        await both.client.create_ticket(new("bb-77"))
    again = await both.client.create_ticket(new("bb-77"), previous_unknown=True)
    assert again.found
    assert [ticket.id for ticket in await both.client.tickets_by_xref("bb-77")] == [again.ticket.id]
    assert both.calls("POST") == 1


async def test_a_create_that_failed_before_acting_is_made_once_by_the_repeat(both: Both) -> None:
    both.psa.faults.once("server-error", "POST", "service/tickets")
    with pytest.raises(OutcomeUnknown):
        await both.client.create_ticket(new("bb-78"))
    again = await both.client.create_ticket(new("bb-78"), previous_unknown=True)
    assert not again.found
    assert len(await both.client.tickets_by_xref("bb-78")) == 1


async def test_a_patch_that_acts_and_then_times_out_is_known_by_reading_again(both: Both) -> None:
    number = both.opened()
    both.psa.faults.once("act-then-time-out", "PATCH")
    with pytest.raises(OutcomeUnknown):
        await both.client.patch_ticket(number, Patch().reference("status", IN_PROGRESS))
    assert (await both.client.ticket(number)).status.id == IN_PROGRESS


async def test_a_note_and_a_time_entry_of_unknown_outcome_are_written_once(both: Both) -> None:
    number = both.opened()
    note = NewNote(text="Tunnel is up.", resolution_flag=True)
    start = both.clock.now()
    entry = NewTimeEntry(
        charge_to_id=number,
        charge_to_type="ServiceTicket",
        member=Ref(identifier="jdoe"),
        time_start=start - timedelta(minutes=30),
        time_end=start,
        billable_option="Billable",
        notes="Tunnel restored",
    )
    both.psa.faults.once("act-then-time-out", "POST", "service/tickets")
    both.psa.faults.once("act-then-time-out", "POST", "time/entries")
    with pytest.raises(OutcomeUnknown):
        await both.client.add_note(number, note, KEY)
    with pytest.raises(OutcomeUnknown):
        await both.client.add_time(entry, KEY)
    assert (await both.client.add_note(number, note, KEY, previous_unknown=True)).found
    assert (await both.client.add_time(entry, KEY, previous_unknown=True)).found
    assert both.calls("POST") == 2
    (logged,) = await both.client.ticket_time_entries(number).all()
    assert (logged.ticket_id, str(logged.actual_hours), logged.notes) == (number, "0.5", "Tunnel restored")
    (changed,) = await both.client.time_changed_since(start, timedelta(minutes=5)).all()
    assert changed.id == logged.id == (await both.client.time_entry(logged.id)).id
    corrected = await both.client.patch_time(logged.id, Patch().replace("billableOption", "NoCharge"))
    assert corrected.billable_option == "NoCharge"


async def test_a_device_is_attached_to_a_ticket_once(both: Both) -> None:
    number = both.opened()
    device = (await both.client.configurations(Field("company/id").equals(250)).all())[0]
    await both.client.attach_configuration(number, device.id)
    await both.client.attach_configuration(number, device.id)
    (attached,) = await both.client.ticket_configurations(number).all()
    assert (await both.client.configuration(attached.id)).name == device.name
    assert both.calls("POST") == 1


async def test_merged_and_bundled_tickets_point_at_their_parent(both: Both) -> None:
    parent, merged, child = both.opened(), both.opened(), both.opened()
    await both.client.merge_tickets(parent, [merged], status_id=24)
    await both.client.attach_children(parent, [child])
    gone_into = (await both.client.ticket(merged)).merged_parent_ticket
    assert gone_into is not None
    assert gone_into.id == parent
    assert (await both.client.ticket(child)).parent_ticket_id == parent

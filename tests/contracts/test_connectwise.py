"""The ConnectWise connector against the simulated PSA: both sides of one contract, called through ASGI."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from desk_connectors.connectwise import (
    ConnectWise,
    ConnectWiseSettings,
    Field,
    KeySource,
    NewNote,
    NewTicket,
    NewTimeEntry,
    Patch,
    Ref,
    parse_callback,
    verified,
)
from desk_connectors.connectwise.records import Ticket, ticket_revision
from desk_connectors.http import (
    Limits,
    OutcomeUnknown,
    RecordGone,
    UntrustedFetch,
    UrlRefused,
    VendorRateLimited,
    VendorRefused,
    VendorUnavailable,
)
from desk_connectors.testing import FakeClock
from desk_simulators.connectwise import ConnectWiseSimulator

SETTINGS = ConnectWiseSettings(
    instance="main",
    site="https://na.myconnectwise.net",
    api="https://api-na.myconnectwise.net",
    company_id="examplemsp",
    public_key="PUBLICKEY",
    private_key="PRIVATEKEY",
    client_id="11111111-2222-3333-4444-555555555555",
    page_size=4,
    limits=Limits(deadline=0.3, read_delays=(0.25,)),
)
KEY = "0198c5b2-7d7e-7000-8000-0123456789ab"
URL = "https://hooks.example.net/psa/cw/t-01?recordId="
CALLBACK_TYPES = ("ticket", "time", "company", "contact", "configuration", "agreement", "member")
HELP_DESK, NEW, IN_PROGRESS, COMPLETED = 1, 15, 16, 23


class Receiver:
    """Takes the simulator's callbacks: raw bodies and their signatures."""

    def __init__(self) -> None:
        self.taken: list[tuple[bytes, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.taken.append((request.content, request.headers["x-content-signature"]))
        return httpx.Response(202)


class Both:
    """A simulated PSA and a client of it on one clock."""

    def __init__(self, **settings: Any) -> None:
        self.clock = FakeClock()
        self.receiver = Receiver()
        self.psa = ConnectWiseSimulator(
            clock=self.clock.now, mode="manual", callback_transport=httpx.MockTransport(self.receiver)
        )
        self.asgi = httpx.ASGITransport(app=self.psa.app)
        self.client = ConnectWise(replace(SETTINGS, **settings), self.asgi, self.clock)
        self.jdoe = self.psa.technician("jdoe")

    def opened(self, summary: str = "VPN down") -> int:
        """A ticket that a technician opened in the PSA itself."""
        return int(self.jdoe.open_ticket(summary, 250)["id"])

    def calls(self, method: str) -> int:
        return sum(call.method == method for call in self.psa.ledger.calls)

    def keys(self) -> KeySource:
        """The key source of this instance, with the simulator behind a public address."""

        async def resolve(host: str, port: int) -> list[str]:
            return ["93.184.215.14"]

        fetch = UntrustedFetch("connectwise", resolve=resolve, inner=self.asgi)
        return KeySource(self.client.settings, fetch=fetch, clock=self.clock)

    async def delivered(self) -> tuple[bytes, str]:
        """Body and signature of the newest callback."""
        await self.psa.deliver_pending()
        return self.receiver.taken[-1]


def new(xref: str = "bb-1", **changes: Any) -> NewTicket:
    plain: dict[str, Any] = {"summary": "VPN down", "board": Ref(id=HELP_DESK), "company": Ref(id=250)}
    return NewTicket(**(plain | {"external_x_ref": xref} | changes))


async def test_a_ticket_is_created_read_and_listed() -> None:
    both = Both()
    made = await both.client.create_ticket(new(contact=Ref(id=611), impact="High", initial_description="since 14:00"))
    assert not made.found
    read = await both.client.ticket(made.ticket.id)
    assert (read.external_x_ref, read.status.id, read.impact, read.company.id) == ("bb-1", NEW, "High", 250)
    assert read.info.updated_by == "DeskAPI"
    (listed,) = await both.client.tickets().all()
    assert ticket_revision(listed) == ticket_revision(read) == ticket_revision(made.ticket)


@pytest.mark.parametrize(
    "wrong",
    [{"public_key": "NOBODY"}, {"private_key": "WRONG"}, {"client_id": "22222222-0000-0000-0000-000000000000"}],
)
async def test_wrong_credentials_are_refused_as_credentials(wrong: dict[str, str]) -> None:
    with pytest.raises(VendorRefused) as refused:
        await Both(**wrong).client.system_info()
    assert (refused.value.status, refused.value.credentials) == (401, True)


async def test_a_role_that_may_not_write_is_refused_as_credentials() -> None:
    both = Both(public_key="READONLYKEY", private_key="READONLYPRIVATE")
    assert (await both.client.system_info()).is_cloud
    with pytest.raises(VendorRefused) as refused:
        await both.client.create_ticket(new())
    assert (refused.value.status, refused.value.credentials) == (403, True)


async def test_a_version_that_is_no_longer_kept_and_a_company_nobody_knows_are_refused() -> None:
    with pytest.raises(VendorRefused) as refused:
        await Both(version="2019.1").client.system_info()
    assert refused.value.status == 406
    with pytest.raises(VendorRefused, match="company_id"):
        await Both(company_id="nobody").client.system_info()


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 8, 13])
async def test_a_forward_only_list_has_every_ticket_once_in_order_of_id(count: int) -> None:
    both = Both()
    ids = [both.opened() for _ in range(count)]
    assert [ticket.id for ticket in await both.client.tickets().all()] == ids


async def test_tickets_that_change_while_they_are_listed_are_not_missed() -> None:
    both = Both()
    ids = [both.opened() for _ in range(13)]
    seen: list[int] = []
    async for ticket in both.client.tickets_changed_since(both.clock.now(), timedelta(minutes=5)):
        seen.append(ticket.id)
        both.clock.advance(1)
        both.jdoe.set_status(ids[len(seen) % 13], IN_PROGRESS)
    assert seen == ids


async def test_paged_lists_have_every_record_once() -> None:
    both = Both(page_size=2)
    statuses = await both.client.board_statuses(HELP_DESK).all()
    assert len({status.id for status in statuses}) == len(statuses) == 12
    by_id = {status.id: status for status in statuses}
    assert (by_id[NEW].default_flag, by_id[24].closed_status, by_id[COMPLETED].closed_status) == (True, True, False)
    assert [priority.level for priority in await both.client.priorities().all()] == [
        "Critical",
        "High",
        "Medium",
        "Low",
    ]
    assert [board.name for board in await both.client.boards().all()] == ["Help Desk", "Network"]


HOSTILE = [
    'say "hello"',
    'x" or id>0 or summary="',
    '" or "" = "',
    "back\\slash",
    "ends with \\",
    '\\" or id>0 or summary="',
    "100% [a] _ & + # ? = ü 漢",
    "(a) and (b)",
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_a_condition_finds_exactly_the_text_whatever_it_holds(text: str) -> None:
    both = Both()
    for other in ("plain", *HOSTILE):
        both.opened(other)
    found = await both.client.tickets(Field("summary").equals(text)).all()
    assert [ticket.summary for ticket in found] == [text]


async def test_conditions_combine() -> None:
    both = Both()
    first, second, third = (both.opened(f"VPN {number}") for number in range(3))
    both.jdoe.set_status(second, IN_PROGRESS)
    both.jdoe.close(third)
    of_board = Field("board/id").equals(HELP_DESK) & Field("company/id").one_of([250, 251])
    open_ones = of_board & Field("closedFlag").equals(False) & Field("summary").contains("vpn")
    assert [ticket.id for ticket in await both.client.tickets(open_ones).all()] == [first, second]
    not_new = open_ones & ~Field("status/id").equals(NEW)
    assert [ticket.id for ticket in await both.client.tickets(not_new).all()] == [second]
    either = Field("id").equals(first) | Field("id").above(second)
    assert [ticket.id for ticket in await both.client.tickets(either).all()] == [first, third]


async def test_a_question_too_long_for_an_address_gets_the_same_answer() -> None:
    both = Both()
    ids = [both.opened() for _ in range(9)]
    long = Field("id").one_of([*ids, *range(100_000, 100_300)])
    assert [ticket.id for ticket in await both.client.tickets(long).all()] == ids
    assert any(call.path == "service/tickets/search" for call in both.psa.ledger.calls)


async def test_reconciliation_sees_what_changed_and_nothing_older_than_its_overlap() -> None:
    both = Both()
    old, changed = both.opened(), both.opened()
    both.clock.advance(3600)
    since = both.clock.now()
    both.jdoe.set_status(changed, IN_PROGRESS)
    fresh = both.opened()
    changes = both.client.tickets_changed_since(since, timedelta(minutes=5))
    assert [ticket.id for ticket in await changes.all()] == [changed, fresh]
    assert changes.refused == []
    assert changes.as_of is not None
    everything = both.client.tickets_changed_since(since, timedelta(hours=2))
    assert [ticket.id for ticket in await everything.all()] == [old, changed, fresh]


async def test_a_change_in_the_very_second_is_seen() -> None:
    both = Both()
    ticket = both.opened()
    changes = both.client.tickets_changed_since(both.clock.now().replace(microsecond=0), timedelta(0))
    assert [one.id for one in await changes.all()] == [ticket]


async def test_a_patch_sets_fields_and_whole_references_and_empties_them() -> None:
    both = Both()
    number = both.opened()
    patch = Patch().reference("status", IN_PROGRESS).reference("priority", 6).replace("summary", "VPN up")
    patched = await both.client.patch_ticket(number, patch.replace("externalXRef", "bb-7"))
    assert (patched.status.id, patched.summary, patched.external_x_ref) == (IN_PROGRESS, "VPN up", "bb-7")
    assert patched.priority is not None
    assert patched.priority.level == "Critical"
    both.jdoe.assign(number, "jdoe")
    assert (await both.client.ticket(number)).members == ("jdoe",)
    assert (await both.client.patch_ticket(number, Patch().remove("owner"))).owner is None


async def test_a_status_of_another_board_is_refused_by_field() -> None:
    both = Both()
    with pytest.raises(VendorRefused) as refused:
        await both.client.patch_ticket(both.opened(), Patch().reference("status", 32))
    assert [problem.field for problem in refused.value.fields] == ["status"]


async def test_a_create_that_acts_and_then_times_out_leaves_one_ticket() -> None:
    both = Both()
    both.psa.faults.once("act-then-time-out", "POST", "service/tickets")
    with pytest.raises(OutcomeUnknown):
        await both.client.create_ticket(new("bb-77"))
    again = await both.client.create_ticket(new("bb-77"), previous_unknown=True)
    assert again.found
    assert [ticket.id for ticket in await both.client.tickets_by_xref("bb-77")] == [again.ticket.id]
    assert both.calls("POST") == 1


async def test_a_create_that_failed_before_acting_is_made_once_by_the_repeat() -> None:
    both = Both()
    both.psa.faults.once("server-error", "POST", "service/tickets")
    with pytest.raises(OutcomeUnknown):
        await both.client.create_ticket(new("bb-78"))
    again = await both.client.create_ticket(new("bb-78"), previous_unknown=True)
    assert not again.found
    assert len(await both.client.tickets_by_xref("bb-78")) == 1


async def test_a_patch_that_acts_and_then_times_out_is_known_by_reading_again() -> None:
    both = Both()
    number = both.opened()
    both.psa.faults.once("act-then-time-out", "PATCH")
    with pytest.raises(OutcomeUnknown):
        await both.client.patch_ticket(number, Patch().reference("status", IN_PROGRESS))
    assert (await both.client.ticket(number)).status.id == IN_PROGRESS


async def test_a_note_and_a_time_entry_of_unknown_outcome_are_written_once() -> None:
    both = Both()
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


async def test_the_vendors_rate_limit_is_kept_and_its_wait_is_handed_on() -> None:
    both = Both(limits=Limits(deadline=0.3, read_delays=(), burst=100))
    await both.client.system_info()
    both.psa.state.behaviour.requests_per_minute = 3
    refused = 0
    for _ in range(10):
        try:
            await both.client.system_info()
        except VendorRateLimited as limited:
            refused += 1
            assert 0 < limited.retry_after <= 60
    assert refused == 7
    assert len([call for call in both.psa.ledger.calls if call.status == 429]) == 1
    both.clock.advance(60)
    assert (await both.client.system_info()).is_cloud


async def test_a_list_waits_out_a_rate_limit_and_is_complete() -> None:
    both = Both()
    ids = [both.opened() for _ in range(13)]
    both.psa.faults.once("too-many-requests", "GET", "service/tickets")
    assert [ticket.id for ticket in await both.client.tickets().all()] == ids
    assert max(both.clock.slept) >= 1.0


async def test_reads_survive_a_server_error_and_a_server_that_stays_broken_is_left_alone() -> None:
    both = Both()
    number = both.opened()
    both.psa.faults.once("server-error", "GET")
    assert (await both.client.ticket(number)).id == number
    both.psa.faults.change({"api_server_error": 1.0})
    for _ in range(10):
        with pytest.raises(VendorUnavailable):
            await both.client.ticket(number)
    assert len([call for call in both.psa.ledger.calls if call.status == 500]) == 6
    both.psa.faults.reset()
    both.clock.advance(15)
    assert (await both.client.ticket(number)).id == number


async def test_after_an_upgrade_reads_and_writes_go_on_at_the_new_codebase() -> None:
    both = Both()
    number = both.opened()
    await both.client.ticket(number)
    both.psa.faults.change({"codebase": "v2025_2/"})
    both.clock.advance(60)
    assert (await both.client.ticket(number)).id == number
    both.psa.faults.change({"codebase": "v2026_1/"})
    both.clock.advance(60)
    assert not (await both.client.create_ticket(new("bb-up"))).found
    assert len(await both.client.tickets_by_xref("bb-up")) == 1


async def test_a_deleted_ticket_is_gone_and_proven_so() -> None:
    both = Both()
    number, other = both.opened(), both.opened()
    both.jdoe.delete(number)
    with pytest.raises(RecordGone):
        await both.client.ticket(number)
    assert await both.client.ticket_is_gone(number)
    assert not await both.client.ticket_is_gone(other)


async def test_subscriptions_are_made_once_and_armed_again() -> None:
    both = Both(page_size=3)
    first = await both.client.ensure_callbacks(URL, CALLBACK_TYPES)
    assert (len(first.created), first.rearmed) == (7, ())
    again = await both.client.ensure_callbacks(URL, CALLBACK_TYPES)
    assert (again.entries, again.created, again.rearmed) == (first.entries, (), ())
    off = [{"op": "replace", "path": "inactiveFlag", "value": True}]
    async with both.psa.client() as vendor:
        assert (await vendor.patch(f"system/callbacks/{first.created[2]}", json=off)).status_code == 200
    armed = await both.client.ensure_callbacks(URL, CALLBACK_TYPES)
    assert (armed.created, armed.rearmed) == ((), (first.created[2],))
    assert not any(entry.inactive_flag for entry in await both.client.callbacks().all())
    await both.client.delete_callback(first.created[0])
    assert len(await both.client.callbacks().all()) == 6


async def test_a_second_process_that_subscribes_at_the_same_time_finds_the_others_subscription() -> None:
    both = Both()
    look = both.client._callback
    looks: list[str] = []

    async def too_early(url: str, kind: str) -> Any:
        looks.append(kind)
        if len(looks) == 1:
            await ConnectWise(SETTINGS, both.asgi, both.clock).ensure_callbacks(URL, ["ticket"])
            return None
        return await look(url, kind)

    both.client._callback = too_early  # type: ignore[method-assign]
    ensured = await both.client.ensure_callbacks(URL, ["ticket"])
    assert ensured.created == ()
    assert len(await ConnectWise(SETTINGS, both.asgi, both.clock).callbacks().all()) == 1


async def test_a_delivered_callback_verifies_with_the_key_it_names_and_hints_at_the_record() -> None:
    both = Both()
    await both.client.ensure_callbacks(URL, ["ticket"])
    number = both.opened()
    body, signature = await both.delivered()
    assert await verified(body, signature, both.keys())
    callback = parse_callback(body)
    assert (callback.action, callback.record_id, callback.type, callback.member_id) == (
        "added",
        number,
        "ticket",
        "jdoe",
    )
    embedded = callback.record(Ticket)
    assert embedded is not None
    assert ticket_revision(embedded) == ticket_revision(await both.client.ticket(number))
    both.jdoe.delete(number)
    body, signature = await both.delivered()
    assert await verified(body, signature, both.keys())
    assert (parse_callback(body).action, parse_callback(body).entity) == ("deleted", None)


async def test_a_changed_body_an_exchanged_signature_and_a_changed_key_are_told_apart() -> None:
    both = Both()
    await both.client.ensure_callbacks(URL, ["ticket"])
    keys = both.keys()
    both.opened()
    body, signature = await both.delivered()
    assert await verified(body, signature, keys)
    assert not await verified(body.replace(b"added", b"updated"), signature, keys)
    both.psa.state.instance.signing_key = "changed"
    both.opened()
    body, changed = await both.delivered()
    assert await verified(body, changed, keys)
    assert not await verified(body, signature, keys)


async def test_a_key_that_needs_credentials_is_fetched_with_them() -> None:
    both = Both()
    both.psa.state.behaviour.key_needs_credentials = True
    await both.client.ensure_callbacks(URL, ["ticket"])
    both.opened()
    assert await verified(*await both.delivered(), both.keys())


async def test_the_key_of_another_company_or_site_is_refused() -> None:
    both = Both()
    await both.client.ensure_callbacks(URL, ["ticket"])
    both.opened()
    body, signature = await both.delivered()
    for other in (body.replace(b"companyName=examplemsp", b"companyName=attacker"), body.replace(b"//na.", b"//eu.")):
        with pytest.raises(UrlRefused):
            await verified(other, signature, both.keys())


async def test_the_change_log_tells_every_step_in_order() -> None:
    both = Both()
    number = both.opened()
    both.opened()
    for status in (IN_PROGRESS, COMPLETED, IN_PROGRESS):
        both.clock.advance(60)
        both.jdoe.set_status(number, status)
    steps = [entry async for entry in both.client.change_log(ticket_id=number)]
    assert [step.status for step in steps] == ["New", "In Progress", "Completed", "In Progress"]
    later = await both.client.change_log(after_id=steps[1].id, ticket_id=number).all()
    assert [step.id for step in later] == [step.id for step in steps[2:]]


async def test_the_audit_trail_of_a_ticket_is_read() -> None:
    both = Both(page_size=2)
    number = both.opened()
    both.clock.advance(60)
    after = both.clock.now()
    both.clock.advance(60)
    both.jdoe.set_status(number, IN_PROGRESS)
    everything = await both.client.audit_trail(number).all()
    later = await both.client.audit_trail(number, after=after).all()
    assert 0 < len(later) < len(everything)
    assert {entry.entered_by for entry in everything} == {"jdoe"}


async def test_clients_people_devices_agreements_and_members_are_read() -> None:
    both = Both(page_size=3)
    client = both.client
    company = await client.company(250)
    assert company.name
    contact = await client.contact(611)
    assert contact.company is not None
    assert contact.company.id == 250
    assert contact.reach("Email")
    assert 611 in [one.id for one in await client.contacts(Field("company/id").equals(250)).all()]
    assert 250 in [one.id for one in await client.companies().all()]
    agreement = await client.agreement(31)
    assert (agreement.company.id, 31 in [one.id for one in await client.agreements().all()]) == (250, True)
    members = {member.identifier: member for member in await client.members().all()}
    assert members["DeskAPI"].license_class == "A"
    assert (await client.member(members["jdoe"].id)).identifier == "jdoe"
    assert any(not status.inactive_flag for status in await client.company_statuses().all())


async def test_a_device_is_attached_to_a_ticket_once() -> None:
    both = Both()
    number = both.opened()
    device = (await both.client.configurations(Field("company/id").equals(250)).all())[0]
    await both.client.attach_configuration(number, device.id)
    await both.client.attach_configuration(number, device.id)
    (attached,) = await both.client.ticket_configurations(number).all()
    assert (await both.client.configuration(attached.id)).name == device.name
    assert both.calls("POST") == 1


async def test_merged_and_bundled_tickets_point_at_their_parent() -> None:
    both = Both()
    parent, merged, child = both.opened(), both.opened(), both.opened()
    await both.client.merge_tickets(parent, [merged], status_id=24)
    await both.client.attach_children(parent, [child])
    gone_into = (await both.client.ticket(merged)).merged_parent_ticket
    assert gone_into is not None
    assert gone_into.id == parent
    assert (await both.client.ticket(child)).parent_ticket_id == parent


async def test_over_a_real_socket_a_simulator_instance_works_from_subscription_to_verified_callback() -> None:
    receiver = Receiver()
    psa = ConnectWiseSimulator(mode="manual", callback_transport=httpx.MockTransport(receiver))
    async with psa.serve() as url:
        settings = replace(SETTINGS, kind="simulator", site=url, api=url, limits=Limits())
        async with ConnectWise(settings) as client:
            await client.ensure_callbacks(URL, ["ticket"], suppress_own=False)
            made = await client.create_ticket(new("bb-socket"))
            assert (await client.create_ticket(new("bb-socket"), previous_unknown=True)).ticket.id == made.ticket.id
            changes = client.tickets_changed_since(datetime.now(UTC), timedelta(minutes=5))
            assert [ticket.id for ticket in await changes.all()] == [made.ticket.id]
        await psa.deliver_pending()
        ((body, signature),) = receiver.taken
        keys = KeySource(settings, desk_listens_on_loopback=True)
        assert await verified(body, signature, keys)
        assert not await verified(body + b" ", signature, keys)
        await keys.aclose()
        with pytest.raises(UrlRefused):
            await verified(body, signature, KeySource(settings, desk_listens_on_loopback=False))

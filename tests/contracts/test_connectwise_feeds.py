"""Subscriptions, signed callbacks and histories: the ConnectWise connector against the simulated PSA."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from desk_connectors.connectwise import ConnectWise, Field, KeySource, NewTicket, Ref, parse_callback, verified
from desk_connectors.connectwise.records import Ticket, ticket_revision
from desk_connectors.http import Limits, UrlRefused

if TYPE_CHECKING:
    from tests.contracts.conftest import Both, Pairs


URL = "https://hooks.example.net/psa/cw/t-01?recordId="
CALLBACK_TYPES = ("ticket", "time", "company", "contact", "configuration", "agreement", "member")


HELP_DESK, IN_PROGRESS, COMPLETED = 1, 16, 23


def new(xref: str = "bb-1", **changes: Any) -> NewTicket:
    plain: dict[str, Any] = {"summary": "VPN down", "board": Ref(id=HELP_DESK), "company": Ref(id=250)}
    return NewTicket(**(plain | {"external_x_ref": xref} | changes))


async def test_subscriptions_are_made_once_and_armed_again(pair: Pairs) -> None:
    both = pair(page_size=3)
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


async def test_a_second_process_that_subscribes_at_the_same_time_finds_the_others_subscription(both: Both) -> None:
    look = both.client._callback
    looks: list[str] = []

    async def too_early(url: str, kind: str) -> Any:
        looks.append(kind)
        if len(looks) == 1:
            await ConnectWise(both.client.settings, both.asgi, both.clock).ensure_callbacks(URL, ["ticket"])
            return None
        return await look(url, kind)

    both.client._callback = too_early  # type: ignore[method-assign]
    ensured = await both.client.ensure_callbacks(URL, ["ticket"])
    assert ensured.created == ()
    assert len(await ConnectWise(both.client.settings, both.asgi, both.clock).callbacks().all()) == 1


async def test_a_delivered_callback_verifies_with_the_key_it_names_and_hints_at_the_record(both: Both) -> None:
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


async def test_a_changed_body_an_exchanged_signature_and_a_changed_key_are_told_apart(both: Both) -> None:
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


async def test_a_key_that_needs_credentials_is_fetched_with_them(both: Both) -> None:
    both.psa.state.behaviour.key_needs_credentials = True
    await both.client.ensure_callbacks(URL, ["ticket"])
    both.opened()
    assert await verified(*await both.delivered(), both.keys())


async def test_the_key_of_another_company_or_site_is_refused(both: Both) -> None:
    await both.client.ensure_callbacks(URL, ["ticket"])
    both.opened()
    body, signature = await both.delivered()
    for other in (body.replace(b"companyName=examplemsp", b"companyName=attacker"), body.replace(b"//na.", b"//eu.")):
        with pytest.raises(UrlRefused):
            await verified(other, signature, both.keys())


async def test_the_change_log_tells_every_step_in_order(both: Both) -> None:
    number = both.opened()
    both.opened()
    for status in (IN_PROGRESS, COMPLETED, IN_PROGRESS):
        both.clock.advance(60)
        both.jdoe.set_status(number, status)
    steps = [entry async for entry in both.client.change_log(ticket_id=number)]
    assert [step.status for step in steps] == ["New", "In Progress", "Completed", "In Progress"]
    later = await both.client.change_log(after_id=steps[1].id, ticket_id=number).all()
    assert [step.id for step in later] == [step.id for step in steps[2:]]


async def test_the_audit_trail_of_a_ticket_is_read(pair: Pairs) -> None:
    both = pair(page_size=2)
    number = both.opened()
    both.clock.advance(60)
    after = both.clock.now()
    both.clock.advance(60)
    both.jdoe.set_status(number, IN_PROGRESS)
    everything = await both.client.audit_trail(number).all()
    later = await both.client.audit_trail(number, after=after).all()
    assert 0 < len(later) < len(everything)
    assert {entry.entered_by for entry in everything} == {"jdoe"}


async def test_clients_people_devices_agreements_and_members_are_read(pair: Pairs) -> None:
    both = pair(page_size=3)
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


async def test_over_a_real_socket_a_simulator_instance_works_from_subscription_to_verified_callback(
    both: Both,
) -> None:
    psa = both.psa
    async with psa.serve() as url:
        settings = replace(both.client.settings, kind="simulator", site=url, api=url, limits=Limits())
        async with ConnectWise(settings) as client:
            await client.ensure_callbacks(URL, ["ticket"], suppress_own=False)
            made = await client.create_ticket(new("bb-socket"))
            assert (await client.create_ticket(new("bb-socket"), previous_unknown=True)).ticket.id == made.ticket.id
            changes = client.tickets_changed_since(both.clock.now(), timedelta(minutes=5))
            assert [ticket.id for ticket in await changes.all()] == [made.ticket.id]
        await psa.deliver_pending()
        ((body, signature),) = both.receiver.taken
        keys = KeySource(settings, desk_listens_on_loopback=True)
        assert await verified(body, signature, keys)
        assert not await verified(body + b" ", signature, keys)
        await keys.aclose()
        with pytest.raises(UrlRefused):
            await verified(body, signature, KeySource(settings, desk_listens_on_loopback=False))

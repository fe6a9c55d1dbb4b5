"""Callbacks: one subscription per type, believed only with their signature, a hint that names the record."""

from __future__ import annotations

import pytest

from desk_integrations.conformance.psa.harness import PsaHarness
from desk_integrations.kinds.psa import RecordType
from desk_integrations.vendor_errors import VendorAnswerInvalid
from desk_integrations.webhooks.callbacks import CallbackRefused, VendorCallback

ROUTE = "http://desk/psa/main/callbacks"
TYPES: tuple[RecordType, ...] = ("ticket", "time")


class FeedCases:
    """Cases of subscriptions and callbacks."""

    async def test_types_are_subscribed_once_however_often_they_are_asked_for(self, harness: PsaHarness) -> None:
        psa, address = harness.psa, harness.psa.callback_address(ROUTE)
        first, second = await psa.subscribe(address, TYPES), await psa.subscribe(address, TYPES)
        assert [entry.type for entry in first.entries] == list(TYPES)
        assert first.entries == second.entries and (first.rearmed, first.refused) == ((), ())
        mine = [entry for entry in await psa.subscriptions() if entry.url == address]
        assert {entry.subscription for entry in mine} == {entry.subscription for entry in first.entries}

    async def test_a_subscription_that_the_vendor_switched_off_is_switched_on_again_and_named(
        self, harness: PsaHarness
    ) -> None:
        psa, address = harness.psa, harness.psa.callback_address(ROUTE)
        first = (await psa.subscribe(address, TYPES)).entries[0].subscription
        harness.switch_off(first)
        assert (await psa.subscribe(address, TYPES)).rearmed == (first,)
        assert (await psa.subscribe(address, TYPES)).rearmed == ()

    async def test_a_subscription_is_taken_away(self, harness: PsaHarness) -> None:
        psa = harness.psa
        made = (await psa.subscribe(psa.callback_address(ROUTE), TYPES)).entries[0].subscription
        await psa.unsubscribe(made)
        assert made not in [entry.subscription for entry in await psa.subscriptions()]

    async def test_a_change_calls_back_with_the_record_its_author_and_its_state(self, harness: PsaHarness) -> None:
        await harness.psa.subscribe(harness.psa.callback_address(ROUTE), TYPES)
        record = harness.open_ticket()
        ((headers, body),) = await harness.callbacks()
        found = await harness.psa.callback(headers, body)
        assert isinstance(found, VendorCallback) and found.dedup_key
        assert (found.type, found.record, found.action) == ("ticket", record, "added")
        assert found.member.lower() == harness.member.lower()
        assert harness.psa.ticket_in(body) == await harness.read(record)

    async def test_callbacks_carry_the_states_in_between(self, harness: PsaHarness) -> None:
        await harness.psa.subscribe(harness.psa.callback_address(ROUTE), TYPES)
        record = harness.open_ticket()
        harness.set_status(record, "waiting")
        harness.set_status(record, "closed")
        states = [harness.psa.ticket_in(body) for _, body in await harness.callbacks()]
        wanted = [harness.status(meaning) for meaning in ("new", "waiting", "closed")]
        assert [state.status for state in states if state is not None] == wanted

    async def test_a_deletion_calls_back_without_a_state(self, harness: PsaHarness) -> None:
        await harness.psa.subscribe(harness.psa.callback_address(ROUTE), TYPES)
        record = harness.open_ticket()
        await harness.callbacks()
        harness.delete_ticket(record)
        ((headers, body),) = await harness.callbacks()
        found = await harness.psa.callback(headers, body)
        assert isinstance(found, VendorCallback) and (found.record, found.action) == (record, "deleted")
        assert harness.psa.ticket_in(body) is None

    async def test_a_callback_that_comes_twice_has_one_key_and_two_changes_have_two(self, harness: PsaHarness) -> None:
        await harness.psa.subscribe(harness.psa.callback_address(ROUTE), TYPES)
        harness.set_status(harness.open_ticket(), "waiting")
        first, second = await harness.callbacks()
        keys = [getattr(await harness.psa.callback(*one), "dedup_key", None) for one in (first, first, second)]
        assert None not in keys and keys[0] == keys[1] != keys[2]

    async def test_our_own_writes_call_nobody_back(self, harness: PsaHarness) -> None:
        await harness.psa.subscribe(harness.psa.callback_address(ROUTE), TYPES)
        record = harness.open_ticket()
        await harness.callbacks()
        await harness.psa.attach_device(record, harness.device)
        assert await harness.callbacks() == []

    async def test_a_callback_whose_body_was_changed_is_not_believed(self, harness: PsaHarness) -> None:
        await harness.psa.subscribe(harness.psa.callback_address(ROUTE), TYPES)
        harness.open_ticket("VPN down")
        ((headers, body),) = await harness.callbacks()
        found = await harness.psa.callback(headers, body.replace(b"VPN down", b"VPN gone"))
        assert isinstance(found, CallbackRefused) and found.reason == "unauthenticated"

    async def test_a_callback_without_a_signature_is_not_believed(self, harness: PsaHarness) -> None:
        await harness.psa.subscribe(harness.psa.callback_address(ROUTE), TYPES)
        harness.open_ticket()
        ((_, body),) = await harness.callbacks()
        found = await harness.psa.callback({}, body)
        assert isinstance(found, CallbackRefused) and found.reason == "unsigned"

    @pytest.mark.parametrize("body", [b"", b"null", b"[]", b"\xff", b'{"Action": 1}', b"[" * 50_000])
    async def test_a_body_that_is_no_callback_is_never_one(self, harness: PsaHarness, body: bytes) -> None:
        assert isinstance(await harness.psa.callback(harness.signed(body), body), CallbackRefused)
        with pytest.raises(VendorAnswerInvalid):
            harness.psa.ticket_in(body)

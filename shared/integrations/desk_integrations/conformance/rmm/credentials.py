"""Sign-in: expired tokens, rotated secrets, one alert when the vendor refuses them."""

from __future__ import annotations

import asyncio

import pytest

from desk_integrations.conformance.faults import afterwards, answers
from desk_integrations.conformance.rmm.harness import ACME, ASKS, OWN, RmmHarness
from desk_integrations.conformance.rmm.reading import hostnames
from desk_integrations.kinds.rmm import RmmDevices
from desk_integrations.outcomes import Unknown


class CredentialCases:
    """Cases of sign-in."""

    async def test_a_token_that_expires_between_two_pages_is_renewed_and_nothing_is_lost(
        self, harness: RmmHarness
    ) -> None:
        harness.faults.add(harness.paths.devices, afterwards(harness.expire_tokens), times=1)
        assert hostnames(await harness.adapter().devices(ACME)) == sorted(seed.hostname for seed in OWN)
        assert harness.faults.count(harness.paths.token) == 2

    async def test_twenty_callers_sign_in_once(self, harness: RmmHarness) -> None:
        rmm = harness.adapter()
        outcomes = await asyncio.gather(*(rmm.check() for _ in range(20)))
        assert not [outcome for outcome in outcomes if isinstance(outcome, Unknown)]
        assert harness.faults.count(harness.paths.token) == 1

    async def test_twenty_callers_that_meet_an_expired_token_renew_it_once(self, harness: RmmHarness) -> None:
        rmm = harness.adapter()
        await rmm.check()
        harness.expire_tokens()
        outcomes = await asyncio.gather(*(rmm.check() for _ in range(20)))
        assert not [outcome for outcome in outcomes if isinstance(outcome, Unknown)]
        assert harness.faults.count(harness.paths.token) == 2

    async def test_refused_credentials_mark_the_instance_raise_one_alert_and_are_not_tried_again(
        self, harness: RmmHarness
    ) -> None:
        rmm, other = harness.adapter(), harness.adapter()
        assert isinstance(await rmm.devices(ACME), RmmDevices)
        harness.rotate_credentials()
        assert await rmm.devices(ACME) == Unknown("credentials-refused")
        asked = len(harness.faults.asked)
        for process in (rmm, other):
            for name in ASKS:
                outcome = await ASKS[name](ACME, process)
                assert isinstance(outcome, Unknown) and outcome.reason == "credentials-refused"
                assert outcome.retry_after is not None and outcome.retry_after > 0
        assert len(harness.faults.asked) == asked
        assert harness.alerted == ["rmm-main"]

    async def test_new_credentials_are_taken_up_without_a_restart(self, harness: RmmHarness) -> None:
        rmm = harness.adapter()
        new = harness.rotate_credentials()
        assert await rmm.devices(ACME) == Unknown("credentials-refused")
        harness.env.update(new)
        assert isinstance(await rmm.devices(ACME), RmmDevices)
        assert harness.alerted == ["rmm-main"]

    async def test_credentials_that_the_vendor_accepts_again_are_found_out_later(self, harness: RmmHarness) -> None:
        rmm = harness.adapter()
        harness.faults.add(harness.paths.token, answers(401), times=1)
        assert await rmm.devices(ACME) == Unknown("credentials-refused")
        harness.clock.advance(901)
        assert isinstance(await rmm.devices(ACME), RmmDevices)

    @pytest.mark.parametrize("name", ASKS)
    async def test_a_401_of_every_resource_marks_the_instance(self, harness: RmmHarness, name: str) -> None:
        harness.faults.add(rf"^(?!.*{harness.paths.token})", answers(401))
        assert await ASKS[name](ACME, harness.adapter()) == Unknown("credentials-refused")
        assert harness.alerted == ["rmm-main"]

    @pytest.mark.parametrize("name", ASKS)
    async def test_a_401_of_one_resource_alone_is_a_missing_right(self, harness: RmmHarness, name: str) -> None:
        harness.faults.add(harness.first_path(name), answers(401))
        assert await ASKS[name](ACME, harness.adapter()) == Unknown("forbidden")
        assert harness.alerted == []

    async def test_credentials_that_are_not_there_are_unknown_and_nothing_is_called(self, harness: RmmHarness) -> None:
        rmm = harness.adapter()
        harness.env.clear()
        assert await rmm.devices(ACME) == Unknown("credentials-missing")
        assert harness.faults.asked == []

"""Sign-in: expired tokens, one sign-in for many callers, tokens that every resource refuses."""

from __future__ import annotations

import asyncio

import pytest

from desk_integrations.conformance.faults import afterwards, answers
from desk_integrations.conformance.rmm.harness import ACME, ASKS, OWN, RmmHarness
from desk_integrations.conformance.rmm.reading import hostnames
from desk_integrations.outcomes import Unknown


class TokenCases:
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

    @pytest.mark.parametrize("name", ASKS)
    async def test_a_401_of_every_resource_marks_the_instance(self, harness: RmmHarness, name: str) -> None:
        harness.faults.add(rf"^(?!.*{harness.paths.token})", answers(401))
        assert await ASKS[name](ACME, harness.adapter()) == Unknown("credentials-refused")
        assert harness.alerted == ["rmm-main"]

"""Candidates for a ticket's asset: proposed with a reason, never guessed, never another client's."""

from __future__ import annotations

import pytest

from desk_integrations.conformance.rmm.harness import ACME, BRIXTON, RmmHarness
from desk_integrations.kinds.rmm import AssetCandidates
from desk_integrations.outcomes import Empty


def found(outcome: object) -> list[tuple[str, str]]:
    """(vendor's id, confidence) of the candidates, in their order."""
    assert isinstance(outcome, AssetCandidates) and outcome.missing == ()
    assert all(candidate.why for candidate in outcome.candidates)
    return [(candidate.device.external, candidate.confidence) for candidate in outcome.candidates]


class SearchCases:
    """Cases of `find`."""

    @pytest.mark.parametrize("hostname", ["ACM-WS-001", "acm-ws-001", " ACM-WS-001 "])
    async def test_a_host_name_finds_its_device_and_no_namesake_of_another_client(
        self, harness: RmmHarness, hostname: str
    ) -> None:
        outcome = await harness.adapter().find(ACME, hostname=hostname)
        assert found(outcome) == [(harness.device_id("ws-1"), "exact")]
        other = await harness.adapter().find(BRIXTON, hostname=hostname)
        assert found(other) == [(harness.device_id("namesake"), "exact")]

    async def test_a_user_finds_the_device_that_the_user_was_the_last_to_log_on_to(self, harness: RmmHarness) -> None:
        outcome = await harness.adapter().find(ACME, upn="A.Khan@acme.example")
        assert found(outcome) == [(harness.device_id("ws-1"), "probable")]

    async def test_name_and_user_of_different_devices_are_two_candidates(self, harness: RmmHarness) -> None:
        outcome = await harness.adapter().find(ACME, hostname="ACM-WS-002", upn="a.khan@acme.example")
        assert found(outcome) == [(harness.device_id("ws-2"), "exact"), (harness.device_id("ws-1"), "probable")]

    async def test_several_devices_of_one_name_are_all_proposed_and_none_is_exact(self, harness: RmmHarness) -> None:
        outcome = await harness.adapter().find(ACME, hostname="ACM-KIOSK")
        both = {(harness.device_id("kiosk-1"), "probable"), (harness.device_id("kiosk-2"), "probable")}
        assert set(found(outcome)) == both

    async def test_the_user_decides_between_devices_of_one_name(self, harness: RmmHarness) -> None:
        outcome = await harness.adapter().find(ACME, hostname="ACM-KIOSK", upn="k.lee@acme.example")
        assert found(outcome)[0] == (harness.device_id("kiosk-2"), "exact")

    async def test_a_part_of_a_name_is_no_match(self, harness: RmmHarness) -> None:
        assert await harness.adapter().find(ACME, hostname="ACM-WS") == Empty()

    @pytest.mark.parametrize(
        ("hostname", "upn"),
        [("NOBODY-1", None), (None, "nobody@acme.example"), ("", ""), (None, None), ("  ", "@"), ("x" * 5000, None)],
    )
    async def test_nothing_to_find_is_empty(self, harness: RmmHarness, hostname: str | None, upn: str | None) -> None:
        assert await harness.adapter().find(ACME, hostname=hostname, upn=upn) == Empty()

    async def test_a_name_of_odd_characters_is_found(self, harness: RmmHarness) -> None:
        outcome = await harness.adapter().find(ACME, hostname="Lager & Büro #1?")
        assert found(outcome) == [(harness.device_id("odd"), "exact")]

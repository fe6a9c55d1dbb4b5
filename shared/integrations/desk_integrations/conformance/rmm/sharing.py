"""Limits of the vendor: shared by all processes, obeyed in every form that `Retry-After` takes."""

from __future__ import annotations

import logging

import pytest
from structlog.testing import capture_logs

from desk_integrations.conformance.faults import answers, fails
from desk_integrations.conformance.rmm.asks import ASKS, ask, first_path
from desk_integrations.conformance.rmm.harness import ACME, WINDOW_FROM, WINDOW_TO, RmmHarness
from desk_integrations.kinds.rmm import RmmDevices
from desk_integrations.outcomes import Unknown

PERSONAL = ("khan", "ACM-", "acme.example", "KB5099001")


class SharingCases:
    """Cases with several processes, and the logs of all of them."""

    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({"retry-after": "60"}, 60.0),
            ({"retry-after": "Thu, 15 Jan 2026 14:11:00 GMT", "date": "Thu, 15 Jan 2026 14:10:00 GMT"}, 60.0),
            ({}, 30.0),
        ],
    )
    async def test_a_429_silences_every_process_until_the_time_that_it_names(
        self, harness: RmmHarness, headers: dict[str, str], seconds: float
    ) -> None:
        first, second = harness.adapter(), harness.adapter()
        assert isinstance(await second.devices(ACME), RmmDevices)
        harness.faults.add(harness.paths.devices, answers(429, headers=headers), times=1)
        outcome = await first.devices(ACME)
        assert isinstance(outcome, Unknown) and outcome.reason == "rate-limited"
        assert outcome.retry_after is not None and outcome.retry_after <= 660
        asked = len(harness.faults.asked)
        assert isinstance(await harness.adapter().devices(ACME), Unknown)
        assert len(harness.faults.asked) == asked
        harness.clock.advance(max(seconds, outcome.retry_after))
        assert isinstance(await first.devices(ACME), RmmDevices)

    async def test_a_short_retry_after_is_waited_for(self, harness: RmmHarness) -> None:
        harness.faults.add(harness.paths.devices, answers(429, headers={"retry-after": "1"}), times=1)
        assert isinstance(await harness.adapter().devices(ACME), RmmDevices)
        assert harness.clock.seconds >= 1

    async def test_two_processes_together_keep_the_budget(self, harness: RmmHarness) -> None:
        """60 calls a minute for two services: 30 for this one's processes."""
        processes = [harness.adapter(calls_per_minute=60.0, burst=8) for _ in range(2)]
        for _ in range(12):
            for rmm in processes:
                await rmm.check()
        allowed = 4 + harness.clock.seconds * 30 / 60 + len(processes)
        assert 0 < len(harness.faults.asked) <= allowed

    @pytest.mark.parametrize("name", ASKS)
    async def test_nothing_personal_and_no_secret_is_logged(
        self, harness: RmmHarness, name: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.WARNING)
        rmm = harness.adapter()
        with capture_logs() as logs:
            await ask(name, rmm)
            harness.faults.add(first_path(name, harness.paths), answers(500, b"a.khan ACM-WS-001"))
            await ask(name, rmm)
            harness.faults.clear()
            harness.faults.add(first_path(name, harness.paths), fails(RuntimeError("a.khan at ACM-WS-001")))
            assert await ask(name, rmm) == Unknown("fault")
            harness.faults.clear()
            harness.rotate_credentials()
            await ask(name, harness.adapter())
            await rmm.changes(ACME, "d-1", WINDOW_FROM.replace(tzinfo=None), WINDOW_TO)
        written = f"{logs} {caplog.text}"
        assert not [word for word in (*PERSONAL, *harness.env.values()) if word in written]

"""Logs of all processes: ids and reasons only."""

from __future__ import annotations

import logging

import pytest
from structlog.testing import capture_logs

from desk_integrations.conformance.faults import answers, fails
from desk_integrations.conformance.rmm.harness import ACME, ASKS, WINDOW_FROM, WINDOW_TO, RmmHarness
from desk_integrations.outcomes import Unknown

PERSONAL = ("khan", "ACM-", "acme.example", "KB5099001")


class LogCases:
    """Cases of the logs."""

    @pytest.mark.parametrize("name", ASKS)
    async def test_nothing_personal_is_logged_through_a_rotation_of_credentials(
        self, harness: RmmHarness, name: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.WARNING)
        rmm = harness.adapter()
        with capture_logs() as logs:
            await ASKS[name](ACME, rmm)
            harness.faults.add(harness.first_path(name), answers(500, b"a.khan ACM-WS-001"))
            await ASKS[name](ACME, rmm)
            harness.faults.clear()
            harness.faults.add(harness.first_path(name), fails(RuntimeError("a.khan at ACM-WS-001")))
            assert await ASKS[name](ACME, rmm) == Unknown("fault")
            harness.faults.clear()
            harness.rotate_credentials()
            await ASKS[name](ACME, harness.adapter())
            await rmm.changes(ACME, "d-1", WINDOW_FROM.replace(tzinfo=None), WINDOW_TO)
        written = f"{logs} {caplog.text}"
        assert not [word for word in (*PERSONAL, *harness.env.values()) if word in written]

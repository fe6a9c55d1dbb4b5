"""Webhooks: believed only with the secret, the same alert when it comes twice, in order by what they carry."""

from __future__ import annotations

from datetime import timedelta

import pytest

from desk_connectors.testing import START
from desk_integrations.conformance.harness import SECRETS
from desk_integrations.conformance.monitoring.harness import MonitoringHarness
from desk_integrations.kinds.monitoring import MonitoringAlert
from desk_integrations.outcomes import WebhookIgnored, WebhookRefused

UNAUTHENTICATED = WebhookRefused("unauthenticated")


class WebhookCases:
    """Cases of `alert_of`."""

    async def test_an_alert_fires_and_clears_under_one_id(self, harness: MonitoringHarness) -> None:
        port = harness.adapter()
        fired = harness.delivered(port, harness.webhook("firing", 1, START))
        cleared = harness.delivered(port, harness.webhook("cleared", 2, START + timedelta(minutes=5)))
        assert isinstance(fired, MonitoringAlert) and isinstance(cleared, MonitoringAlert)
        assert (fired.state, cleared.state, fired.alert == cleared.alert) == ("firing", "cleared", True)
        assert (fired.external, fired.at, cleared.at - fired.at) == (
            harness.device_id("fw-1"),
            START,
            timedelta(minutes=5),
        )
        assert fired.sequence != cleared.sequence

    async def test_a_webhook_that_comes_twice_is_the_same_alert(self, harness: MonitoringHarness) -> None:
        port, body = harness.adapter(), harness.webhook("firing", 1, START)
        once = harness.delivered(port, body)
        assert isinstance(once, MonitoringAlert) and once.sequence
        assert harness.delivered(port, body) == once

    @pytest.mark.parametrize("secret", ["", "wrong", f"{SECRETS[0]} "])
    async def test_a_webhook_without_the_secret_is_not_believed(self, harness: MonitoringHarness, secret: str) -> None:
        port, body = harness.adapter(), harness.webhook("firing", 1, START)
        assert harness.delivered(port, body, secret) == UNAUTHENTICATED
        assert port.alert_of({}, {}, body) == UNAUTHENTICATED

    async def test_an_instance_without_a_secret_believes_nothing(self, harness: MonitoringHarness) -> None:
        port = harness.adapter(webhook=False)
        assert harness.delivered(port, harness.webhook("firing", 1, START)) == UNAUTHENTICATED

    async def test_both_secrets_are_accepted_while_they_are_rotated(self, harness: MonitoringHarness) -> None:
        port, body = harness.adapter(), harness.webhook("firing", 1, START)
        assert [isinstance(harness.delivered(port, body, one), MonitoringAlert) for one in SECRETS] == [True, True]
        del harness.env["WEBHOOK_1"]
        assert isinstance(harness.delivered(port, body, SECRETS[0]), MonitoringAlert)
        assert harness.delivered(port, body, SECRETS[1]) == UNAUTHENTICATED

    async def test_another_kind_of_webhook_is_ignored(self, harness: MonitoringHarness) -> None:
        assert harness.delivered(harness.adapter(), harness.webhook("other", 1, START)) == WebhookIgnored()

    @pytest.mark.parametrize("body", [b"", b"null", b"[]", b'{"id": "x"}', b"\xff", b"[" * 50_000])
    async def test_a_body_that_cannot_be_read_is_malformed(self, harness: MonitoringHarness, body: bytes) -> None:
        assert harness.delivered(harness.adapter(), body) == WebhookRefused("malformed")

    async def test_a_body_of_a_megabyte_is_not_parsed(self, harness: MonitoringHarness) -> None:
        body = harness.webhook("firing", 1, START)[:-1] + b', "padding": "' + b"x" * 1_000_000 + b'"}'
        assert harness.delivered(harness.adapter(), body) == WebhookRefused("too-long")

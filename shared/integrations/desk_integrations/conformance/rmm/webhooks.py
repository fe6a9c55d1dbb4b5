"""Webhooks: believed only with the key, the same alert when it comes twice, in order by what they carry."""

from __future__ import annotations

from datetime import timedelta

import pytest

from desk_connectors.testing import START
from desk_integrations.conformance.harness import HEADER, SECRETS
from desk_integrations.conformance.rmm.harness import RmmHarness
from desk_integrations.kinds.rmm import Rmm, RmmAlert
from desk_integrations.outcomes import WebhookIgnored, WebhookRefused


def deliver(harness: RmmHarness, rmm: Rmm, body: bytes, secret: str = SECRETS[0]) -> object:
    """The outcome of a webhook that the vendor authenticated with this secret."""
    return rmm.alert_of(harness.signed(body, secret), body)


class WebhookCases:
    """Cases of `alert_of`."""

    async def test_an_alert_fires_and_clears_under_one_id(self, harness: RmmHarness) -> None:
        rmm = harness.adapter()
        fired = deliver(harness, rmm, harness.webhook("firing", 1, START))
        cleared = deliver(harness, rmm, harness.webhook("cleared", 2, START + timedelta(minutes=5)))
        assert isinstance(fired, RmmAlert) and isinstance(cleared, RmmAlert)
        assert (fired.state, cleared.state, fired.alert == cleared.alert) == ("firing", "cleared", True)
        assert (fired.external, fired.at) == (harness.device_id("ws-1"), START)
        assert cleared.at - fired.at == timedelta(minutes=5)

    async def test_a_webhook_that_comes_twice_is_the_same_alert(self, harness: RmmHarness) -> None:
        rmm, body = harness.adapter(), harness.webhook("firing", 1, START)
        once = deliver(harness, rmm, body)
        assert isinstance(once, RmmAlert) and once.sequence
        assert deliver(harness, rmm, body) == once

    async def test_webhooks_out_of_order_carry_what_orders_them(self, harness: RmmHarness) -> None:
        rmm = harness.adapter()
        later = deliver(harness, rmm, harness.webhook("cleared", 8, START + timedelta(minutes=5)))
        earlier = deliver(harness, rmm, harness.webhook("firing", 7, START))
        assert isinstance(later, RmmAlert) and isinstance(earlier, RmmAlert)
        assert later.at > earlier.at and later.sequence != earlier.sequence

    @pytest.mark.parametrize(
        "headers", [{}, {HEADER: ""}, {HEADER: "wrong"}, {HEADER: f"{SECRETS[0]} "}, {"authorization": SECRETS[0]}]
    )
    async def test_a_webhook_without_the_key_is_not_believed(
        self, harness: RmmHarness, headers: dict[str, str]
    ) -> None:
        outcome = harness.adapter().alert_of(headers, harness.webhook("firing", 1, START))
        assert outcome == WebhookRefused("unauthenticated")

    async def test_an_instance_without_a_key_believes_nothing(self, harness: RmmHarness) -> None:
        outcome = deliver(harness, harness.adapter(webhook=False), harness.webhook("firing", 1, START))
        assert outcome == WebhookRefused("unauthenticated")

    async def test_both_keys_are_accepted_while_they_are_rotated(self, harness: RmmHarness) -> None:
        rmm, body = harness.adapter(), harness.webhook("firing", 1, START)
        assert [isinstance(deliver(harness, rmm, body, key), RmmAlert) for key in SECRETS] == [True, True]
        del harness.env["WEBHOOK_1"]
        assert isinstance(deliver(harness, rmm, body, SECRETS[0]), RmmAlert)
        assert deliver(harness, rmm, body, SECRETS[1]) == WebhookRefused("unauthenticated")

    async def test_another_kind_of_webhook_is_ignored(self, harness: RmmHarness) -> None:
        assert deliver(harness, harness.adapter(), harness.webhook("other", 1, START)) == WebhookIgnored()

    @pytest.mark.parametrize("body", [b"", b"null", b"[]", b'{"id": "x"}', b"\xff", b"[" * 50_000])
    async def test_a_body_that_cannot_be_read_is_malformed(self, harness: RmmHarness, body: bytes) -> None:
        assert deliver(harness, harness.adapter(), body) == WebhookRefused("malformed")

    async def test_a_body_of_a_megabyte_is_not_parsed(self, harness: RmmHarness) -> None:
        body = harness.webhook("firing", 1, START)[:-1] + b', "padding": "' + b"x" * 1_000_000 + b'"}'
        assert deliver(harness, harness.adapter(), body) == WebhookRefused("too-long")

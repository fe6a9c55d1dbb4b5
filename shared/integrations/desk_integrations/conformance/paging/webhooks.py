"""Callbacks: believed only with a signature, the same change when they come twice, in order by what they carry."""

from __future__ import annotations

from datetime import timedelta

import pytest

from desk_connectors.testing import START
from desk_integrations.conformance.harness import SECRETS
from desk_integrations.conformance.paging.harness import SEEN, PagingHarness
from desk_integrations.conformance.paging.states import state
from desk_integrations.kinds.paging import PageChange, PageUpdate
from desk_integrations.outcomes import WebhookIgnored, WebhookRefused

UNAUTHENTICATED = WebhookRefused("unauthenticated")


class WebhookCases:
    """Cases of `update_of`."""

    @pytest.mark.parametrize(
        "change", ["triggered", "acknowledged", "unacknowledged", "escalated", "reassigned", "resolved", "reopened"]
    )
    async def test_a_change_names_page_time_and_person(self, harness: PagingHarness, change: PageChange) -> None:
        port = harness.adapter()
        found = harness.delivered(port, harness.webhook(change, 1, START))
        assert isinstance(found, PageUpdate)
        assert (found.key, found.change, found.at) == (SEEN, change, START)
        assert found.external == (await state(port)).external
        assert found.by is not None and found.by.external and found.by.name

    async def test_changes_out_of_order_are_ordered_by_their_time(self, harness: PagingHarness) -> None:
        port = harness.adapter()
        later = harness.delivered(port, harness.webhook("resolved", 2, START + timedelta(minutes=5)))
        earlier = harness.delivered(port, harness.webhook("acknowledged", 1, START))
        assert isinstance(earlier, PageUpdate) and isinstance(later, PageUpdate)
        assert later.at - earlier.at == timedelta(minutes=5) and earlier.sequence != later.sequence

    async def test_a_webhook_that_comes_twice_is_the_same_change(self, harness: PagingHarness) -> None:
        port, body = harness.adapter(), harness.webhook("acknowledged", 1, START)
        once = harness.delivered(port, body)
        assert isinstance(once, PageUpdate) and once.sequence
        assert harness.delivered(port, body) == once

    @pytest.mark.parametrize("secret", ["wrong", f"{SECRETS[0]} "])
    async def test_a_webhook_without_a_true_signature_is_not_believed(
        self, harness: PagingHarness, secret: str
    ) -> None:
        port, body = harness.adapter(), harness.webhook("acknowledged", 1, START)
        assert harness.delivered(port, body, secret) == UNAUTHENTICATED
        assert port.update_of({}, body) == UNAUTHENTICATED
        for headers in (
            dict.fromkeys(harness.signed(body, secret), ""),
            dict.fromkeys(harness.signed(body), "v1="),
        ):
            assert port.update_of(headers, body) == UNAUTHENTICATED

    async def test_a_signature_is_that_of_the_very_body(self, harness: PagingHarness) -> None:
        port, body = harness.adapter(), harness.webhook("acknowledged", 1, START)
        assert port.update_of(harness.signed(body, SECRETS[0]), body + b" ") == UNAUTHENTICATED

    async def test_an_instance_without_a_secret_believes_nothing(self, harness: PagingHarness) -> None:
        port = harness.adapter(webhook=False)
        assert harness.delivered(port, harness.webhook("acknowledged", 1, START)) == UNAUTHENTICATED
        assert harness.delivered(port, harness.webhook("acknowledged", 1, START), "") == UNAUTHENTICATED

    async def test_both_secrets_are_accepted_while_they_are_rotated(self, harness: PagingHarness) -> None:
        port, body = harness.adapter(), harness.webhook("acknowledged", 1, START)
        for secrets in (SECRETS[:1], SECRETS[1:], SECRETS, ("unknown", SECRETS[1])):
            assert isinstance(harness.delivered(port, body, *secrets), PageUpdate)
        del harness.env["WEBHOOK_1"]
        assert isinstance(harness.delivered(port, body, SECRETS[0]), PageUpdate)
        assert harness.delivered(port, body, SECRETS[1]) == UNAUTHENTICATED

    async def test_another_kind_of_webhook_is_ignored(self, harness: PagingHarness) -> None:
        assert harness.delivered(harness.adapter(), harness.webhook("other", 1, START)) == WebhookIgnored()

    @pytest.mark.parametrize("body", [b"", b"null", b"[]", b'{"event": {"id": "x"}}', b"\xff", b"[" * 50_000])
    async def test_a_body_that_cannot_be_read_is_malformed(self, harness: PagingHarness, body: bytes) -> None:
        assert harness.delivered(harness.adapter(), body) == WebhookRefused("malformed")

    async def test_a_body_of_a_megabyte_is_not_parsed(self, harness: PagingHarness) -> None:
        body = harness.webhook("acknowledged", 1, START)[:-1] + b', "padding": "' + b"x" * 1_000_000 + b'"}'
        assert harness.delivered(harness.adapter(), body) == WebhookRefused("too-long")

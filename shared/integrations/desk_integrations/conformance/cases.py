"""Cases that every kind has: a vendor out of order, its limits, and the logs. Each puts every question of the port."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator

import httpx
import pytest
from structlog.testing import capture_logs

from desk_integrations.conformance.faults import answers, cuts, fails, stalls
from desk_integrations.conformance.harness import P, SignedInHarness, VendorHarness
from desk_integrations.outcomes import Outcome, Reachable, Unknown

HTML = b"<html><body>Please sign in</body></html>"


async def spoiled(harness: VendorHarness[P], status: int, body: bytes = b"") -> dict[str, Outcome[object]]:
    """The outcome of every question while the vendor answers its path so."""
    found = {}
    for name, ask in harness.asks().items():
        harness.faults.add(ask.path, answers(status, body, {"location": "https://login.example/"}))
        found[name] = await ask.put(harness.adapter())
        harness.faults.clear()
        harness.clock.advance(60)
    return found


def unanswered(found: dict[str, Outcome[object]]) -> Iterator[tuple[str, str]]:
    """(question, reason) of every outcome; a question that was answered fails the case."""
    for name, outcome in found.items():
        assert isinstance(outcome, Unknown), name
        yield name, outcome.reason


class VendorCases:
    """Cases of a vendor that is down, slow, wrong or strict."""

    async def test_the_harmless_read_says_that_the_vendor_can_be_reached(self, harness: VendorHarness[P]) -> None:
        assert await harness.adapter().check() == Reachable()

    @pytest.mark.parametrize(
        ("status", "body", "reason"),
        [
            (500, b"", "unavailable"),
            (502, HTML, "unavailable"),
            (302, b"", "unavailable"),
            (403, b"", "forbidden"),
            (409, b"", "refused"),
            (200, HTML, "schema-drift"),
            (200, b"", "schema-drift"),
            (200, b"null", "schema-drift"),
            (200, b"[" * 50_000, "schema-drift"),
        ],
    )
    async def test_a_status_or_body_out_of_order_is_unknown_with_its_reason(
        self, harness: VendorHarness[P], status: int, body: bytes, reason: str
    ) -> None:
        found = dict(unanswered(await spoiled(harness, status, body)))
        assert found == dict.fromkeys(harness.asks(), reason)

    async def test_an_error_body_with_status_200_is_never_an_answer(self, harness: VendorHarness[P]) -> None:
        found = dict(unanswered(await spoiled(harness, 200, harness.error_body)))
        assert found == dict.fromkeys(harness.asks(), "refused")

    async def test_a_cut_answer_is_unknown(self, harness: VendorHarness[P]) -> None:
        for name, ask in harness.asks().items():
            harness.faults.add(ask.path, cuts())
            assert await ask.put(harness.adapter()) == Unknown("unavailable"), name
            harness.faults.clear()

    async def test_a_read_that_fails_once_is_tried_again(self, harness: VendorHarness[P]) -> None:
        for name, ask in harness.asks().items():
            harness.faults.add(ask.path, fails(httpx.ReadError("reset")), times=1)
            assert not isinstance(await ask.put(harness.adapter()), Unknown), name

    async def test_a_vendor_that_does_not_answer_is_given_up_at_the_deadline(self, harness: VendorHarness[P]) -> None:
        for name, ask in harness.asks().items():
            harness.faults.add(ask.path, stalls())
            async with asyncio.timeout(5):
                outcome = await ask.put(harness.adapter(deadline=0.2))
            assert isinstance(outcome, Unknown) and outcome.reason in ("timeout", "unavailable"), name
            harness.faults.clear()

    async def test_a_vendor_that_is_down_is_left_alone_and_asked_again_later(self, harness: VendorHarness[P]) -> None:
        ask = next(iter(harness.asks().values()))
        harness.faults.add("", fails(httpx.ConnectError("refused")))
        port = harness.adapter()
        for _ in range(5):
            outcome = await ask.put(port)
            assert isinstance(outcome, Unknown) and outcome.reason == "unavailable"
        asked = len(harness.faults.asked)
        open_now = await ask.put(port)
        assert isinstance(open_now, Unknown) and open_now.retry_after is not None
        assert len(harness.faults.asked) <= asked + 1
        harness.faults.clear()
        harness.clock.advance(60)
        assert not isinstance(await ask.put(port), Unknown)

    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [
            ({"retry-after": "60"}, 60.0),
            ({"retry-after": "Thu, 15 Jan 2026 14:11:00 GMT", "date": "Thu, 15 Jan 2026 14:10:00 GMT"}, 60.0),
            ({}, 30.0),
        ],
    )
    async def test_a_429_silences_every_process_until_the_time_that_it_names(
        self, harness: VendorHarness[P], headers: dict[str, str], seconds: float
    ) -> None:
        ask = next(iter(harness.asks().values()))
        first, second = harness.adapter(), harness.adapter()
        assert not isinstance(await ask.put(second), Unknown)
        harness.faults.add(ask.path, answers(429, headers=headers), times=1)
        outcome = await ask.put(first)
        assert isinstance(outcome, Unknown) and outcome.reason == "rate-limited"
        assert outcome.retry_after is not None and outcome.retry_after <= 660
        asked = len(harness.faults.asked)
        assert isinstance(await ask.put(harness.adapter()), Unknown)
        assert len(harness.faults.asked) == asked
        harness.clock.advance(max(seconds, outcome.retry_after))
        assert not isinstance(await ask.put(first), Unknown)

    async def test_a_short_retry_after_is_waited_for(self, harness: VendorHarness[P]) -> None:
        ask = next(iter(harness.asks().values()))
        harness.faults.add(ask.path, answers(429, headers={"retry-after": "1"}), times=1)
        assert not isinstance(await ask.put(harness.adapter()), Unknown)
        assert harness.clock.seconds >= 1

    async def test_two_processes_together_keep_the_budget(self, harness: VendorHarness[P]) -> None:
        """A share of half of 60 calls a minute."""
        share = {harness.runtime().service: 0.5}
        processes = [harness.adapter(calls_per_minute=60.0, burst=8, budget_share=share) for _ in range(2)]
        for _ in range(12):
            for port in processes:
                await port.check()
        allowed = 4 + harness.clock.seconds * 30 / 60 + len(processes)
        assert 0 < len(harness.faults.asked) <= allowed

    async def test_nothing_personal_and_no_secret_is_logged(
        self, harness: VendorHarness[P], caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.WARNING)
        text = " ".join(harness.personal)
        with capture_logs() as logs:
            for name, ask in harness.asks().items():
                port = harness.adapter()
                await ask.put(port)
                harness.faults.add(ask.path, answers(500, text.encode()))
                await ask.put(port)
                harness.faults.clear()
                harness.faults.add(ask.path, fails(RuntimeError(text)))
                assert await ask.put(port) == Unknown("fault"), name
                harness.faults.clear()
        written = f"{logs} {caplog.text}"
        assert logs and not [word for word in (*harness.personal, *harness.env.values()) if word in written]


class CredentialCases:
    """Cases of a vendor that asks for credentials."""

    async def test_refused_credentials_mark_the_instance_raise_one_alert_and_are_not_tried_again(
        self, harness: SignedInHarness[P]
    ) -> None:
        first, other = harness.adapter(), harness.adapter()
        assert not isinstance(await next(iter(harness.asks().values())).put(first), Unknown)
        harness.rotate_credentials()
        assert await next(iter(harness.asks().values())).put(first) == Unknown("credentials-refused")
        asked = len(harness.faults.asked)
        for port in (first, other):
            for name, ask in harness.asks().items():
                outcome = await ask.put(port)
                assert isinstance(outcome, Unknown) and outcome.reason == "credentials-refused", name
                assert outcome.retry_after is not None and outcome.retry_after > 0
        assert len(harness.faults.asked) == asked
        assert harness.alerted == [first.instance]

    async def test_new_credentials_are_taken_up_without_a_restart(self, harness: SignedInHarness[P]) -> None:
        port, ask = harness.adapter(), next(iter(harness.asks().values()))
        new = harness.rotate_credentials()
        assert await ask.put(port) == Unknown("credentials-refused")
        harness.env.update(new)
        assert not isinstance(await ask.put(port), Unknown)
        assert harness.alerted == [port.instance]

    async def test_credentials_that_the_vendor_accepts_again_are_found_out_later(
        self, harness: SignedInHarness[P]
    ) -> None:
        port, ask = harness.adapter(), next(iter(harness.asks().values()))
        harness.faults.add(harness.sign_in_path, answers(401), times=harness.refusals)
        assert await ask.put(port) == Unknown("credentials-refused")
        harness.clock.advance(901)
        assert not isinstance(await ask.put(port), Unknown)

    async def test_a_401_of_one_resource_alone_is_a_missing_right(self, harness: SignedInHarness[P]) -> None:
        for name, ask in harness.asks().items():
            harness.faults.add(ask.path, answers(401))
            assert await ask.put(harness.adapter()) == Unknown("forbidden"), name
            harness.faults.clear()
        assert harness.alerted == []

    async def test_credentials_that_are_not_there_are_unknown_and_nothing_is_called(
        self, harness: SignedInHarness[P]
    ) -> None:
        ports = [harness.adapter() for _ in harness.asks()]
        harness.env.clear()
        for port, ask in zip(ports, harness.asks().values(), strict=True):
            assert await ask.put(port) == Unknown("credentials-missing")
        assert harness.faults.asked == []

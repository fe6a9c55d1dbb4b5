"""Calls to a vendor: retries, calls that are never retried, and the breaker."""

from dataclasses import replace

import httpx
import pytest

from desk_connectors.http import (
    Answer,
    Call,
    Limits,
    OutcomeUnknown,
    VendorHttp,
    VendorRateLimited,
    VendorUnavailable,
)
from desk_connectors.testing import FakeClock, Played

READ = Call(method="GET", url="https://vendor.example/things/1", operation="GET /things/1", reads=True)


WRITE = replace(READ, method="POST", operation="POST /things", reads=False, content=b"{}")


FINE = httpx.Response(200, content=b"{}")


class Asked:
    """One vendor under test."""

    def __init__(self, *script: httpx.Response | Exception, limits: Limits | None = None) -> None:
        self.clock = FakeClock()
        self.vendor = Played(*script)
        self.http = VendorHttp("vendor", limits or Limits(), self.clock, self.vendor)

    async def send(self, call: Call, longest_wait: float | None = None) -> Answer:
        return await self.http.send(call, longest_wait)


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.Response(500),
        httpx.Response(503),
        httpx.Response(408),
        httpx.ConnectError("down"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("cut"),
    ],
)
async def test_a_read_that_failed_is_tried_again(trouble: httpx.Response | Exception) -> None:
    asked = Asked(trouble, FINE)
    assert (await asked.send(READ)).status == 200
    assert asked.clock.slept == [0.25]


async def test_a_read_is_tried_three_times_and_no_more() -> None:
    asked = Asked(httpx.Response(502))
    with pytest.raises(VendorUnavailable) as unavailable:
        await asked.send(READ)
    assert len(asked.vendor.asked) == 3
    assert unavailable.value.status == 502
    assert asked.clock.slept == [0.25, 1.0]


@pytest.mark.parametrize(
    "trouble",
    [
        httpx.Response(500),
        httpx.Response(504),
        httpx.Response(408),
        httpx.ReadTimeout("slow"),
        httpx.WriteTimeout("slow"),
        httpx.ReadError("cut"),
        httpx.RemoteProtocolError("cut"),
    ],
)
async def test_a_write_whose_answer_was_lost_is_not_repeated_and_its_outcome_is_unknown(
    trouble: httpx.Response | Exception,
) -> None:
    asked = Asked(trouble, FINE)
    with pytest.raises(OutcomeUnknown, match="POST /things"):
        await asked.send(WRITE)
    assert len(asked.vendor.asked) == 1


@pytest.mark.parametrize("trouble", [httpx.ConnectError("down"), httpx.ConnectTimeout("x"), httpx.PoolTimeout("x")])
async def test_a_write_that_was_never_sent_is_unavailable_and_not_unknown(trouble: Exception) -> None:
    asked = Asked(trouble, FINE)
    with pytest.raises(VendorUnavailable):
        await asked.send(WRITE)
    assert len(asked.vendor.asked) == 1


async def test_a_write_that_was_rate_limited_is_left_to_the_caller() -> None:
    asked = Asked(httpx.Response(429, headers={"retry-after": "2"}), FINE)
    with pytest.raises(VendorRateLimited) as limited:
        await asked.send(WRITE)
    assert limited.value.retry_after == 2.0
    assert len(asked.vendor.asked) == 1


async def test_a_read_waits_for_a_short_retry_after() -> None:
    asked = Asked(httpx.Response(429, headers={"retry-after": "2"}), FINE)
    assert (await asked.send(READ)).status == 200
    assert asked.clock.seconds == pytest.approx(2.0)


async def test_a_long_retry_after_is_handed_on_and_silences_every_later_call() -> None:
    asked = Asked(httpx.Response(429, headers={"retry-after": "30"}), FINE)
    for call in (READ, WRITE, READ):
        with pytest.raises(VendorRateLimited) as limited:
            await asked.send(call)
        assert limited.value.retry_after == pytest.approx(30.0)
    assert len(asked.vendor.asked) == 1
    asked.clock.advance(30)
    assert (await asked.send(READ)).status == 200


async def test_a_patient_read_waits_for_a_long_retry_after() -> None:
    asked = Asked(httpx.Response(429, headers={"retry-after": "30"}), FINE)
    assert (await asked.send(READ, longest_wait=65)).status == 200
    assert asked.clock.seconds == pytest.approx(30.0)


async def test_the_vendor_is_not_called_after_a_run_of_failures_until_one_try_finds_it_back() -> None:
    asked = Asked(*[httpx.Response(500)] * 6, FINE)
    for _ in range(2):
        with pytest.raises(VendorUnavailable):
            await asked.send(READ)
    calls = len(asked.vendor.asked)
    assert calls == 5
    with pytest.raises(VendorUnavailable, match="not called") as shut:
        await asked.send(READ)
    assert len(asked.vendor.asked) == calls
    assert shut.value.retry_after is not None
    asked.clock.advance(15)
    with pytest.raises(VendorUnavailable):
        await asked.send(READ)
    asked.clock.advance(15)
    assert (await asked.send(READ)).status == 200
    assert (await asked.send(READ)).status == 200


async def test_while_open_the_breaker_lets_one_try_through_and_a_lost_try_blocks_nobody() -> None:
    asked = Asked(httpx.Response(500), limits=Limits(breaker_failures=1, breaker_cooldown=15, read_delays=()))
    with pytest.raises(VendorUnavailable):
        await asked.send(READ)
    asked.clock.advance(15)
    assert asked.http._breaker.wait() == 0.0
    assert asked.http._breaker.wait() == pytest.approx(15.0)
    asked.clock.advance(15)
    assert asked.http._breaker.wait() == 0.0


async def test_refusals_of_the_vendor_do_not_open_the_breaker() -> None:
    asked = Asked(httpx.Response(400))
    for _ in range(10):
        assert (await asked.send(READ)).status == 400
    assert len(asked.vendor.asked) == 10

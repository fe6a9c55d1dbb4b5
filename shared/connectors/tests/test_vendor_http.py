"""Calls to a vendor: what is tried again, what is not, and what the caller is told."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from desk_connectors.http import (
    Answer,
    Call,
    Limits,
    OutcomeUnknown,
    VendorAnswerInvalid,
    VendorHttp,
    VendorRateLimited,
    VendorUnavailable,
)
from desk_connectors.http.retry_after import retry_after
from desk_connectors.testing import START, FakeClock, Played

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
async def test_a_write_that_was_never_sent_is_known_not_to_have_happened(trouble: Exception) -> None:
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


class Endless(httpx.AsyncByteStream):
    """A body that never ends, a little at a time."""

    def __init__(self, pause: float) -> None:
        self.pause = pause
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            await asyncio.sleep(self.pause)
            yield b"x" * 1000

    async def aclose(self) -> None:
        self.closed = True


class Streaming(httpx.AsyncBaseTransport):
    def __init__(self, stream: Endless) -> None:
        self.stream = stream

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=self.stream)


@pytest.mark.parametrize("call", [READ, WRITE])
async def test_an_answer_without_end_is_cut_at_the_cap_and_closed(call: Call) -> None:
    stream = Endless(pause=0)
    http = VendorHttp("vendor", Limits(answer_bytes=10_000), FakeClock(), Streaming(stream))
    with pytest.raises(VendorAnswerInvalid if call.reads else OutcomeUnknown):
        await http.send(call)
    assert stream.closed
    await http.aclose()


async def test_an_answer_that_drips_is_cut_at_the_deadline() -> None:
    stream = Endless(pause=0.02)
    http = VendorHttp("vendor", Limits(deadline=0.1, read_delays=()), FakeClock(), Streaming(stream))
    with pytest.raises(VendorUnavailable, match="TimeoutError"):
        await http.send(READ)
    with pytest.raises(OutcomeUnknown, match="TimeoutError"):
        await http.send(WRITE)
    await http.aclose()


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("17", 17.0),
        ("0", 0.0),
        ("-4", 0.0),
        ("99999999", 3600.0),
        ("Thu, 15 Jan 2026 14:00:20 GMT", 20.0),
        ("Thu, 15 Jan 2026 13:00:00 GMT", 0.0),
        ("soon", 30.0),
        ("nan", 30.0),
        ("", 30.0),
        (None, 30.0),
    ],
)
def test_retry_after_is_read_in_seconds_and_as_a_date(header: str | None, seconds: float) -> None:
    assert retry_after(header, START, 30.0) == seconds


async def test_an_error_names_the_operation_and_never_what_was_sent() -> None:
    asked = Asked(httpx.ReadTimeout("slow"))
    with pytest.raises(OutcomeUnknown) as unknown:
        await asked.send(replace(WRITE, content=b"secret text", url="https://vendor.example/things?conditions=secret"))
    assert "secret" not in str(unknown.value)
    assert "secret" not in repr(replace(WRITE, content=b"secret text"))

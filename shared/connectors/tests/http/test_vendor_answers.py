"""Answers of a vendor: limits of size and time, and requested pauses."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from desk_connectors.http import (
    Call,
    Limits,
    OutcomeUnknown,
    VendorAnswerInvalid,
    VendorHttp,
    VendorUnavailable,
)
from desk_connectors.http.retry_after import retry_after
from desk_connectors.testing import START, FakeClock, Played

READ = Call(method="GET", url="https://vendor.example/things/1", operation="GET /things/1", reads=True)


WRITE = replace(READ, method="POST", operation="POST /things", reads=False, content=b"{}")


class Endless(httpx.AsyncByteStream):
    """An endless body, sent in small pieces."""

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
        ("Sun, 06 Nov 99999999999 08:49:37 GMT", 30.0),
        ("", 30.0),
        (None, 30.0),
    ],
)
def test_retry_after_is_read_in_seconds_and_as_a_date(header: str | None, seconds: float) -> None:
    headers = httpx.Headers({} if header is None else {"Retry-After": header})
    assert retry_after(headers, START, 30.0) == seconds


@pytest.mark.parametrize(
    ("date", "seconds"),
    [
        ("Thu, 15 Jan 2026 15:10:00 GMT", 20.0),
        ("Thu, 15 Jan 2026 15:10:20 GMT", 0.0),
        ("Thu, 15 Jan 2026 15:11:00 GMT", 0.0),
        ("yesterday", 3600.0),
        ("", 3600.0),
        ("Sun, 06 Nov 99999999999 08:49:37 GMT", 3600.0),
    ],
)
def test_a_date_is_read_by_the_vendors_clock_and_by_ours_where_it_names_none(date: str, seconds: float) -> None:
    headers = httpx.Headers({"Retry-After": "Thu, 15 Jan 2026 15:10:20 GMT", "Date": date})
    assert retry_after(headers, START, 30.0) == seconds


async def test_a_vendor_whose_clock_is_ahead_is_called_again_when_it_asked_for() -> None:
    later = {"Retry-After": "Thu, 15 Jan 2026 15:10:02 GMT", "Date": "Thu, 15 Jan 2026 15:10:00 GMT"}
    clock, vendor = FakeClock(), Played(httpx.Response(429, headers=later), httpx.Response(200))
    http = VendorHttp("vendor", Limits(), clock, vendor)
    assert (await http.send(READ)).status == 200
    assert clock.seconds == pytest.approx(2.0)
    await http.aclose()


async def test_an_error_names_the_operation_and_never_what_was_sent() -> None:
    http = VendorHttp("vendor", Limits(), FakeClock(), Played(httpx.ReadTimeout("slow")))
    with pytest.raises(OutcomeUnknown) as unknown:
        await http.send(replace(WRITE, content=b"secret text", url="https://vendor.example/things?conditions=secret"))
    assert "secret" not in str(unknown.value)
    assert "secret" not in repr(replace(WRITE, content=b"secret text"))

"""OAuth access tokens: single flight, early renewal, failures shared and not hammered."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import pytest

from desk_connectors.http import VendorUnavailable
from desk_connectors.testing import FakeClock
from desk_integrations.http.oauth import TokenSource


@dataclass
class Granted:
    access: str
    expires_in: float = 3600.0


class Vendor:
    """Grants `token-1`, `token-2` ... a moment after it was asked."""

    def __init__(self) -> None:
        self.requests, self.down = 0, False
        self.clock = FakeClock()
        self.source = TokenSource(self.request, self.clock)
        self.expires_in = 3600.0

    async def request(self) -> Granted:
        self.requests += 1
        number = self.requests
        await asyncio.sleep(0.01)
        if self.down:
            raise VendorUnavailable("ninjaone", "POST /ws/oauth/token", "answered 503")
        return Granted(f"token-{number}", self.expires_in)


async def test_twenty_callers_share_one_request() -> None:
    vendor = Vendor()
    tokens = await asyncio.gather(*(vendor.source.current() for _ in range(20)))
    assert (set(tokens), vendor.requests) == ({"token-1"}, 1)


async def test_twenty_callers_that_meet_the_same_401_share_one_renewal() -> None:
    vendor = Vendor()
    refused = await vendor.source.current()
    tokens = await asyncio.gather(*(vendor.source.renewed(refused) for _ in range(20)))
    assert (set(tokens), vendor.requests) == ({"token-2"}, 2)
    assert await vendor.source.renewed(refused) == "token-2" and vendor.requests == 2


async def test_a_failure_is_shared_too_and_the_next_call_tries_again() -> None:
    vendor = Vendor()
    vendor.down = True
    results = await asyncio.gather(*(vendor.source.current() for _ in range(20)), return_exceptions=True)
    assert all(isinstance(result, VendorUnavailable) for result in results) and vendor.requests == 1
    vendor.down = False
    assert await vendor.source.current() == "token-2"


async def test_a_token_is_renewed_in_its_last_minute() -> None:
    vendor = Vendor()
    await vendor.source.current()
    vendor.clock.advance(3539)
    assert await vendor.source.current() == "token-1"
    vendor.clock.advance(1)
    assert await vendor.source.current() == "token-2"


async def test_a_short_token_is_renewed_in_its_last_tenth() -> None:
    vendor = Vendor()
    vendor.expires_in = 60.0
    await vendor.source.current()
    vendor.clock.advance(53)
    assert await vendor.source.current() == "token-1"
    vendor.clock.advance(1)
    assert await vendor.source.current() == "token-2"


async def test_a_token_that_is_still_good_is_used_while_the_vendor_is_down_and_the_vendor_is_not_hammered() -> None:
    vendor = Vendor()
    await vendor.source.current()
    vendor.down = True
    vendor.clock.advance(3545)
    assert {await vendor.source.current() for _ in range(10)} == {"token-1"}
    assert vendor.requests == 2
    vendor.clock.advance(60)
    with pytest.raises(VendorUnavailable):
        await vendor.source.current()


async def test_a_request_goes_on_when_its_first_caller_gives_up() -> None:
    vendor = Vendor()
    first = asyncio.create_task(vendor.source.current())
    await asyncio.sleep(0)
    first.cancel()
    assert await vendor.source.current() == "token-1"
    assert vendor.requests == 1


async def test_closing_gives_up_a_request_that_is_under_way() -> None:
    vendor = Vendor()
    caller = asyncio.create_task(vendor.source.current())
    await asyncio.sleep(0)
    await vendor.source.aclose()
    with pytest.raises(asyncio.CancelledError):
        await caller

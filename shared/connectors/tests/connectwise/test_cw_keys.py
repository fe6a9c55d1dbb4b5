"""Signing keys: admitted addresses, and the limit on fetches that forgers can cause."""

import asyncio
from dataclasses import replace

import httpx
import pytest

from desk_connectors.connectwise import CallbackInvalid
from desk_connectors.connectwise.keys import KeyLimits
from desk_connectors.connectwise.testing import (
    BODY,
    KEY_URL,
    OTHER_SIGNATURE,
    SETTINGS,
    SIGNING_KEY,
    Instance,
    body_with,
    key,
    sign,
)
from desk_connectors.http import UrlRefused, VendorRateLimited, VendorUnavailable


async def test_a_key_endpoint_that_is_down_does_not_stop_callbacks_whose_key_is_cached() -> None:
    instance = Instance(key(), httpx.ConnectError("down"))
    assert await instance.verified()
    with pytest.raises(VendorUnavailable):
        await instance.verified(header=OTHER_SIGNATURE)
    assert await instance.verified()


async def test_forged_addresses_use_up_their_own_fetches_and_not_those_of_a_proven_one() -> None:
    limits = KeyLimits(unproven_per_minute=3, proven_per_minute=3)
    instance = Instance(limits=limits)
    assert await instance.verified()
    for number in range(2):
        assert not await instance.verified(body_with(f"{KEY_URL}{number}"), "forged")
    with pytest.raises(VendorRateLimited):
        await instance.verified(body_with(f"{KEY_URL}9"), "forged")
    assert instance.fetches == 3
    assert not await instance.verified(header=OTHER_SIGNATURE)
    assert await instance.verified()


async def test_forged_signatures_cannot_fetch_without_end() -> None:
    instance = Instance(limits=KeyLimits(proven_per_minute=5))
    assert await instance.verified()
    outcomes: list[bool] = []
    with pytest.raises(VendorRateLimited) as limited:
        while len(outcomes) < 100:
            outcomes.append(await instance.verified(header=OTHER_SIGNATURE))
    assert outcomes == [False] * 5
    assert limited.value.retry_after > 0
    assert await instance.verified()


async def test_what_is_remembered_is_bounded_and_a_proven_key_stays() -> None:
    instance = Instance(limits=KeyLimits(unproven_per_minute=1000, remembered=4))
    assert await instance.verified()
    for number in range(20):
        assert not await instance.verified(body_with(f"{KEY_URL}{number}"), "forged")
    before = instance.fetches
    assert await instance.verified()
    assert instance.fetches == before


async def test_callbacks_that_arrive_together_share_one_fetch() -> None:
    instance = Instance()
    assert await asyncio.gather(*(instance.verified() for _ in range(10))) == [True] * 10
    assert instance.fetches == 1


async def test_a_slow_fetch_for_one_address_does_not_delay_a_cached_one() -> None:
    instance = Instance()
    assert await instance.verified()
    gate = asyncio.Event()

    async def hang(request: httpx.Request) -> httpx.Response:
        await gate.wait()
        return key()

    instance.vendor.handle_async_request = hang  # type: ignore[method-assign]
    slow = asyncio.create_task(instance.verified(body_with(f"{KEY_URL}9"), "forged"))
    await asyncio.sleep(0)
    assert await asyncio.wait_for(instance.verified(), 0.5)
    gate.set()
    assert not await slow


@pytest.mark.parametrize(
    ("key_url", "reason"),
    [
        (KEY_URL.replace("https", "http"), "scheme"),
        (KEY_URL.replace("na.", "eu."), "host"),
        (KEY_URL.replace("na.", "evil."), "host"),
        (KEY_URL.replace("na.myconnectwise.net", "169.254.169.254"), "host"),
        (KEY_URL.replace("na.myconnectwise.net", "na.myconnectwise.net.evil.example"), "host"),
        (KEY_URL.replace("net/", "net:8443/"), "port"),
        (KEY_URL.replace("https://", "https://user@"), "malformed"),
        (KEY_URL.replace("callbackkey", "documents"), "path"),
        (KEY_URL.replace("/v2025_1", "/a/b/c"), "path"),
        (KEY_URL.replace("examplemsp", "othermsp"), "company"),
        (KEY_URL.replace("companyName=examplemsp&", ""), "company"),
        (KEY_URL + "&companyName=othermsp", "company"),
        (KEY_URL + "&CompanyName=examplemsp", "company"),
        (KEY_URL.replace("examplemsp", "example%00msp"), "company"),
        ("", "malformed"),
    ],
)
async def test_a_key_that_this_instance_may_not_name_is_refused_and_nothing_is_called(
    key_url: str, reason: str
) -> None:
    instance = Instance()
    with pytest.raises(UrlRefused) as refused:
        await instance.verified(body_with(key_url))
    assert refused.value.reason == reason
    assert instance.fetches == 0


async def test_the_companys_name_is_taken_in_any_case_and_from_both_of_the_instances_hosts() -> None:
    for key_url in (KEY_URL.replace("examplemsp", "ExampleMSP"), KEY_URL.replace("//na.", "//api-na.")):
        body = body_with(key_url)
        assert await Instance().verified(body, sign(body, SIGNING_KEY))


async def test_a_host_that_resolves_inside_is_refused() -> None:
    instance = Instance()
    instance.addresses = ["127.0.0.1"]
    with pytest.raises(UrlRefused, match="address"):
        await instance.verified()
    assert instance.fetches == 0


async def test_a_redirect_and_a_body_over_the_cap_are_refused() -> None:
    away = httpx.Response(302, headers={"location": "https://na.myconnectwise.net/elsewhere"})
    with pytest.raises(UrlRefused, match="redirect"):
        await Instance(away).verified()
    with pytest.raises(UrlRefused, match="too-long"):
        await Instance(httpx.Response(200, content=b" " * 65537)).verified()


async def test_a_body_that_is_no_envelope_is_refused_before_anything_is_fetched() -> None:
    instance = Instance()
    for body in (b"", b"{", b"[" * 100_000, b" " * (1024 * 1024 + 1)):
        with pytest.raises(CallbackInvalid):
            await instance.verified(body)
    assert instance.fetches == 0


async def test_an_on_premises_instance_names_keys_at_its_own_host_only() -> None:
    own = replace(SETTINGS, kind="on-premises", site="https://psa.example", api="https://psa.example")
    body = body_with(KEY_URL.replace("na.myconnectwise.net", "psa.example"))
    assert await Instance(settings=own).verified(body, sign(body, SIGNING_KEY))
    with pytest.raises(UrlRefused, match="host"):
        await Instance(settings=own).verified()


SIMULATOR = replace(SETTINGS, kind="simulator", site="http://127.0.0.1:8123", api="http://127.0.0.1:8123")


LOCAL = body_with("http://127.0.0.1:8123/v2025_1//system/callbackkey/index.rails?companyName=anything&id=1")


async def test_a_simulators_key_is_fetched_from_loopback_only_while_the_desk_is_there_too() -> None:
    local = Instance(settings=SIMULATOR, desk_listens_on_loopback=True)
    local.addresses = ["127.0.0.1"]
    assert await local.verified(LOCAL, sign(LOCAL, SIGNING_KEY))
    exposed = Instance(settings=SIMULATOR, desk_listens_on_loopback=False)
    with pytest.raises(UrlRefused):
        await exposed.verified(LOCAL)
    assert exposed.fetches == 0


async def test_a_simulators_name_that_leads_away_from_loopback_is_refused() -> None:
    local = Instance(settings=SIMULATOR, desk_listens_on_loopback=True)
    local.addresses = ["93.184.215.14"]
    with pytest.raises(UrlRefused, match="address"):
        await local.verified(LOCAL)


async def test_a_simulator_never_makes_the_desk_fetch_from_another_port_or_from_the_cloud() -> None:
    local = Instance(settings=SIMULATOR, desk_listens_on_loopback=True)
    for body in (LOCAL.replace(b"8123", b"5432"), LOCAL.replace(b"127.0.0.1", b"127.0.0.2"), BODY):
        with pytest.raises(UrlRefused):
            await local.verified(body)
    assert local.fetches == 0


async def test_a_real_instance_never_fetches_from_loopback_even_when_the_desk_listens_there() -> None:
    instance = Instance(desk_listens_on_loopback=True)
    with pytest.raises(UrlRefused):
        await instance.verified(LOCAL)
    assert instance.fetches == 0

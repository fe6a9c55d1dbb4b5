"""Signatures of callbacks: the algorithm, and a key that is fetched, cached and changed."""

import json

import httpx
import pytest

from desk_connectors.connectwise import verify
from desk_connectors.connectwise.keys import KeyLimits
from desk_connectors.connectwise.testing import (
    BODY,
    OTHER_SIGNATURE,
    SETTINGS,
    SIGNATURE,
    SIGNING_KEY,
    Instance,
    key,
    sign,
)
from desk_connectors.http import UrlRefused, VendorUnavailable


def test_the_vendors_test_vector_verifies() -> None:
    assert len(BODY) == 369
    assert verify(BODY, SIGNATURE, SIGNING_KEY)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        " ",
        SIGNATURE[:-1],
        SIGNATURE[:20],
        SIGNATURE.lower(),
        f" {SIGNATURE}",
        f"{SIGNATURE}\n",
        f"sha256={SIGNATURE}",
        f"{SIGNATURE},{SIGNATURE}",
        OTHER_SIGNATURE,
        "A" * 44,
        "é" * 44,
        "\x00",
        sign(BODY, "another instance's key"),
        sign(BODY, ""),
    ],
)
def test_a_missing_wrong_or_truncated_signature_does_not_verify(header: str | None) -> None:
    assert not verify(BODY, header, SIGNING_KEY)


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(json.loads(BODY)).encode(),
        json.dumps(json.loads(BODY), sort_keys=True, separators=(",", ":")).encode().replace(b"ID", b"Id"),
        BODY + b"\n",
        BODY[:-1],
        b"\xef\xbb\xbf" + BODY,
        BODY.replace(b"5123", b"5124"),
        b"",
    ],
)
def test_a_body_written_again_or_changed_does_not_verify(body: bytes) -> None:
    assert not verify(body, SIGNATURE, SIGNING_KEY)


async def test_a_signed_callback_verifies_and_its_key_is_fetched_once() -> None:
    instance = Instance()
    assert await instance.verified()
    assert await instance.verified()
    assert instance.fetches == 1
    (asked,) = instance.vendor.asked
    assert "authorization" not in asked.headers
    assert asked.headers["host"] == "na.myconnectwise.net"


async def test_a_wrong_signature_costs_one_more_fetch_and_is_refused() -> None:
    instance = Instance()
    assert await instance.verified()
    assert not await instance.verified(header=OTHER_SIGNATURE)
    assert instance.fetches == 2
    assert not await Instance().verified(header=OTHER_SIGNATURE)


async def test_a_callback_without_signature_costs_no_fetch() -> None:
    instance = Instance()
    assert not await instance.verified(header=None)
    assert not await instance.verified(header="")
    assert instance.fetches == 0


async def test_after_the_vendor_changed_the_key_the_next_callback_still_verifies() -> None:
    instance = Instance(key(), key("changed"))
    assert await instance.verified()
    assert await instance.verified(header=sign(BODY, "changed"))
    assert not await instance.verified(header=SIGNATURE)


async def test_a_key_is_believed_for_its_time_and_then_fetched_again() -> None:
    instance = Instance(limits=KeyLimits(ttl=3600))
    assert await instance.verified()
    instance.clock.advance(3599)
    assert await instance.verified()
    assert instance.fetches == 1
    instance.clock.advance(1)
    assert await instance.verified()
    assert instance.fetches == 2


@pytest.mark.parametrize("status", [401, 403])
async def test_a_key_endpoint_that_wants_credentials_gets_them_after_the_anonymous_try(status: int) -> None:
    instance = Instance(httpx.Response(status), key())
    assert await instance.verified()
    anonymous, signed_in = instance.vendor.asked
    assert "authorization" not in anonymous.headers
    assert signed_in.headers["authorization"].startswith("Basic ")
    assert signed_in.headers["clientid"] == SETTINGS.client_id


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(200, content=b""),
        httpx.Response(200, content=b"<html>"),
        httpx.Response(200, content=b"[]"),
        httpx.Response(200, content=b'{"signing_key": ""}'),
        httpx.Response(200, content=b'{"signing_key": null}'),
        httpx.Response(200, content=b'{"signing_key": "a\\nb"}'),
        httpx.Response(200, content=b'{"signing_key": "\\ud800"}'),
        httpx.ConnectError("down"),
        httpx.ReadTimeout("slow"),
    ],
)
async def test_without_a_key_nothing_is_said_about_the_callback(answer: httpx.Response | Exception) -> None:
    with pytest.raises(VendorUnavailable):
        await Instance(answer).verified()


@pytest.mark.parametrize("status", [404, 410])
async def test_a_key_that_the_vendor_does_not_have_is_refused(status: int) -> None:
    with pytest.raises(UrlRefused, match="unknown-key"):
        await Instance(httpx.Response(status)).verified()

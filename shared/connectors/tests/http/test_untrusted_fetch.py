"""Fetching from an admitted address: allowed addresses of its name, and limits of time and size."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from desk_connectors.http import FetchLimits, UntrustedFetch, UrlRefused, UrlRule, VendorUnavailable, admit
from desk_connectors.http.pinned import PinnedTransport, is_loopback
from desk_connectors.testing import Played

RULE = UrlRule(frozenset({"na.vendor.example", "api-na.vendor.example"}))


PUBLIC = "93.184.215.14"


class Names:
    """A resolver that returns the given lists in order, and repeats the last one."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


ADDRESS = admit("https://na.vendor.example/key?id=1", RULE)


async def test_the_judged_address_is_the_one_that_is_called_and_the_name_stays_in_host_and_certificate_check() -> None:
    names, vendor = Names([PUBLIC], ["127.0.0.1"]), Played(httpx.Response(200, content=b"{}"))
    fetch = UntrustedFetch("vendor", resolve=names, inner=vendor)
    assert (await fetch.get(ADDRESS, {}, "GET key")).body == b"{}"
    (sent,) = vendor.asked
    assert (sent.url.host, sent.headers["host"]) == (PUBLIC, "na.vendor.example")
    assert sent.extensions["sni_hostname"] == "na.vendor.example"
    assert names.asked == ["na.vendor.example"]


@pytest.mark.parametrize("answer", [["127.0.0.1"], ["169.254.169.254"], ["::1"], [PUBLIC, "10.0.0.1"]])
async def test_a_configured_name_that_leads_inside_is_refused_and_nothing_is_called(answer: list[str]) -> None:
    vendor = Played(httpx.Response(200))
    fetch = UntrustedFetch("vendor", resolve=Names(answer), inner=vendor)
    with pytest.raises(UrlRefused, match="address"):
        await fetch.get(ADDRESS, {}, "GET key")
    assert vendor.asked == []


async def test_a_name_that_changes_its_mind_between_two_fetches_is_judged_again() -> None:
    vendor = Played(httpx.Response(200))
    fetch = UntrustedFetch("vendor", resolve=Names([PUBLIC], ["127.0.0.1"]), inner=vendor)
    await fetch.get(ADDRESS, {}, "GET key")
    with pytest.raises(UrlRefused, match="address"):
        await fetch.get(ADDRESS, {}, "GET key")
    assert len(vendor.asked) == 1


async def test_the_next_address_is_tried_when_one_does_not_connect() -> None:
    vendor = Played(httpx.ConnectError("no route"), httpx.Response(200))
    fetch = UntrustedFetch("vendor", resolve=Names(["2606:4700:4700::1111", PUBLIC]), inner=vendor)
    assert (await fetch.get(ADDRESS, {}, "GET key")).status == 200
    assert [request.url.host for request in vendor.asked] == ["2606:4700:4700::1111", PUBLIC]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_refused_and_not_followed(status: int) -> None:
    vendor = Played(httpx.Response(status, headers={"location": "http://169.254.169.254/"}))
    fetch = UntrustedFetch("vendor", resolve=Names([PUBLIC]), inner=vendor)
    with pytest.raises(UrlRefused, match="redirect"):
        await fetch.get(ADDRESS, {}, "GET key")
    assert len(vendor.asked) == 1


async def test_a_body_over_the_cap_is_refused_and_one_at_the_cap_is_not() -> None:
    vendor = Played(httpx.Response(200, content=b"x" * 65536), httpx.Response(200, content=b"x" * 65537))
    fetch = UntrustedFetch("vendor", resolve=Names([PUBLIC]), inner=vendor)
    assert len((await fetch.get(ADDRESS, {}, "GET key")).body) == 65536
    with pytest.raises(UrlRefused, match="too-long"):
        await fetch.get(ADDRESS, {}, "GET key")


async def test_a_compressed_answer_is_refused_unread() -> None:
    class Packed(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            assert request.headers["accept-encoding"] == "identity"
            return httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"\x1f\x8b"))

    fetch = UntrustedFetch("vendor", resolve=Names([PUBLIC]), inner=Packed())
    with pytest.raises(UrlRefused, match="encoding"):
        await fetch.get(ADDRESS, {}, "GET key")


@pytest.mark.alone
async def test_a_slow_server_is_given_up_in_time() -> None:
    class Slow(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, stream=Drip())

    class Drip(httpx.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            while True:
                await asyncio.sleep(0.02)
                yield b"x"

    fetch = UntrustedFetch("vendor", FetchLimits(seconds=0.1), resolve=Names([PUBLIC]), inner=Slow())
    began = asyncio.get_running_loop().time()
    with pytest.raises(VendorUnavailable, match="TimeoutError"):
        await fetch.get(ADDRESS, {}, "GET key")
    assert asyncio.get_running_loop().time() - began < 1.0
    assert FetchLimits().seconds == 2.0


async def test_a_slow_resolver_is_given_up_in_time() -> None:
    async def never(host: str, port: int) -> list[str]:
        await asyncio.sleep(60)
        return [PUBLIC]

    fetch = UntrustedFetch("vendor", FetchLimits(seconds=0.1), resolve=never, inner=Played(httpx.Response(200)))
    with pytest.raises(VendorUnavailable):
        await fetch.get(ADDRESS, {}, "GET key")


async def test_a_name_that_does_not_resolve_is_a_vendor_that_is_away() -> None:
    async def unknown(host: str, port: int) -> list[str]:
        raise OSError("unknown name")

    for resolve in (unknown, Names([])):
        fetch = UntrustedFetch("vendor", resolve=resolve, inner=Played(httpx.Response(200)))
        with pytest.raises(VendorUnavailable):
            await fetch.get(ADDRESS, {}, "GET key")


def _certificate(name: str, folder: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / f"{name}.pem"
    path.write_bytes(secret + built.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.mark.parametrize(("served", "fits"), [("na.vendor.example", True), ("evil.example", False)])
async def test_the_certificate_must_fit_the_name_although_an_address_is_called(
    served: str, fits: bool, tmp_path: Path
) -> None:
    pem = _certificate(served, tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(pem)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    trust = ssl.create_default_context(cafile=str(pem))
    pinned = PinnedTransport(is_loopback, Names(["127.0.0.1"]), httpx.AsyncHTTPTransport(verify=trust))
    async with httpx.AsyncClient(transport=pinned) as client:
        if fits:
            assert (await client.get(f"https://na.vendor.example:{port}/")).status_code == 200
        else:
            with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                await client.get(f"https://na.vendor.example:{port}/")
    server.close()
    await server.wait_closed()

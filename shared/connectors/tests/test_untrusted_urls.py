"""Addresses out of untrusted bodies: which are fetched at all, and where a name may lead."""

import asyncio
import ipaddress
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
from desk_connectors.http.pinned import PinnedTransport, is_loopback, is_public
from desk_connectors.testing import Played

RULE = UrlRule(frozenset({"na.vendor.example", "api-na.vendor.example"}))
SIMULATOR = UrlRule(frozenset(), "127.0.0.1:8123")
PATH = "/v1//key/index.rails?companyName=acme&id=1"
PUBLIC = "93.184.215.14"

FORMS = [
    "http://na.vendor.example/k",
    "HTTPS://na.vendor.example/k",
    "https:/na.vendor.example/k",
    "https:na.vendor.example/k",
    "//na.vendor.example/k",
    "na.vendor.example/k",
    "file:///etc/passwd",
    "file://na.vendor.example/etc/passwd",
    "gopher://na.vendor.example:70/_x",
    "ftp://na.vendor.example/k",
    "dict://na.vendor.example:11211/stats",
    "ldap://na.vendor.example/k",
    "jar:https://na.vendor.example!/k",
    "data:application/json,{}",
    "javascript:alert(1)",
    "https://127.0.0.1/k",
    "https://127.1/k",
    "https://2130706433/k",
    "https://0x7f000001/k",
    "https://0x7f.0.0.1/k",
    "https://0177.0.0.1/k",
    "https://017700000001/k",
    "https://0/k",
    "https://localhost/k",
    "https://localhost.localdomain/k",
    "https://169.254.169.254/latest/meta-data/",
    "https://2852039166/latest/meta-data/",
    "https://0xa9fea9fe/latest/meta-data/",
    "https://metadata.google.internal/computeMetadata/v1/",
    "https://10.0.0.1/k",
    "https://192.168.0.1/k",
    "https://172.16.0.1/k",
    "https://100.64.0.1/k",
    "https://[::1]/k",
    "https://[::]/k",
    "https://[::ffff:127.0.0.1]/k",
    "https://[::ffff:7f00:1]/k",
    "https://[::ffff:169.254.169.254]/k",
    "https://[fe80::1%25eth0]/k",
    "https://[fd00:ec2::254]/k",
    "https://[64:ff9b::7f00:1]/k",
    "https://na.vendor.example@evil.example/k",
    "https://evil.example@na.vendor.example/k",
    "https://user:pass@na.vendor.example/k",
    "https://@na.vendor.example/k",
    "https://na.vendor.example:@evil.example/k",
    "https://na.vendor.example%40evil.example/k",
    "https://na.vendor.example%2eevil.example/k",
    "https://na%2evendor.example/k",
    "https://evil.example#@na.vendor.example/k",
    "https://na.vendor.example/k#fragment",
    "https://evil.example?na.vendor.example/k",
    "https://na.vendor.example.evil.example/k",
    "https://evil-na.vendor.example/k",
    "https://evilna.vendor.example/k",
    "https://vendor.example/k",
    "https://eu.vendor.example/k",
    "https://x.na.vendor.example/k",
    "https://na.vendor.example./k",
    "https://.na.vendor.example/k",
    "https://na..vendor.example/k",
    "https://na.vendor.example:8443/k",
    "https://na.vendor.example:22/k",
    "https://na.vendor.example:0/k",
    "https://na.vendor.example:99999/k",
    "https://na.vendor.example:443:80/k",
    "https://na.vendor.example:443@evil.example/k",
    "https://na.vendor.example:/k",
    "https://na.vendor.example\\.evil.example/k",
    "https://evil.example\\@na.vendor.example/k",
    "https:\\\\na.vendor.example\\k",
    "https://na.vendor.example\t/k",
    "https://na.vendor.example\n/k",
    "https://na.vendor.example/k\r\nHost: evil.example",
    "https://na.vendor.example\x00.evil.example/k",
    " https://na.vendor.example/k",
    "https://na.vendor.example/k ",
    "https://na.vendor.example /k",
    "https://nа.vendor.example/k",
    "https://na。vendor。example/k",
    "https://ⓝa.vendor.example/k",
    "https://na.vendor.example/k?x=ü",
    "https://xn--n-7sb.vendor.example/k",
    "https://na.vendor.example/../k",
    "https://na.vendor.example/a/./k",
    "https://na.vendor.example/a/..",
    "https://na.vendor.example/%2e%2e/k",
    "https://na.vendor.example/k?a=%zz",
    "https://na.vendor.example",
    "https:///k",
    "",
    "https://na.vendor.example/" + "k" * 3000,
]


@pytest.mark.parametrize("url", FORMS)
def test_every_other_form_of_address_is_refused_before_anything_is_resolved(url: str) -> None:
    with pytest.raises(UrlRefused):
        admit(url, RULE)


def test_more_than_forty_forms_are_tried() -> None:
    assert len(set(FORMS)) >= 40


@pytest.mark.parametrize(
    "url",
    [f"https://na.vendor.example{PATH}", f"https://NA.vendor.example{PATH}", f"https://na.vendor.example:443{PATH}"],
)
def test_a_configured_host_is_admitted(url: str) -> None:
    address = admit(url, RULE)
    assert (address.host, address.path, address.local) == ("na.vendor.example", "/v1//key/index.rails", False)
    assert address.query == (("companyName", "acme"), ("id", "1"))


def test_the_simulator_is_admitted_at_its_one_loopback_address_only() -> None:
    assert admit(f"http://127.0.0.1:8123{PATH}", SIMULATOR).local
    for other in ("https://127.0.0.1:8123", "http://127.0.0.1:8124", "http://127.0.0.2:8123", "http://localhost:8123"):
        with pytest.raises(UrlRefused):
            admit(f"{other}{PATH}", SIMULATOR)
    with pytest.raises(UrlRefused):
        admit(f"http://127.0.0.1:8123{PATH}", RULE)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",
        "10.1.2.3",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "192.0.0.1",
        "192.0.2.1",
        "198.18.0.1",
        "203.0.113.9",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2001:0:7f00:1::",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
    ],
)
def test_an_address_that_is_not_of_the_open_internet_may_not_be_called(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", [PUBLIC, "8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_an_address_of_the_open_internet_may_be_called(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


class Names:
    """A resolver that answers the given lists in order, the last one for ever."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


ADDRESS = admit(f"https://na.vendor.example{PATH}", RULE)


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

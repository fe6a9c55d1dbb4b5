"""Admission of addresses from untrusted bodies."""

import ipaddress

import pytest

from desk_connectors.http import UrlRefused, UrlRule, admit
from desk_connectors.http.pinned import is_public

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

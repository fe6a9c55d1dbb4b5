"""Settings of one ConnectWise PSA instance: addresses, credentials, limits."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

from desk_connectors.http.address import is_loopback_host
from desk_connectors.http.call import Limits
from desk_connectors.http.untrusted import UrlRule

REGIONS = ("na", "eu", "au", "aus", "za")
CLOUD_HOSTS = frozenset(
    [f"{prefix}{region}.myconnectwise.net" for prefix in ("", "api-", "sandbox-") for region in REGIONS]
    + ["api-staging.connectwisedev.com", "staging.connectwisedev.com"]
)
KEY_PATH = re.compile(r"/(?:[A-Za-z0-9_.]+/{1,2})?system/callbackkey/index\.rails")


@dataclass(frozen=True, slots=True)
class KeyRule:
    """Addresses that may name a signing key of this instance. `company` None: any company of that host.

    The cloud hosts serve every MSP. Without the company in the rule, another customer of the vendor could name the key
    of their own subscription and sign any body with it.
    """

    url: UrlRule
    company: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectWiseSettings:
    """`site` is the login address (`https://na.myconnectwise.net`), `api` the API's (`https://api-na...`).

    `kind` restricts the addresses: `cloud` to the vendor's hosts, `on-premises` to any https host, `simulator` to one
    loopback `http://host:port`. `codebase` pins the path prefix (`v4_6_release`) instead of looking it up. `version`
    pins the format of answers. `signing_hosts` are further hosts from which keys may be fetched.
    """

    instance: str
    site: str
    api: str
    company_id: str
    public_key: str = field(repr=False)
    private_key: str = field(repr=False)
    client_id: str = field(repr=False)
    kind: Literal["cloud", "on-premises", "simulator"] = "cloud"
    version: str = "2025.1"
    codebase: str | None = None
    signing_hosts: frozenset[str] = frozenset()
    page_size: int = 1000
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        for name in ("instance", "company_id", "public_key", "private_key", "client_id", "version"):
            value = getattr(self, name)
            if not value or not value.isascii() or not value.isprintable():
                raise ValueError(f"{name}: give a value of printable ASCII characters")
        if not 1 <= self.page_size <= 1000:
            raise ValueError("page_size: give 1 to 1000, the vendor's limit")
        for name in ("site", "api"):
            self._check_address(name, getattr(self, name))
        strangers = self.signing_hosts - CLOUD_HOSTS if self.kind == "cloud" else frozenset()
        if strangers:
            raise ValueError(f"signing_hosts: {sorted(strangers)} are not hosts of the vendor's cloud")

    def key_rule(self, desk_listens_on_loopback: bool) -> KeyRule:
        """The rule for `Metadata.key_url`. A simulator's keys are fetched only if the desk is on loopback too."""
        if self.kind == "simulator":
            loopback = urlsplit(self.site).netloc if desk_listens_on_loopback else None
            return KeyRule(UrlRule(frozenset(), loopback), None)
        own = {urlsplit(self.site).netloc, urlsplit(self.api).netloc}
        return KeyRule(UrlRule(frozenset(own) | self.signing_hosts), self.company_id)

    def _check_address(self, name: str, address: str) -> None:
        parts = urlsplit(address)
        host, whole = parts.hostname or "", f"{parts.scheme}://{parts.netloc}"
        if whole != address or not host or parts.username is not None or address != address.lower():
            raise ValueError(f"{name}: give scheme and host only, in lower case, like https://na.myconnectwise.net")
        if self.kind == "simulator":
            if parts.scheme != "http" or not is_loopback_host(host) or parts.port is None:
                raise ValueError(f"{name}: a simulator is reached at a loopback address like http://127.0.0.1:8080")
        elif parts.scheme != "https" or (self.kind == "cloud" and parts.netloc not in CLOUD_HOSTS):
            raise ValueError(f"{name}: a {self.kind} instance is reached by https at the vendor's host or your own")

"""Test doubles for ConnectWise: a scripted API, and an instance with a scripted key endpoint."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import httpx

from desk_connectors.connectwise import ConnectWise, ConnectWiseSettings, KeySource, NewTicket, Ref, verified
from desk_connectors.http import UntrustedFetch
from desk_connectors.testing import FakeClock, Played

SETTINGS = ConnectWiseSettings(
    instance="main",
    site="https://na.myconnectwise.net",
    api="https://api-na.myconnectwise.net",
    company_id="examplemsp",
    public_key="PUBLIC",
    private_key="PRIVATE",
    client_id="11111111-2222-3333-4444-555555555555",
    page_size=3,
)


BASE = "/v2025_1/apis/3.0"
NEW = NewTicket(summary="VPN down", board=Ref(id=1), company=Ref(id=250), external_x_ref="bb-9c1e7d")


def ticket(number: int, **changes: object) -> dict[str, Any]:
    plain = {
        "id": number,
        "summary": f"Ticket {number}",
        "board": {"id": 1, "name": "Help Desk"},
        "status": {"id": 15, "name": "New"},
        "company": {"id": 250, "identifier": "ACME"},
        "_info": {"lastUpdated": "2026-01-15T14:02:12Z"},
    }
    return plain | changes


def rows(*listed: dict[str, Any]) -> httpx.Response:
    """The only page of a list."""
    return httpx.Response(200, json=list(listed))


class Psa:
    """Answers by method and path below the base; keeps every request except look-ups of the codebase."""

    def __init__(self, routes: dict[str, Any], codebases: tuple[str, ...] = ("v2025_1/",)) -> None:
        self.routes = routes
        self.codebases = list(codebases)
        self.lookups = 0
        self.asked: list[httpx.Request] = []
        self.clock = FakeClock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/login/companyinfo/examplemsp":
            self.lookups += 1
            codebase = self.codebases.pop(0) if len(self.codebases) > 1 else self.codebases[0]
            return httpx.Response(200, json={"CompanyName": "Example", "Codebase": codebase, "IsCloud": True})
        self.asked.append(request)
        answer = self.routes.get(f"{request.method} {request.url.path.removeprefix(BASE)}", httpx.Response(404))
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, httpx.Response):
            return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)
        return httpx.Response(200, json=answer)

    def client(self, **changes: Any) -> ConnectWise:
        return ConnectWise(replace(SETTINGS, **changes), httpx.MockTransport(self), self.clock)

    def bodies(self, method: str) -> list[Any]:
        return [json.loads(request.content) for request in self.asked if request.method == method]


KEY_URL = (
    "https://na.myconnectwise.net/v2025_1//system/callbackkey/index.rails"
    "?companyName=examplemsp&id=0d7c2f9a-1111-4222-8333-444455556666"
)


BODY = (
    b'{"Action":"updated","CallbackObjectRecId":41,"CompanyId":"examplemsp","Entity":null,'
    b'"FromUrl":"na.myconnectwise.net","ID":5123,"MemberId":"jdoe","MessageId":"3b0a4d5e-0c7b-4a0e-9a55-2f6f0b3f6d11",'
    b'"Metadata":{"key_url":"' + KEY_URL.encode() + b'"},"Type":"ticket"}'
)


SIGNATURE = "Da4ZWEXy3kzhpRfGsfsfDt8R3SHkLAa14vX2totswoo="
OTHER_SIGNATURE = "Da4ZWEXy3kzhpRfGsfsfDt8R3SHkLAa14vX2totswoO="
SIGNING_KEY = "test-signing-key"


def key(text: str = SIGNING_KEY) -> httpx.Response:
    return httpx.Response(200, headers={"content-type": "text/html"}, content=json.dumps({"signing_key": text}))


def sign(body: bytes, signing_key: str) -> str:
    derived = hashlib.sha256(signing_key.encode()).digest()
    return base64.b64encode(hmac.new(derived, body, hashlib.sha256).digest()).decode()


def body_with(key_url: str) -> bytes:
    return json.dumps({"Action": "deleted", "ID": 1, "Type": "ticket", "Metadata": {"key_url": key_url}}).encode()


class Instance:
    """A configured instance whose key endpoint gives the scripted answers."""

    def __init__(self, *script: Any, settings: ConnectWiseSettings = SETTINGS, **options: Any) -> None:
        self.vendor = Played(*(script or (key(),)))
        self.clock = FakeClock()
        self.addresses = ["93.184.215.14"]

        async def resolve(host: str, port: int) -> list[str]:
            return self.addresses

        fetch = UntrustedFetch("connectwise", resolve=resolve, inner=self.vendor)
        self.keys = KeySource(settings, fetch=fetch, clock=self.clock, **options)

    async def verified(self, body: bytes = BODY, header: str | None = SIGNATURE) -> bool:
        return await verified(body, header, self.keys)

    @property
    def fetches(self) -> int:
        return len(self.vendor.asked)

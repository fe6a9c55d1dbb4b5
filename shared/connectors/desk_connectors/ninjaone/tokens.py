"""Sign-in by OAuth 2.0 client credentials: one request for a token. Keeping and renewing it is the caller's matter."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlencode

import msgspec

from desk_connectors.http.call import Call
from desk_connectors.http.caller import VendorHttp
from desk_connectors.http.credentials import CredentialsRefused
from desk_connectors.http.errors import VendorAnswerInvalid
from desk_connectors.ninjaone.records.reading import VENDOR
from desk_connectors.ninjaone.refusals import code_of, refusal
from desk_connectors.ninjaone.settings import NinjaOneSettings
from desk_connectors.reading import UNREADABLE

SHORTEST = 60.0
"""Seconds that a token is used for when the vendor names no usable lifetime."""
WRONG_CREDENTIALS = frozenset({"invalid_client", "unauthorized_client", "invalid_grant"})
FORM = {"content-type": "application/x-www-form-urlencoded", "accept": "application/json"}


@dataclass(frozen=True, slots=True)
class ClientCredentials:
    """Id and secret of an application of the type API Services (machine-to-machine)."""

    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Token:
    """`expires_in` counts seconds from the answer on, so that the clocks of both sides need not agree."""

    access: str = field(repr=False)
    expires_in: float
    scopes: frozenset[str]


class Tokens(Protocol):
    """Access tokens for the session."""

    async def current(self) -> str:
        """A token that has not expired."""
        ...

    async def renewed(self, refused: str) -> str:
        """A token that is not `refused`, which the vendor just answered with 401."""
        ...


class _Body(msgspec.Struct, frozen=True):
    access_token: str
    token_type: str = "Bearer"  # noqa: S105
    expires_in: float | None = None
    scope: str | None = None


async def request_token(http: VendorHttp, settings: NinjaOneSettings, credentials: ClientCredentials) -> Token:
    """A new token. Raises `CredentialsRefused` for a wrong id or secret, else the errors of `VendorHttp.send`."""
    form = {
        "grant_type": "client_credentials",
        "client_id": credentials.client_id,
        "client_secret": credentials.client_secret,
        "scope": " ".join(settings.scopes),
    }
    call = Call(
        method="POST",
        url=f"{settings.address}{settings.token_path}",
        operation=f"POST {settings.token_path}",
        reads=True,
        headers=FORM,
        content=urlencode(form).encode(),
    )
    answer = await http.send(call)
    if answer.status == 401 or code_of(answer) in WRONG_CREDENTIALS:
        raise CredentialsRefused(VENDOR, call.operation, status=answer.status, code=code_of(answer))
    if answer.status >= 300:
        raise refusal(call.operation, answer)
    return _token(answer.body)


def _token(raw: bytes) -> Token:
    try:
        body = msgspec.json.decode(raw, type=_Body)
    except UNREADABLE as error:
        raise VendorAnswerInvalid(VENDOR, "Token", "body", "holds no access token") from error
    if not body.access_token or not body.access_token.isascii() or not body.access_token.isprintable():
        raise VendorAnswerInvalid(VENDOR, "Token", "access_token", "not usable as a header")
    lifetime = body.expires_in if body.expires_in is not None and body.expires_in > 0 else SHORTEST
    return Token(body.access_token, lifetime, frozenset((body.scope or "").split()))

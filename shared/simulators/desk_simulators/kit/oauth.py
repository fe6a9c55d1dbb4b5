"""OAuth2 client credentials: applications with scopes, tokens that expire by the simulated clock (RFC 6749, 4.4)."""

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from itertools import count
from urllib.parse import parse_qs, unquote_plus

from desk_simulators.kit.http.call import Reply

UNCACHED = {"Cache-Control": "no-store", "Pragma": "no-cache"}


@dataclass(slots=True)
class Application:
    """An API client of the vendor. Every secret in `secrets` is accepted, so that one can be rotated."""

    client_id: str
    secrets: tuple[str, ...]
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    client_id: str
    scopes: tuple[str, ...]
    expires: datetime


class TokenIssuer:
    """Issues and checks tokens. `lifetime` may be changed while it runs; it counts for tokens issued later.

    `narrow`: a token has only the scopes asked for; otherwise all of its application, whatever was asked.
    """

    def __init__(
        self,
        now: Callable[[], datetime],
        applications: Sequence[Application],
        *,
        lifetime: timedelta = timedelta(hours=1),
        narrow: bool = False,
    ) -> None:
        self.applications = {application.client_id: application for application in applications}
        self.lifetime = lifetime
        self._now = now
        self._narrow = narrow
        self._tokens: dict[str, Token] = {}
        self._numbers = count(1)

    def answer(self, content_type: str, authorization: str, raw: bytes) -> Reply:
        """The token endpoint: id and secret come in the form or as HTTP Basic."""
        form = _form(content_type, raw)
        if form is None:
            return _error(400, "invalid_request")
        if form.get("grant_type") != "client_credentials":
            return _error(400, "unsupported_grant_type")
        application = self._authenticate(form, authorization)
        if application is None:
            return _error(401, "invalid_client")
        asked = tuple(form.get("scope", "").split())
        granted = self._granted(application, asked)
        if not granted:
            return _error(400, "invalid_scope")
        token = self.issue(application.client_id, granted)
        body = {
            "access_token": token.text,
            "token_type": "Bearer",
            "expires_in": int(self.lifetime.total_seconds()),
            "scope": " ".join(granted),
        }
        return Reply(200, body, UNCACHED)

    def issue(self, client_id: str, scopes: tuple[str, ...] | None = None) -> Token:
        """A new token, without the endpoint; expired ones are dropped. Raises KeyError for an unknown client."""
        self._tokens = {text: token for text, token in self._tokens.items() if self._now() < token.expires}
        application = self.applications[client_id]
        granted = application.scopes if scopes is None else scopes
        text = f"simulated-{client_id}-{next(self._numbers):06d}"
        token = Token(text, client_id, granted, self._now() + self.lifetime)
        self._tokens[text] = token
        return token

    def check(self, authorization: str) -> Token | None:
        """The valid token of an `Authorization` header, or None. The scheme word must be exact."""
        scheme, _, text = authorization.partition(" ")
        token = self._tokens.get(text) if scheme == "Bearer" else None
        valid = token is not None and self._now() < token.expires and token.client_id in self.applications
        return token if valid else None

    def revoke_all(self) -> None:
        """Every token issued so far stops being valid, as after a change of secret."""
        self._tokens.clear()

    def rotate(self, client_id: str, secret: str, *, keep_old: bool = False) -> None:
        """Give the application a new secret; without `keep_old` the old ones and all its tokens end at once."""
        application = self.applications[client_id]
        application.secrets = (secret, *(application.secrets if keep_old else ()))
        if not keep_old:
            self._tokens = {text: token for text, token in self._tokens.items() if token.client_id != client_id}

    def _granted(self, application: Application, asked: tuple[str, ...]) -> tuple[str, ...]:
        if asked and not set(asked) & set(application.scopes):
            return ()
        if asked and self._narrow:
            return tuple(scope for scope in application.scopes if scope in asked)
        return application.scopes

    def _authenticate(self, form: Mapping[str, str], authorization: str) -> Application | None:
        client_id, secret = _basic(authorization) or (form.get("client_id", ""), form.get("client_secret", ""))
        application = self.applications.get(client_id)
        if application is None:
            return None
        right = [compare_digest(secret.encode(), own.encode()) for own in application.secrets]
        return application if any(right) else None


def _form(content_type: str, raw: bytes) -> dict[str, str] | None:
    if content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        return None
    try:
        fields = parse_qs(raw.decode(), keep_blank_values=True)
    except (UnicodeDecodeError, ValueError):
        return None
    return {name: values[-1] for name, values in fields.items()}


def _basic(authorization: str) -> tuple[str, str] | None:
    scheme, _, encoded = authorization.partition(" ")
    if scheme != "Basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return unquote_plus(client_id), unquote_plus(secret)


def _error(status: int, code: str) -> Reply:
    return Reply(status, {"error": code}, UNCACHED)

"""Bearer tokens: JWTs under keys fixed at start. Each key has one algorithm, which the token cannot choose."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple, Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from desk.clock import Clock, SystemClock
from desk.decision.principal import ALL, Principal, Role, scope
from desk.decision.refusal import Refusal

MAX_TOKEN = 8192
LEEWAY = timedelta(seconds=30)
CACHED = 1024
LAST_SECOND = 4_102_444_800
"""2100-01-01. Tokens without a real expiry are refused."""
PublicKey = Ed25519PublicKey | EllipticCurvePublicKey | RSAPublicKey
_UNCHECKED = {"verify_exp": False, "verify_nbf": False, "verify_iat": False, "require": ["exp", "iss", "aud", "sub"]}


class TokenVerifier(Protocol):
    """Verifies bearer tokens."""

    def verify(self, token: str) -> Principal:
        """The caller that the token proves. Refusal `unauthenticated` when it does not prove one."""


class VerificationKey(NamedTuple):
    """A public key and its only algorithm: EdDSA, ES256 or RS256."""

    algorithm: str
    key: PublicKey


LONG_NAMES: Mapping[str, Role] = {role.value: role for role in Role}


class Claims(NamedTuple):
    """Names of an issuer's claims for roles and client scope, and the roles that values of the first stand for.

    The codes of roles are no names: `AD` is a group of many directories.
    """

    roles: str = "roles"
    clients: str = "clients"
    names: Mapping[str, Role] = LONG_NAMES


def unauthenticated(detail: str) -> Refusal:
    return Refusal("unauthenticated", detail)


class JwtVerifier:
    """Verifies the tokens of one issuer: algorithm, signature, iss, aud, exp, nbf (else iat), sub, roles, client scope.

    `keys` maps key ids to keys. Verified tokens are cached (at most 1,024) until they expire. Not thread-safe.
    """

    def __init__(
        self,
        keys: Mapping[str, VerificationKey],
        issuer: str,
        audience: str,
        *,
        clock: Clock | None = None,
        claims: Claims | None = None,
    ) -> None:
        self._keys, self.issuer, self._audience = dict(keys), issuer, audience
        self._clock, self._claims = clock or SystemClock(), claims or Claims()
        self._verified: OrderedDict[str, tuple[Principal, float]] = OrderedDict()

    def verify(self, token: str) -> Principal:
        now = self._clock.now().timestamp()
        cached = self._verified.get(token)
        if cached is not None and now < cached[1]:
            return cached[0]
        claims = self._claims_of(token)
        ends = _valid_until(claims, now)
        principal = self._principal(claims)
        self._verified[token] = (principal, ends)
        if len(self._verified) > CACHED:
            self._verified.popitem(last=False)
        return principal

    def _claims_of(self, token: str) -> dict[str, Any]:  # Any: claims, each checked where it is read
        if len(token) > MAX_TOKEN:
            raise unauthenticated("the token is too long")
        try:
            key = self._keys.get(str(jwt.get_unverified_header(token).get("kid")))
            if key is None:
                raise unauthenticated("the token names no key of its issuer")
            return jwt.decode(
                token,
                key.key,
                algorithms=[key.algorithm],
                issuer=self.issuer,
                audience=self._audience,
                options=_UNCHECKED,  # type: ignore[arg-type]
            )
        except jwt.PyJWTError as error:
            raise unauthenticated(f"the token is not valid ({type(error).__name__})") from error

    def _principal(self, claims: Mapping[str, Any]) -> Principal:  # Any: claims, each checked where it is read
        names = claims.get(self._claims.roles)
        by_name = self._claims.names
        roles = frozenset(by_name[name] for name in _strings(names) if name in by_name)
        named = claims.get(self._claims.clients)
        clients = scope(ALL if named in (ALL, [ALL]) else _strings(named))
        if not clients:
            raise unauthenticated("the token has no client scope")
        try:
            return Principal(claims["sub"], "service" if Role.SERVICE in roles else "person", roles, clients)
        except ValueError as error:
            raise unauthenticated(str(error)) from error


class Issuers:
    """Several issuers side by side, e.g. an identity provider for people and the desk's own key for services.

    The issuer of a verified token is remembered (of at most 1,024), so that only its expiry is checked again.
    """

    def __init__(self, *verifiers: JwtVerifier) -> None:
        self._by_issuer = {verifier.issuer: verifier for verifier in verifiers}
        self._verified: OrderedDict[str, JwtVerifier] = OrderedDict()

    def verify(self, token: str) -> Principal:
        verifier = self._verified.get(token)
        if verifier is not None:
            return verifier.verify(token)
        verifier = self._verifier(token)
        principal = verifier.verify(token)
        self._verified[token] = verifier
        if len(self._verified) > CACHED:
            self._verified.popitem(last=False)
        return principal

    def _verifier(self, token: str) -> JwtVerifier:
        try:
            issuer = jwt.decode(token[:MAX_TOKEN], options={"verify_signature": False}).get("iss")
        except jwt.PyJWTError as error:
            raise unauthenticated("the token is no JWT") from error
        verifier = self._by_issuer.get(str(issuer))
        if verifier is None:
            raise unauthenticated("the token's issuer is not configured here")
        return verifier


def _valid_until(claims: Mapping[str, Any], now: float) -> float:  # Any: claims, each checked where it is read
    begins, ends = claims.get("nbf", claims.get("iat")), claims["exp"]
    if not all(map(_is_instant, (begins, ends))):
        raise unauthenticated("the token does not say from when to when it is valid")
    if now < begins - LEEWAY.total_seconds():
        raise unauthenticated("the token is not valid yet")
    if now >= ends + LEEWAY.total_seconds():
        raise unauthenticated("the token has expired")
    return float(ends)


def _is_instant(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LAST_SECOND


def _strings(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str) and item] if isinstance(value, list) else []

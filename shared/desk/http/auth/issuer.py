"""The desk's own tokens: for development, for the command line, and for services among themselves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Literal
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from desk.clock import Clock, SystemClock
from desk.decision.principal import ALL, Principal, Role, scope
from desk.http.auth.tokens import LONG_NAMES, Claims, Issuers, JwtVerifier, VerificationKey
from desk.http.auth.verification_keys import key_id, load_jwks, load_or_create_key
from desk.settings import Settings, SettingsError

LONGEST = timedelta(days=30)
USUAL = timedelta(hours=8)


class DevelopmentIssuer:
    """Signs tokens with one Ed25519 key. The key file permits any identity, so it must never leave the machine."""

    def __init__(self, key: Ed25519PrivateKey, issuer: str, audience: str, clock: Clock | None = None) -> None:
        self._key, self._issuer, self._audience = key, issuer, audience
        self._clock = clock or SystemClock()
        self._id = key_id(key.public_key())

    def issue(
        self,
        roles: Iterable[Role],
        clients: Iterable[str] | Literal["*"] = ALL,
        ttl: timedelta = USUAL,
        sub: str = "developer",
    ) -> str:
        """A token for these roles and clients, valid from now for `ttl` (at most 30 days).

        ValueError when the parts make no principal (desk.decision.principal) or the ttl is out of bounds.
        """
        if not timedelta(0) < ttl <= LONGEST:
            raise ValueError(f"a token must be valid for more than 0 s and at most {LONGEST.days} days")
        names, seen = frozenset(roles), scope(clients)
        Principal(sub, "service" if Role.SERVICE in names else "person", names, seen)
        now = self._clock.now()
        times = {"iat": now, "nbf": now, "exp": now + ttl}
        who = {"sub": sub, "roles": sorted(names), "clients": ALL if seen == ALL else sorted(seen)}
        claims = {"iss": self._issuer, "aud": self._audience, "jti": uuid4().hex, **times, **who}
        return jwt.encode(claims, self._key, "EdDSA", {"kid": self._id})

    def verifier(self) -> JwtVerifier:
        """The verifier of this issuer's tokens."""
        keys = {self._id: VerificationKey("EdDSA", self._key.public_key())}
        return JwtVerifier(keys, self._issuer, self._audience, clock=self._clock)


def development_issuer(settings: Settings, clock: Clock | None = None) -> DevelopmentIssuer:
    """The issuer of DESK_TOKEN_KEY; creates its key file when there is none. SettingsError when it is not set."""
    if settings.token_key is None:
        raise SettingsError("DESK_TOKEN_KEY: not set, and needed to issue tokens; give a path for the key file")
    key = load_or_create_key(settings.token_key)
    return DevelopmentIssuer(key, settings.token_issuer, settings.token_audience, clock)


def verifier_of(settings: Settings, clock: Clock | None = None) -> Issuers:
    """Verifies tokens of the identity provider (DESK_OIDC_*) and of the desk's own key, whichever are set."""
    verifiers: list[JwtVerifier] = []
    if settings.token_key is not None:
        verifiers.append(development_issuer(settings, clock).verifier())
    if settings.oidc_issuer is not None and settings.oidc_jwks is not None:
        claims = Claims(settings.oidc_roles_claim, settings.oidc_clients_claim, _names(settings))
        keys = load_jwks(settings.oidc_jwks)
        verifiers.append(JwtVerifier(keys, settings.oidc_issuer, settings.token_audience, clock=clock, claims=claims))
    if not verifiers:
        raise SettingsError(
            "DESK_TOKEN_KEY: set it, or DESK_OIDC_ISSUER and DESK_OIDC_JWKS: no token could be verified"
        )
    return Issuers(*verifiers)


def _names(settings: Settings) -> dict[str, Role]:
    """The roles that the identity provider may give, by its names for them: never `service`, which a principal gets by
    a key of the desk alone."""
    if settings.oidc_roles is not None:
        return dict(settings.oidc_roles)
    return {name: role for name, role in LONG_NAMES.items() if role is not Role.SERVICE}

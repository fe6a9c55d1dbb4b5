"""A token proves its caller only under a pinned key, with that key's algorithm, inside its time, for this audience."""

from __future__ import annotations

import base64
import json
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from desk.decision.principal import ALL, Principal, Role
from desk.decision.refusal import Refusal
from desk.http.auth.issuer import DevelopmentIssuer, development_issuer, verifier_of
from desk.http.auth.tokens import Claims, Issuers, JwtVerifier, VerificationKey
from desk.http.auth.verification_keys import KeyProblem, key_id, load_jwks, load_or_create_key
from desk.settings import Settings, SettingsError
from desk.testing.clock import START, FakeClock

KEY = Ed25519PrivateKey.generate()
URL = {"DESK_DATABASE_URL": "postgresql://127.0.0.1/desk"}


def issuer(clock: FakeClock) -> DevelopmentIssuer:
    return DevelopmentIssuer(KEY, "desk", "deskstream", clock)


def claims(**other: Any) -> dict[str, Any]:
    now = int(START.timestamp())
    usual = {"iss": "desk", "aud": "deskstream", "sub": "ann", "roles": ["tier1"], "clients": "*"}
    times = {"iat": now, "nbf": now, "exp": now + 60}
    return {name: value for name, value in {**usual, **times, **other}.items() if value is not ...}


def signed(key: Any = KEY, algorithm: str = "EdDSA", kid: str | None = None, **other: Any) -> str:
    return jwt.encode(claims(**other), key, algorithm, {"kid": kid or key_id(KEY.public_key())})


def verify(token: str) -> Principal:
    return issuer(FakeClock()).verifier().verify(token)


def refused(token: str) -> str:
    with pytest.raises(Refusal) as refusal:
        verify(token)
    assert refusal.value.code == "unauthenticated"
    return refusal.value.detail


def test_an_issued_token_gives_back_its_roles_and_scope() -> None:
    mint = issuer(FakeClock())
    token = mint.issue([Role.TIER1, Role.DISPATCHER], ["acme", "other"], sub="ann")
    assert mint.verifier().verify(token) == Principal(
        "ann", "person", frozenset({Role.TIER1, Role.DISPATCHER}), frozenset({"acme", "other"})
    )
    service = mint.verifier().verify(mint.issue([Role.SERVICE], sub="docs"))
    assert (service.kind, service.clients) == ("service", ALL)


def test_a_token_ends_with_its_time_also_when_it_was_verified_before() -> None:
    clock = FakeClock()
    mint = issuer(clock)
    verifier, token = mint.verifier(), mint.issue([Role.TIER1], ttl=timedelta(minutes=5))
    assert verifier.verify(token) == verifier.verify(token)
    clock.advance(minutes=5, seconds=31)
    with pytest.raises(Refusal, match="expired"):
        verifier.verify(token)


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"exp": int(START.timestamp()) - 31}, "expired"),
        ({"nbf": int(START.timestamp()) + 31}, "not valid yet"),
        ({"nbf": ..., "iat": int(START.timestamp()) + 31}, "not valid yet"),
        ({"nbf": ..., "iat": ...}, "from when to when"),
        ({"exp": ...}, "MissingRequiredClaim"),
        ({"exp": "soon"}, "from when to when"),
        ({"exp": True}, "from when to when"),
        ({"iss": "other"}, "InvalidIssuer"),
        ({"iss": ...}, "MissingRequiredClaim"),
        ({"aud": "other"}, "InvalidAudience"),
        ({"aud": ...}, "MissingRequiredClaim"),
        ({"sub": ...}, "MissingRequiredClaim"),
        ({"sub": ""}, "subject"),
        ({"roles": ["root"]}, "role"),
        ({"roles": "tier1"}, "role"),
        ({"roles": ["service", "admin"]}, "service"),
        ({"clients": ...}, "client scope"),
        ({"clients": []}, "client scope"),
        ({"clients": "acme"}, "client scope"),
        ({"roles": ["client-it"]}, "its own client"),
    ],
)
def test_a_claim_that_is_wrong_or_absent_is_refused(other: dict[str, Any], reason: str) -> None:
    assert reason in refused(signed(**other))


def test_roles_of_an_identity_provider_that_are_not_ours_are_ignored() -> None:
    assert verify(signed(roles=["offline_access", "tier2"])).roles == {Role.TIER2}


@pytest.mark.parametrize("name", [*(role.code for role in Role), "Admin", "ADMIN", " admin"])
def test_a_role_has_one_name_in_a_token(name: str) -> None:
    """`AD` is a group of many directories, and the code of an administrator."""
    assert verify(signed(roles=["tier2", name])).roles == {Role.TIER2}
    assert "role" in refused(signed(roles=[name]))


def test_another_key_under_the_same_id_is_refused() -> None:
    assert "InvalidSignature" in refused(signed(Ed25519PrivateKey.generate()))


def test_an_unknown_key_id_is_refused() -> None:
    assert "names no key" in refused(signed(kid="other"))


def test_the_public_key_as_a_shared_secret_is_refused() -> None:
    def part(value: Any) -> bytes:
        raw = value if isinstance(value, bytes) else json.dumps(value).encode()
        return base64.urlsafe_b64encode(raw).rstrip(b"=")

    import hmac

    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    head = {"alg": "HS256", "typ": "JWT", "kid": key_id(KEY.public_key())}
    text = part(head) + b"." + part(claims())
    forged = text + b"." + part(hmac.digest(pem, text, "sha256"))
    assert "InvalidAlgorithm" in refused(forged.decode())
    unsigned = part({**head, "alg": "none"}) + b"." + part(claims()) + b"."
    assert "InvalidAlgorithm" in refused(unsigned.decode())


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "Bearer", "..", "e30.e30.e30", "\x00", "x" * 9_000])
def test_nonsense_is_refused(token: str) -> None:
    assert refused(token)


def test_a_changed_claim_breaks_the_signature() -> None:
    head, body, signature = signed().split(".")
    raw = base64.urlsafe_b64decode(body + "==").replace(b"tier1", b"admin")
    changed = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    assert "InvalidSignature" in refused(f"{head}.{changed}.{signature}")


@pytest.mark.parametrize("ttl", [timedelta(0), timedelta(days=31)])
def test_a_token_for_no_time_or_for_ever_is_not_issued(ttl: timedelta) -> None:
    with pytest.raises(ValueError, match="at most 30 days"):
        issuer(FakeClock()).issue([Role.TIER1], ttl=ttl)


def test_no_token_is_issued_that_would_not_be_accepted() -> None:
    with pytest.raises(ValueError, match="its own client"):
        issuer(FakeClock()).issue([Role.CLIENT_IT])


def test_the_key_file_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "token.pem"
    first = load_or_create_key(path)
    assert load_or_create_key(path).private_bytes_raw() == first.private_bytes_raw()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["token.pem"]


def test_a_key_file_that_others_can_read_is_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "token.pem"
    load_or_create_key(path)
    path.chmod(0o644)
    with pytest.raises(KeyProblem, match="chmod 600"):
        load_or_create_key(path)


def test_a_key_file_that_is_no_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "token.pem"
    path.write_text("hello")
    path.chmod(0o600)
    with pytest.raises(KeyProblem, match="no PEM key"):
        load_or_create_key(path)


def jwks(tmp_path: Path, *rows: dict[str, Any]) -> str:
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": rows}))
    return str(path)


def test_keys_of_an_identity_provider_verify_with_the_algorithm_of_their_kind(tmp_path: Path) -> None:
    curve, big = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)
    rows = [
        {**jwt.get_algorithm_by_name("ES256").to_jwk(curve.public_key(), as_dict=True), "kid": "ec", "use": "sig"},
        {**jwt.get_algorithm_by_name("RS256").to_jwk(big.public_key(), as_dict=True), "kid": "rsa"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "shared"},
    ]
    keys = load_jwks(jwks(tmp_path, *rows))
    assert {kid: key.algorithm for kid, key in keys.items()} == {"ec": "ES256", "rsa": "RS256"}
    names = Claims("groups", "scope", {"AD": Role.ADMIN})
    verifier = JwtVerifier(keys, "desk", "deskstream", clock=FakeClock(), claims=names)
    own: dict[str, Any] = {"roles": ..., "clients": ..., "groups": ["AD"], "scope": ["acme"]}
    expected = Principal("ann", "person", frozenset({Role.ADMIN}), frozenset({"acme"}))
    assert verifier.verify(signed(curve, "ES256", "ec", **own)) == expected
    assert verifier.verify(signed(big, "RS256", "rsa", **own)) == expected
    with pytest.raises(Refusal, match="InvalidAlgorithm"):
        verifier.verify(signed(big, "RS512", "rsa", **own))


@pytest.mark.parametrize(
    "text", ["", "[]", '{"keys": 1}', '{"keys": [{"kty": "RSA", "kid": "x"}]}', '{"keys": [1]}', '{"keys": "\x80"}']
)
def test_a_key_set_that_cannot_be_used_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "jwks.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(KeyProblem, match="no usable JWKS"):
        load_jwks(str(path))


def test_a_private_key_in_a_public_set_is_refused(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    row = {**jwt.get_algorithm_by_name("ES256").to_jwk(key, as_dict=True), "kid": "ec"}
    with pytest.raises(KeyProblem, match="no usable JWKS"):
        load_jwks(jwks(tmp_path, row))


def test_a_key_set_is_not_read_over_plain_http() -> None:
    with pytest.raises(KeyProblem, match="https"):
        load_jwks("http://127.0.0.1/keys")


def test_a_desk_with_own_key_and_provider_accepts_both_and_no_third(tmp_path: Path) -> None:
    curve = ec.generate_private_key(ec.SECP256R1())
    row = {**jwt.get_algorithm_by_name("ES256").to_jwk(curve.public_key(), as_dict=True), "kid": "ec"}
    env = {"DESK_TOKEN_KEY": str(tmp_path / "k.pem"), "DESK_OIDC_ISSUER": "idp", "DESK_OIDC_JWKS": jwks(tmp_path, row)}
    settings, clock = Settings.from_env(URL | env), FakeClock()
    verifier = verifier_of(settings, clock)
    assert verifier.verify(development_issuer(settings, clock).issue([Role.ADMIN])).roles == {Role.ADMIN}
    assert verifier.verify(signed(curve, "ES256", "ec", iss="idp")).subject == "ann"
    with pytest.raises(Refusal, match="issuer is not configured"):
        verifier.verify(signed())
    with pytest.raises(Refusal, match="no JWT"):
        verifier.verify("x")


def provider(tmp_path: Path, token_roles: list[str], **env: str) -> frozenset[Role]:
    """The roles of a person with these names of roles in a token of the identity provider."""
    curve = ec.generate_private_key(ec.SECP256R1())
    row = {**jwt.get_algorithm_by_name("ES256").to_jwk(curve.public_key(), as_dict=True), "kid": "ec"}
    idp = {"DESK_OIDC_ISSUER": "idp", "DESK_OIDC_JWKS": jwks(tmp_path, row)}
    verifier = verifier_of(Settings.from_env(URL | idp | env), FakeClock())
    names = {env.get("DESK_OIDC_ROLES_CLAIM", "roles"): token_roles}
    return verifier.verify(signed(curve, "ES256", "ec", iss="idp", **names)).roles


def test_an_identity_provider_never_makes_a_service(tmp_path: Path) -> None:
    assert provider(tmp_path, ["admin"]) == {Role.ADMIN}
    with pytest.raises(Refusal, match="role"):
        provider(tmp_path, ["service"])
    with pytest.raises(SettingsError, match="DESK_OIDC_ROLES: give NAME=role"):
        provider(tmp_path, ["Peers"], DESK_OIDC_ROLES="Peers=service")


def test_groups_give_roles_through_a_map_alone(tmp_path: Path) -> None:
    groups = {"DESK_OIDC_ROLES_CLAIM": "groups"}
    with pytest.raises(SettingsError, match="DESK_OIDC_ROLES: needed when roles come from the claim groups"):
        provider(tmp_path, ["admin"], **groups)
    mapped = groups | {"DESK_OIDC_ROLES": "Desk=Admins=admin, Helpdesk=tier1"}
    assert provider(tmp_path, ["Desk=Admins", "admin", "AD", "Helpdesk"], **mapped) == {Role.ADMIN, Role.TIER1}
    with pytest.raises(Refusal, match="role"):
        provider(tmp_path, ["admin", "tier1"], **mapped)


@pytest.mark.parametrize("wrong", ["Helpdesk", "=admin", "Helpdesk=AD", "Helpdesk=root", "Helpdesk=tier1,"])
def test_a_map_of_roles_that_cannot_be_read_is_refused(wrong: str) -> None:
    with pytest.raises(SettingsError, match="DESK_OIDC_ROLES: give NAME=role, several separated by commas"):
        Settings.from_env(URL | {"DESK_OIDC_ROLES": wrong})


def test_a_short_key_of_an_identity_provider_is_refused(tmp_path: Path) -> None:
    key = rsa.generate_private_key(65537, 1024)
    row = {**jwt.get_algorithm_by_name("RS256").to_jwk(key.public_key(), as_dict=True), "kid": "short"}
    with pytest.raises(KeyProblem, match="key short has 1024 bits"):
        load_jwks(jwks(tmp_path, row))


def test_a_desk_without_any_key_does_not_start() -> None:
    with pytest.raises(SettingsError, match="DESK_TOKEN_KEY: set it, or DESK_OIDC_ISSUER"):
        verifier_of(Settings.from_env(URL))


def test_the_cache_of_verified_tokens_is_bounded() -> None:
    mint = issuer(FakeClock())
    verifier = mint.verifier()
    for _ in range(1_100):
        verifier.verify(mint.issue([Role.TIER1]))
    assert len(verifier._verified) == 1_024


def test_an_own_key_and_another_algorithm_do_not_meet() -> None:
    keys = {key_id(KEY.public_key()): VerificationKey("ES256", KEY.public_key())}
    with pytest.raises(Refusal, match="InvalidAlgorithm"):
        JwtVerifier(keys, "desk", "deskstream", clock=FakeClock()).verify(signed())


def test_a_remembered_token_ends_with_its_time_and_is_only_its_own_issuer_s() -> None:
    clock = FakeClock()
    ours = issuer(clock)
    issuers = Issuers(ours.verifier(), DevelopmentIssuer(KEY, "other", "deskstream", clock).verifier())
    token = ours.issue([Role.TIER1], ttl=timedelta(seconds=60), sub="ann")
    assert [issuers.verify(token).subject for _ in range(2)] == ["ann", "ann"]
    forged = signed(Ed25519PrivateKey.generate())
    for _ in range(2):
        with pytest.raises(Refusal, match="not valid"):
            issuers.verify(forged)
    clock.advance(timedelta(seconds=120))
    with pytest.raises(Refusal, match="expired"):
        issuers.verify(token)


def test_issuers_refuse_a_token_of_another_issuer_each_time() -> None:
    clock = FakeClock()
    issuers = Issuers(issuer(clock).verifier())
    stranger = DevelopmentIssuer(KEY, "stranger", "deskstream", clock).issue([Role.TIER1], sub="ann")
    for _ in range(2):
        with pytest.raises(Refusal, match="not configured"):
            issuers.verify(stranger)

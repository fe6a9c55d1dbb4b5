"""Keys for verifying tokens: the desk's own key file, and an identity provider's JWKS, read once at start."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from pathlib import Path
from typing import Any

import httpx
import jwt
import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from desk.http.auth.tokens import PublicKey, VerificationKey

ALGORITHMS = {"OKP": "EdDSA", "EC": "ES256", "RSA": "RS256"}
MAX_JWKS = 65_536
SHORTEST_RSA = 2048
TIMEOUT = 2.0


class KeyProblem(ValueError):
    """A key file or key set cannot be used; the text names it and the remedy."""


def load_or_create_key(path: Path) -> Ed25519PrivateKey:
    """The signing key in a PEM file that only its owner may read; created if missing. Safe between processes."""
    if not path.exists():
        _create(path)
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise KeyProblem(f"{path} can be read by others: chmod 600 {path}")
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except ValueError as error:
        raise KeyProblem(f"{path} is no PEM key: remove it to have a new one created") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyProblem(f"{path} holds no Ed25519 key: remove it to have a new one created")
    return key


def _create(path: Path) -> None:
    pem = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(pem)
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def key_id(key: PublicKey) -> str:
    """A key's id: the first 16 hex digits of the SHA-256 of its DER form."""
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()[:16]


def load_jwks(source: str) -> dict[str, VerificationKey]:
    """Key id -> key from a JWKS file, or from an https address (no redirect, 2 s, 64 kB). KeyProblem on failure."""
    raw = _fetch(source) if "://" in source else Path(source).read_bytes()
    try:
        rows = msgspec.json.decode(raw)["keys"]
        found = dict(_key(row) for row in rows if row.get("use", "sig") == "sig" and row.get("kty") in ALGORITHMS)
    except (msgspec.DecodeError, UnicodeError, KeyError, TypeError, AttributeError, jwt.PyJWTError) as error:
        raise KeyProblem(f"{source} is no usable JWKS ({type(error).__name__})") from error
    if not found:
        raise KeyProblem(f"{source} holds no signature key of kind Ed25519, P-256 or RSA")
    return found


def _key(row: dict[str, Any]) -> tuple[str, VerificationKey]:
    algorithm = ALGORITHMS[row["kty"]]
    key = jwt.PyJWK(row, algorithm=algorithm).key
    if hasattr(key, "private_bytes"):
        raise KeyError("private key in a public set")
    if isinstance(key, RSAPublicKey) and key.key_size < SHORTEST_RSA:
        raise KeyProblem(
            f"key {row['kid']} has {key.key_size} bits: the identity provider needs {SHORTEST_RSA} or more"
        )
    return str(row["kid"]), VerificationKey(algorithm, key)


def _fetch(url: str) -> bytes:
    if not url.startswith("https://"):
        raise KeyProblem(f"{url} must be a file or https")
    try:
        with httpx.Client(timeout=TIMEOUT, follow_redirects=False) as client, client.stream("GET", url) as answer:
            if answer.status_code != httpx.codes.OK:
                raise KeyProblem(f"{url} answered {answer.status_code}")
            return _limited(answer, url)
    except httpx.HTTPError as error:
        raise KeyProblem(f"{url} cannot be read ({type(error).__name__})") from error


def _limited(answer: httpx.Response, url: str) -> bytes:
    body = b""
    for part in answer.iter_bytes():
        body += part
        if len(body) > MAX_JWKS:
            raise KeyProblem(f"{url} sends more than {MAX_JWKS} bytes")
    return body

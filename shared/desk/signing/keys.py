"""Key files of signatures: a service's own private key, and the folder of the public keys of all owners.

The folder is read again while services run, so that a key is added or withdrawn without a restart.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import structlog
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from desk.contract.event import OWNERS
from desk.http.auth.verification_keys import KeyProblem, load_or_create_key
from desk.signing.signature import KEY_ID, Signer, key_id
from desk.signing.signatures import Signatures, Verified

PublicKeys = Mapping[str, Mapping[bytes, Ed25519PublicKey]]
SUFFIX, PRIVATE = ".pem", "key.pem"
LOOK_EVERY, UNKNOWN_EVERY = 10.0, 1.0
"""Seconds between two readings of the folder: in general, and for a key id that is not known."""
log = structlog.get_logger(__name__)


def read_public_keys(folder: Path) -> dict[str, dict[bytes, Ed25519PublicKey]]:
    """Owner -> key id -> key, of the files `<owner>.pem` and `<owner>.<anything>.pem`: as many keys of an owner as
    there are files. KeyProblem names a file that holds no Ed25519 public key, and a folder without any."""
    found: dict[str, dict[bytes, Ed25519PublicKey]] = {}
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        owner = path.name.partition(".")[0]
        if owner not in OWNERS:
            raise KeyProblem(f"{path} names no service: call it SERVICE.pem or SERVICE.NAME.pem")
        key = _public_key(path)
        found.setdefault(owner, {})[key_id(key)] = key
    if not found:
        raise KeyProblem(f"{folder} holds no public key: put SERVICE.pem of every service there")
    return found


def _public_key(path: Path) -> Ed25519PublicKey:
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except (OSError, ValueError) as error:
        raise KeyProblem(f"{path} is no public key: `openssl pkey -in PRIVATE.pem -pubout` writes one") from error
    if not isinstance(key, Ed25519PublicKey):
        raise KeyProblem(f"{path} holds no Ed25519 key: `openssl pkey -in PRIVATE.pem -pubout` writes one")
    return key


class TrustedKeys:
    """The public keys of all owners. `read` loads them; KeyProblem of the first reading is the caller's, later ones are
    logged and the keys read before stay in force. Thread-safe."""

    def __init__(self, read: Callable[[], PublicKeys], now: Callable[[], float] = time.monotonic) -> None:
        self._read, self._now, self._lock = read, now, threading.Lock()
        self._keys, self._looked = read(), now()

    def verify(self, owner: str, raw: bytes, signature: bytes) -> bool | None:
        """Whether the owner has signed these bytes; None when it has no such key here."""
        key = self._key(owner, signature[:KEY_ID])
        if key is None:
            return None
        try:
            key.verify(signature[KEY_ID:], raw)
        except InvalidSignature:
            return False
        return True

    def _key(self, owner: str, identity: bytes) -> Ed25519PublicKey | None:
        self._look(LOOK_EVERY)
        found = self._keys.get(owner, {}).get(identity)
        if found is None and self._look(UNKNOWN_EVERY):
            found = self._keys.get(owner, {}).get(identity)
        return found

    def _look(self, after: float) -> bool:
        with self._lock:
            if self._now() - self._looked < after:
                return False
            self._looked = self._now()
            try:
                self._keys = self._read()
            except (KeyProblem, OSError) as error:
                log.error("the public keys cannot be read again; those read before stay in force", error=str(error))
                return False
            return True


def create_keys(private: Path, public: Path, owners: Sequence[str] = OWNERS) -> None:
    """Create the missing private key of each owner (`private`/`<owner>`/key.pem, mode 0600), and write its public key
    to `public`/`<owner>.pem` when no file there holds it. A public key of before stays, as `<owner>.<key id>.pem`."""
    for owner in owners:
        _publish(public, owner, load_or_create_key(private / owner / PRIVATE))


def _publish(folder: Path, owner: str, key: Ed25519PrivateKey) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    pem, path = public_pem(key), folder / f"{owner}{SUFFIX}"
    if any(other.read_bytes() == pem for other in folder.glob(f"{owner}.*{SUFFIX}")) or _holds(path, pem):
        return
    if path.exists():
        path.rename(folder / f"{owner}.{key_id(_public_key(path)).hex()}{SUFFIX}")
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(pem)
        draft.rename(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            draft.unlink()


def _holds(path: Path, pem: bytes) -> bool:
    return path.exists() and path.read_bytes() == pem


def public_pem(key: Ed25519PrivateKey) -> bytes:
    """The public half of a key as PEM, for the folders of the peers."""
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def private_path(owner: str, private: Path) -> Path:
    """The file of an owner's private key: `private` itself, or `<owner>`/key.pem in that folder."""
    return private / owner / PRIVATE if private.is_dir() else private


def signatures_of(owner: str, private: Path, public: Path, verified: Verified | None = None) -> Signatures:
    """The signatures of a service, from its private key and the folder of public keys. KeyProblem when they cannot be
    used. `private` is a file, or a folder that holds `<owner>`/key.pem."""
    path = private_path(owner, private)
    if not path.exists():
        raise KeyProblem(f"{path} does not exist: `openssl genpkey -algorithm ed25519 -out {path}` makes {owner}'s key")
    return Signatures(owner, Signer(load_or_create_key(path)), TrustedKeys(lambda: read_public_keys(public)), verified)


def signatures_among(keys: Mapping[str, Ed25519PrivateKey], verified: Verified | None = None) -> dict[str, Signatures]:
    """The signatures of services that know each other's keys, without files: for tests and benches."""
    signers = {owner: Signer(key) for owner, key in keys.items()}
    public = {owner: {signers[owner].id: key.public_key()} for owner, key in keys.items()}
    return {
        owner: Signatures(owner, signer, TrustedKeys(lambda: public), verified) for owner, signer in signers.items()
    }

"""A fact's signature: the id of the owner's key, and the Ed25519 signature over the fact's bytes.

Stored as 8 bytes of key id and 64 bytes of signature. In a header of a record: `<key id in hex>:<signature in base64>`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

HEADER = "signature"
KEY_ID, LENGTH = 8, 72


def key_id(key: Ed25519PublicKey) -> bytes:
    """A key's id: the first 8 bytes of the SHA-256 of its 32 raw bytes."""
    return hashlib.sha256(key.public_bytes_raw()).digest()[:KEY_ID]


class Signer:
    """Signs the facts of one owner."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key, self.id = key, key_id(key.public_key())

    def sign(self, raw: bytes) -> bytes:
        """The signature over a fact's bytes, as stored."""
        return self.id + self._key.sign(raw)

    def renewed(self, raw: bytes, stored: bytes | None) -> bytes:
        """The stored signature if it is by the present key, else one by it: after a rotation, or of an older fact."""
        return stored if stored is not None and stored.startswith(self.id) else self.sign(raw)


def text_of(signature: bytes) -> bytes:
    """The value of the header for a stored signature."""
    return signature[:KEY_ID].hex().encode() + b":" + base64.b64encode(signature[KEY_ID:])


def headers_of(signature: bytes | None) -> tuple[tuple[str, bytes], ...]:
    """The headers of a record for a stored signature: one, or none without a signature."""
    return () if signature is None else ((HEADER, text_of(signature)),)


def parse(text: bytes) -> bytes:
    """The stored form of a header's value; empty when it is none."""
    identity, _, encoded = text.partition(b":")
    try:
        found = bytes.fromhex(identity.decode()) + base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        return b""
    return found if len(found) == LENGTH and len(identity) == 2 * KEY_ID else b""


def signature_in(headers: Iterable[tuple[str, bytes]]) -> bytes | None:
    """The signature that a record's headers hold; None without the header, empty when it cannot be read."""
    return next((parse(value) for name, value in headers if name == HEADER), None)

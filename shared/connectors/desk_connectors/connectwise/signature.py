"""Verifies callback signatures (contract 1.3): `verify` is the algorithm, `verified` also finds the key."""

from __future__ import annotations

import base64
import hashlib
import hmac

from desk_connectors.connectwise.callback import key_url_of
from desk_connectors.connectwise.keys import KeyLimits, KeySource

HEADER = "x-content-signature"


def verify(raw_body: bytes, header: str | None, signing_key: str) -> bool:
    """True if `header` is base64(HMAC-SHA256(SHA256(signing_key), raw_body)), compared in constant time.

    `raw_body` must be the received bytes: a body parsed and encoded again has another signature.
    """
    key = hashlib.sha256(signing_key.encode()).digest()
    want = base64.b64encode(hmac.new(key, raw_body, hashlib.sha256).digest())
    return hmac.compare_digest(want, (header or "").encode())


async def verified(raw_body: bytes, header: str | None, keys: KeySource) -> bool:
    """True if the body is signed with the key that it names, and this instance may name that key.

    A cached key that does not verify is fetched once more, because the vendor may have changed it. Raises
    `CallbackInvalid` (no envelope), `UrlRefused` (an address that may not be fetched), and `VendorUnavailable` or
    `VendorRateLimited` if the key cannot be fetched now.
    """
    address = keys.admitted(key_url_of(raw_body))
    if not header:
        return False
    cached_key = keys.cached(address)
    if cached_key is None or not verify(raw_body, header, cached_key.key):
        cached_key = await keys.fetched(address, cached_key)
        if not verify(raw_body, header, cached_key.key):
            return False
    cached_key.proven = True
    return True


__all__ = ["HEADER", "KeyLimits", "KeySource", "verified", "verify"]

"""Callback signatures (contract 1.3): `verify` is the algorithm, `verified` also finds the key."""

from __future__ import annotations

import base64
import hashlib
import hmac

from desk_connectors.connectwise.callback import key_url_of
from desk_connectors.connectwise.keys import KeyLimits, KeySource

HEADER = "x-content-signature"


def verify(raw_body: bytes, header: str | None, signing_key: str) -> bool:
    """True when `header` is base64(HMAC-SHA256(SHA256(signing_key), raw_body)), compared in constant time.

    `raw_body` is what was received: a body parsed and written again has another signature.
    """
    key = hashlib.sha256(signing_key.encode()).digest()
    want = base64.b64encode(hmac.new(key, raw_body, hashlib.sha256).digest())
    return hmac.compare_digest(want, (header or "").encode())


async def verified(raw_body: bytes, header: str | None, keys: KeySource) -> bool:
    """True when the body is signed with the key that it names and that this instance may name.

    A remembered key that does not fit is fetched once more, because the vendor may have changed it. Raises
    `CallbackInvalid` (no envelope), `UrlRefused` (an address that may not be fetched), and `VendorUnavailable` or
    `VendorRateLimited` when the key cannot be had now.
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

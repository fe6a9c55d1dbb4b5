"""The identity of a command: sender, Idempotency-Key, and fingerprint of the request.

The command's id is derived from principal and key, so a repeat would give its facts the same ids. The event store
writes id and fingerprint in the transaction of the facts (table `commands`) and answers a repeat from there. A refused
command leaves no row: its key may be used again.
"""

from __future__ import annotations

import hashlib
import json
from typing import NamedTuple
from uuid import UUID, uuid5

NAMESPACE = UUID("5f7c1d0e-7a3b-5c55-9e0a-6a1f0a6d7c21")


class RequestIdentity(NamedTuple):
    """Sender, key, and fingerprint of method, address and body."""

    principal: str
    key: str
    fingerprint: str

    @property
    def command_id(self) -> UUID:
        """The command's id: the same in every repeat."""
        return command_id(self.principal, self.key)


def command_id(principal: str, key: str) -> UUID:
    """UUIDv5 of principal and key."""
    return uuid5(NAMESPACE, f"{principal}\x1f{key}")


def fingerprint(method: str, address: str, body: bytes) -> str:
    """Hex SHA-256 of method, address (path and query) and canonical body, independent of key order and white space."""
    text = f"{method} {address}\n".encode() + _canonical(body)
    return hashlib.sha256(text).hexdigest()


def _canonical(body: bytes) -> bytes:
    try:
        return json.dumps(json.loads(body), sort_keys=True, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        return body

"""The port of key rings, which hold the keys of sealed fields. `postgres` and `testing.in_memory` implement it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple, Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32


class Key(NamedTuple):
    """One subject's key. `id` is published with the sealed text; `secret` (32 bytes) never leaves the processes that
    use the ring."""

    id: str
    subject: str
    secret: bytes


class KeyState(StrEnum):
    """State of a key id in a ring.

    MISSING: the ring has neither the key nor a record of its destruction, e.g. after a restore from an older copy.
    ABANDONED: missing, and an operator accepted that its texts cannot be read again.
    """

    HELD = "held"
    ERASED = "erased"
    MISSING = "missing"
    ABANDONED = "abandoned"


class KeyEntry(NamedTuple):
    """A key id with the subject whose texts it seals; None when unknown."""

    id: str
    subject: str | None


class KeyRing(Protocol):
    """Stores the keys of sealed fields."""

    def key_for(self, subject: str) -> Key:
        """The subject's key, created when there is none. After `destroy`, a random key that is not stored.

        Refusal `key_missing` when an earlier key of the subject is missing and its loss was not accepted.
        """

    def ensure(self, subjects: Iterable[str]) -> None:
        """Create the missing keys of many subjects at once; subjects that may get no key are left out."""

    def get(self, key_id: str) -> Key | None:
        """The key with that id; None when it is unknown or destroyed."""

    def destroy(self, subject: str) -> str | None:
        """Destroy the subject's key for ever; returns its id, None when it never had one."""

    def states(self, key_ids: Iterable[str]) -> Mapping[str, KeyState]:
        """The state of each of these ids."""


def new_secret() -> bytes:
    """A random AES-256 key."""
    return AESGCM.generate_key(KEY_BYTES * 8)

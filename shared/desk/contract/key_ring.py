"""The port of key rings, which hold the keys of sealed fields. `postgres` and `testing.in_memory` implement it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple, Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32


class Key(NamedTuple):
    """One subject's key. `id` travels with what it sealed, `secret` (32 bytes) never leaves the ring's users."""

    id: str
    subject: str
    secret: bytes


class KeyState(StrEnum):
    """State of a key id in a ring.

    MISSING: the ring has neither the key nor a record that it was destroyed: it was restored from an older copy, or
    lost. ABANDONED: missing, and an operator accepted that what it sealed cannot be read again.
    """

    HELD = "held"
    ERASED = "erased"
    MISSING = "missing"
    ABANDONED = "abandoned"


class KeyEntry(NamedTuple):
    """A key id with the subject whose texts it seals, None where nobody can say."""

    id: str
    subject: str | None


class KeyRing(Protocol):
    """Where keys live."""

    def key_for(self, subject: str) -> Key:
        """The subject's key, made when there is none. After `destroy`, a key that nobody can get again.

        Refusal `key_missing` when an earlier key of the subject is missing and its loss was not accepted.
        """

    def ensure(self, subjects: Iterable[str]) -> None:
        """Make the missing keys of many subjects at once; subjects that get no key are left out."""

    def get(self, key_id: str) -> Key | None:
        """The key of that id; None when it is unknown or destroyed."""

    def destroy(self, subject: str) -> str | None:
        """Forget the subject's key for ever; its id, None when it never had one."""

    def states(self, key_ids: Iterable[str]) -> Mapping[str, KeyState]:
        """The state of each of these ids."""


def new_secret() -> bytes:
    """A fresh AES-256 key."""
    return AESGCM.generate_key(KEY_BYTES * 8)

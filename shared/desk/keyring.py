"""Where the keys of sealed fields live: the port. Rings stand in `desk.log.keyring` and `desk.testing.keyring`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32


class Key(NamedTuple):
    """One subject's key. `id` travels with what it sealed, `secret` (32 bytes) never leaves the ring's users."""

    id: str
    subject: str
    secret: bytes


class KeyRing(Protocol):
    """Where keys live."""

    def key_for(self, subject: str) -> Key:
        """The subject's key, made when there is none. After `destroy`, a key that nobody can get again."""

    def ensure(self, subjects: Iterable[str]) -> None:
        """Make the missing keys of many subjects at once."""

    def get(self, key_id: str) -> Key | None:
        """The key of that id; None when it is unknown or destroyed."""

    def destroy(self, subject: str) -> str | None:
        """Forget the subject's key for ever; its id, None when it never had one."""


def new_secret() -> bytes:
    """A fresh AES-256 key."""
    return AESGCM.generate_key(KEY_BYTES * 8)

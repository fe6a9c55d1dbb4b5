"""The signatures of one service: its own signer, the keys that it trusts, and the facts verified already."""

from __future__ import annotations

from typing import Literal, Protocol

from desk.eventstore.aggregate_replica import digest
from desk.signing.signature import KEY_ID, Signer

Verdict = Literal["good", "unsigned", "unknown-key", "wrong-signature"]
KEPT = 20_000


class Verifier(Protocol):
    """The public keys of all owners (`desk.signing.keys.TrustedKeys`)."""

    def verify(self, owner: str, raw: bytes, signature: bytes) -> bool | None:
        """Whether the owner has signed these bytes; None when it has no such key here."""


class Verified:
    """Remembers the last facts whose signature was made or verified in this process, so that five services in one
    process verify none of each other's. Thread-safe: a lost entry costs one more verification."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._found: dict[tuple[str, str], None] = {}

    def add(self, owner: str, digest: str) -> None:
        """Remember a fact by its owner and the hash of its bytes."""
        self._found[owner, digest] = None
        if len(self._found) > self._kept:
            for key in list(self._found)[: self._kept // 2]:
                self._found.pop(key, None)

    def __contains__(self, fact: tuple[str, str]) -> bool:
        return fact in self._found


class Signatures:
    """Signs own facts and judges the signatures of all."""

    def __init__(self, owner: str, signer: Signer, trusted: Verifier, verified: Verified | None = None) -> None:
        self.owner, self.signer, self._trusted = owner, signer, trusted
        self._verified = verified or Verified()

    def sign(self, raw: bytes) -> bytes:
        """The signature of an own fact, as stored."""
        self._verified.add(self.owner, digest(raw))
        return self.signer.sign(raw)

    def judge(self, owner: str, raw: bytes, hashed: str, signature: bytes | None) -> Verdict:
        """Whether `owner` has signed these bytes, whose `digest` is `hashed`."""
        if (owner, hashed) in self._verified:
            return "good"
        if signature is None:
            return "unsigned"
        good = self._trusted.verify(owner, raw, signature)
        if good is None and len(signature) > KEY_ID:
            return "unknown-key"
        if good:
            self._verified.add(owner, hashed)
        return "good" if good else "wrong-signature"

"""Sources of the inbox: raw records of a bus, and peers that answer for their own facts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol


class RawRecord(NamedTuple):
    """An untrusted record as consumed: anything may be missing, undecodable or false."""

    topic: str
    key: str | bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()
    position: int = 0


class Fetched(NamedTuple):
    """A fact that its owner sent. Of several, in order, the last one's signature vouches for all."""

    raw: bytes
    signature: bytes | None = None


class PeerFacts(Protocol):
    """Fetches an owner's own facts, to fill gaps. Over HTTP in production, from the database on the local bus."""

    def after(self, owner: str, stream: str, subject: str, ownerseq: int) -> list[Fetched]:
        """The owner's facts on the aggregate after `ownerseq`, in order, as stored. LogError when it cannot answer."""

    def lasts(self, owner: str) -> Mapping[str, int]:
        """Aggregate -> ownerseq of the owner's last fact on it. LogError when it cannot answer."""

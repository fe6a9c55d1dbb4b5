"""Facts of a peer for tests of the inbox: numbered and chained as its owner would, or broken on purpose."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from desk.contract.event import Event
from desk.eventstore.aggregate_replica import digest
from desk.inbox.ports import Fetched, RawRecord
from desk.signing.signature import headers_of
from desk.signing.signatures import Signatures
from desk.testing.notes import NOTES, TICKETS, Said


class Peer:
    """One owner's facts on one ticket, in order. Also implements `PeerFacts` for them. With `signatures` they are
    signed."""

    def __init__(self, owner: str = "intake", subject: str = "T1", signatures: Signatures | None = None) -> None:
        self.owner, self.subject, self.signatures = owner, subject, signatures
        self.facts: list[bytes] = []

    def says(self, text: str, **other: Any) -> RawRecord:
        """The next fact as the bus delivers it; `other` replaces attributes of the envelope."""
        return self.record(self._event(text, **other))

    def lies(self, text: str, **other: Any) -> RawRecord:
        """A forged fact: it leaves no trace in the chain of true ones."""
        true = list(self.facts)
        try:
            return self.says(text, **other)
        finally:
            self.facts = true

    def record(self, event: Event) -> RawRecord:
        raw = NOTES.encode(event)
        self.facts.append(raw)
        return RawRecord(TICKETS.topic, self.subject, raw, headers_of(self._sign(raw)))

    def after(self, owner: str, stream: str, subject: str, ownerseq: int) -> list[Fetched]:
        """The owner's facts after `ownerseq`, the last one signed."""
        assert (owner, stream, subject) == (self.owner, TICKETS.value, self.subject)
        raws = self.facts[ownerseq:]
        return [Fetched(raw, self._sign(raw) if raw is raws[-1] else None) for raw in raws]

    def lasts(self, owner: str) -> dict[str, int]:
        """The owner's last ownerseq by aggregate."""
        return {self.subject: len(self.facts)} if owner == self.owner else {}

    def _sign(self, raw: bytes) -> bytes | None:
        return None if self.signatures is None else self.signatures.signer.sign(raw)

    def _event(self, text: str, **other: Any) -> Event:
        identity, now = uuid4(), datetime.now(UTC)
        attributes: dict[str, Any] = {
            "specversion": "1.0",
            "id": identity,
            "type": f"desk.{self.owner}.said.v1",
            "source": f"/desk/{self.owner}",
            "subject": self.subject,
            "time": now,
            "datacontenttype": "application/json",
            "recordedtime": now,
            "ownerseq": len(self.facts) + 1,
            "actor": f"service:{self.owner}",
            "mode": "process",
            "origin": "live",
            "correlationid": identity,
            "naturalkey": text,
            "basis": "",
            "prevhash": digest(self.facts[-1]) if self.facts else "",
            "data": Said(text=text),
        }
        return Event(**(attributes | other))

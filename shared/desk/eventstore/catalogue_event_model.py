"""Binds the published catalogue to the event store: codec, folding, sealing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path

from desk import contract
from desk.contract.catalogue import initial, stream_of
from desk.contract.codec import decode, encode
from desk.contract.event import Stream
from desk.contract.sealing import KeyRing, fingerprint, sealer, sealing_subject
from desk.decision.event_model import EventModel, Fingerprints, Prepare


def catalogued(ring: KeyRing | None = None) -> EventModel:
    """The catalogue's facts and states, with sealed fields encrypted under the keys of `ring` (None: in the clear)."""
    plain = EventModel(encode, decode, initial, stream_of, fold_version())
    if ring is None:
        return plain
    return plain._replace(seal=sealer(ring), fingerprints=_fingerprints(ring), prepare=_preparing(ring))


def _fingerprints(ring: KeyRing) -> Fingerprints:
    def of(stream: Stream, subject: str, state: object) -> Callable[[str], str]:
        return lambda text: fingerprint(text, ring, sealing_subject(stream, subject, state))

    return of


def _preparing(ring: KeyRing) -> Prepare:
    def prepare(aggregates: Iterable[tuple[Stream, str, object]]) -> None:
        ring.ensure(sealing_subject(*aggregate) for aggregate in aggregates)

    return prepare


@cache
def fold_version() -> str:
    """A hash of the code that reads and folds facts.

    A release ignores snapshots of another version, because it might fold the facts differently.
    """
    total = sha256()
    for file in sorted(Path(str(contract.__file__)).parent.rglob("*.py")):
        total.update(file.read_bytes())
    return total.hexdigest()[:32]

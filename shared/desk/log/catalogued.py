"""The published language as the log uses it."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

from desk import streams, ticket
from desk.codec import decode, encode
from desk.log.language import Language, Seal, unsealed
from desk.ticket.catalogue import TYPES, UPCASTERS, initial


def catalogued(seal: Seal = unsealed) -> Language:
    """The catalogue's facts and states, with sealed fields closed by `seal`."""
    return Language(encode, decode, initial, seal, lambda name: name in TYPES or name in UPCASTERS, fold_version())


@cache
def fold_version() -> str:
    """A hash of the code that folds facts: a release never reads snapshots that it would have folded otherwise."""
    total = sha256()
    for package in (ticket, streams):
        for file in sorted(Path(str(package.__file__)).parent.rglob("*.py")):
            total.update(file.read_bytes())
    return total.hexdigest()[:32]

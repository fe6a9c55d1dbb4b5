"""Compares the hash chains of all services with each other, and with heads that were anchored earlier in a file."""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import msgspec

from desk.projections.exports.chains import ChainLine
from desk_deploy.cli.admin.replica_comparison import Difference
from desk_deploy.cli.error_messages import Failure
from desk_deploy.cli.history.files import whole

Key = tuple[str, str]
"""Aggregate and owner."""


class Head(msgspec.Struct, frozen=True):
    """An owner's last fact on an aggregate at some time: its ownerseq, and the digest of its bytes."""

    ownerseq: int
    digest: str


class Anchor(msgspec.Struct, frozen=True):
    """The file of anchored heads: aggregate -> owner -> head."""

    heads: dict[str, dict[str, Head]] = {}

    def head(self, key: Key) -> Head | None:
        """The head of this aggregate and owner; None if it had no fact."""
        return self.heads.get(key[0], {}).get(key[1])

    def keys(self) -> set[Key]:
        """Every aggregate and owner that has a head."""
        return {(aggregate, owner) for aggregate, heads in self.heads.items() for owner in heads}


class Verified(NamedTuple):
    """The differences of all chains, the number of facts in them, and the present heads."""

    differences: list[Difference]
    facts: int
    heads: Anchor


def decoded(service: str, lines: Iterable[bytes]) -> Iterator[tuple[Key, str, ChainLine]]:
    """(aggregate and owner, service, line), in the order of the export."""
    for raw in lines:
        line = msgspec.json.decode(raw, type=ChainLine)
        yield (line.aggregate, line.owner), service, line


def verified(services: Mapping[str, Iterable[bytes]], anchor: Anchor) -> Verified:
    """Walk the chains of all services side by side, with one aggregate of each in memory at a time."""
    found: list[Difference] = []
    heads: dict[str, dict[str, Head]] = {}
    facts, left = 0, anchor.keys()
    rows = heapq.merge(*(decoded(name, lines) for name, lines in services.items()), key=lambda row: row[0])
    for key, group in groupby(rows, key=lambda row: row[0]):
        held = {service: line for _, service, line in group}
        found += differences(key, held)
        own = held.get(key[1])
        if own is not None:
            left.discard(key)
            found += _lost(key, anchor.head(key), own.digests)
            facts += len(own.digests)
            heads.setdefault(key[0], {})[key[1]] = Head(len(own.digests), own.digests[-1])
    for key in sorted(left):
        found += _lost(key, anchor.head(key), ())
    return Verified(found, facts, Anchor(heads))


def differences(key: Key, held: Mapping[str, ChainLine]) -> Iterator[Difference]:
    """Broken chains, and the first fact of each service whose bytes are not those that its owner has."""
    aggregate, owner = key
    for service, line in held.items():
        for ownerseq, why in sorted(line.broken.items()):
            yield Difference("chain", aggregate, service, f"fact {ownerseq} of {owner}: {why}")
    own = held[owner].digests if owner in held else ()
    for service, line in held.items():
        pairs = enumerate(zip(line.digests, own, strict=False), 1)
        differing = [ownerseq for ownerseq, (here, there) in pairs if here and there and here != there]
        if differing:
            more = f", and {len(differing) - 1} later ones" if len(differing) > 1 else ""
            detail = f"fact {differing[0]} of {owner} has other bytes than in {owner}{more}"
            yield Difference("bytes", aggregate, service, detail)


def _lost(key: Key, head: Head | None, digests: tuple[str, ...]) -> Iterator[Difference]:
    if head is None:
        return
    if len(digests) < head.ownerseq:
        yield Difference("anchor", key[0], key[1], f"fact {head.ownerseq} of {key[1]} was anchored and is missing")
    elif digests[head.ownerseq - 1] != head.digest:
        yield Difference("anchor", key[0], key[1], f"fact {head.ownerseq} of {key[1]} was anchored with other bytes")


def read_anchor(file: Path) -> Anchor:
    """The heads in the file; none when there is no such file yet. Failure when it cannot be read."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=Anchor)
    except FileNotFoundError:
        return Anchor()
    except (OSError, msgspec.MsgspecError) as error:
        raise Failure(f"{file} cannot be read as anchored heads ({error}): name another file") from error


def write_anchor(file: Path, heads: Anchor) -> None:
    """Replace the file; durable on return. Failure when it cannot be written."""
    try:
        with whole(file) as stream:
            stream.write(msgspec.json.encode(heads, order="sorted"))
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise Failure(f"{file} cannot be written ({error.strerror}): name a file in another directory") from error

"""Compares the five replicas, aggregate by aggregate, by the digests that the services export."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import NamedTuple

import msgspec

from desk.projections.exports.digest_line import DigestLine


class Held(NamedTuple):
    """The digest of one aggregate in one service. `view`: whether its row in `tickets` is correct, if it has one.

    `unreadable`: the reason why it cannot be folded there, else empty.
    """

    aggregate: str
    service: str
    vector: Mapping[str, int]
    digest: str
    view: bool | msgspec.UnsetType
    unreadable: str = ""


class Difference(NamedTuple):
    """One difference. `kind`: behind, ahead, state, view, unreadable, chain, bytes or anchor."""

    kind: str
    aggregate: str
    service: str
    detail: str


def held(service: str, lines: Iterable[bytes]) -> Iterator[Held]:
    """Decode the digests of a service, sorted by aggregate."""
    for line in lines:
        row = msgspec.json.decode(line, type=DigestLine)
        yield Held(row.aggregate, service, row.vector, row.digest, row.view, row.unreadable or "")


def compared(services: Mapping[str, Iterable[Held]]) -> Iterator[tuple[str, list[Difference]]]:
    """Every aggregate with its differences, in order, with one aggregate in memory at a time."""
    rows = heapq.merge(*services.values(), key=lambda row: row.aggregate)
    for aggregate, group in groupby(rows, key=lambda row: row.aggregate):
        yield aggregate, differences(aggregate, {row.service: row for row in group}, sorted(services))


def differences(aggregate: str, holders: Mapping[str, Held], services: Iterable[str]) -> list[Difference]:
    """The differences of one aggregate."""
    own = {owner: row.vector.get(owner, 0) for owner, row in holders.items()}
    found = [d for service in services for d in _vector(aggregate, service, holders.get(service), own)]
    found += [
        Difference("view", aggregate, row.service, "its row in the view `tickets` differs from the fold of its facts")
        for row in holders.values()
        if row.view is False
    ]
    found += [Difference("unreadable", aggregate, r.service, r.unreadable) for r in holders.values() if r.unreadable]
    return found if any(d.kind in ("behind", "ahead") for d in found) else [*found, *_states(aggregate, holders)]


def _vector(aggregate: str, service: str, row: Held | None, own: Mapping[str, int]) -> Iterator[Difference]:
    vector = row.vector if row else {}
    for owner in sorted({*own, *vector}):
        has, last = vector.get(owner, 0), own.get(owner, 0)
        if has != last:
            kind = "behind" if has < last else "ahead"
            yield Difference(
                kind, aggregate, service, f"has facts of {owner} up to ownerseq {has}, {owner} itself up to {last}"
            )


def _states(aggregate: str, holders: Mapping[str, Held]) -> Iterator[Difference]:
    digests = {row.digest for row in holders.values() if not row.unreadable}
    if len(digests) > 1:
        said = ", ".join(f"{service} {row.digest[:12]}" for service, row in sorted(holders.items()))
        yield Difference("state", aggregate, "all", f"equal facts, different states: {said}")

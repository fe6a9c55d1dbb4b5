"""Verifies the hash chains of stored facts: every fact names the SHA-256 of its owner's fact before it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

import msgspec

from desk.eventstore.aggregate_replica import digest
from desk.eventstore.rows import EventRow

LENGTH = 32
"""Hexadecimal digits of a digest in a line: 128 bits."""
FIRST = ""
"""What an owner's first fact names as the fact before it."""


class ChainLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """One owner's facts on one aggregate, as one store has them.

    `digests`: by ownerseq from 1, the first digits of the SHA-256 of the fact's bytes; empty for a fact that is missing
    or was skipped. `broken`: ownerseq -> what is wrong at that fact.
    """

    aggregate: str
    owner: str
    digests: tuple[str, ...]
    broken: Mapping[int, str] = {}


class _Fact(msgspec.Struct):
    """The fields of the stored bytes that their row and the chain repeat."""

    type: str
    source: str
    ownerseq: int
    prevhash: str


_FACT = msgspec.json.Decoder(_Fact)


def chain_lines(rows: Iterable[EventRow]) -> Iterator[ChainLine]:
    """A line for each aggregate and owner of these rows, which are sorted by aggregate."""
    for aggregate, group in groupby(rows, key=lambda row: row.aggregate):
        ordered = sorted(group, key=lambda row: (row.owner, row.ownerseq))
        for owner, facts in groupby(ordered, key=lambda row: row.owner):
            yield _line(aggregate, owner, facts)


def _line(aggregate: str, owner: str, rows: Iterable[EventRow]) -> ChainLine:
    digests: list[str] = []
    broken: dict[int, str] = {}
    before: str | None = FIRST  # None: the fact before is not known
    for row in rows:
        for missing in range(len(digests) + 1, row.ownerseq):
            broken[missing], before = "the fact is missing", None
            digests.append("")
        problem = None if row.skipped else _problem(row, before)
        if problem is not None:
            broken[row.ownerseq] = problem
        before = None if row.skipped else digest(row.raw)
        digests.append("" if before is None else before[:LENGTH])
    return ChainLine(aggregate, owner, tuple(digests), broken)


def _problem(row: EventRow, before: str | None) -> str | None:
    try:
        fact = _FACT.decode(row.raw)
    except (msgspec.MsgspecError, UnicodeError):
        return "its bytes are no fact"
    if (fact.type, fact.source, fact.ownerseq) != (row.topic, f"/desk/{row.owner}", row.ownerseq):
        return f"its bytes are of {fact.type}, {fact.source} {fact.ownerseq}: its row says {row.topic}"
    if before is not None and fact.prevhash != before:
        return "it was recorded after another fact than the one that is stored before it"
    return None

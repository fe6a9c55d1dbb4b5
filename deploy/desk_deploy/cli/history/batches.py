"""Encodes rows of a log in batches that fit one request each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import msgspec

from desk_intake.imports import Mapping, RowRead, RowRefused

ROWS = 500
BYTES = 800_000
TOO_LONG = "longer than the limit of a request"


class Batch(NamedTuple):
    """The body of a request, and its number of rows."""

    body: bytes
    rows: int


def batches(rows: Iterable[RowRead | RowRefused], mapping: Mapping, refused: list[RowRefused]) -> Iterator[Batch]:
    """At most 500 rows and 800 kB each, in order. Rows that cannot be sent are added to `refused`."""
    held: list[bytes] = []
    size = 0
    for row in rows:
        if isinstance(row, RowRefused):
            refused.append(row)
            continue
        encoded = msgspec.json.encode(row)
        if len(encoded) > BYTES:
            refused.append(RowRefused(row.line, "row", TOO_LONG, "shorten its texts"))
            continue
        if held and (len(held) >= ROWS or size + len(encoded) > BYTES):
            yield _batch(held, mapping)
            held, size = [], 0
        held.append(encoded)
        size += len(encoded) + 1
    if held:
        yield _batch(held, mapping)


def _batch(rows: list[bytes], mapping: Mapping) -> Batch:
    head = {"source": mapping.source, "kind": mapping.kind, "profile": mapping.profile, "matrix": mapping.version}
    body = {**head, "rows": [msgspec.Raw(row) for row in rows]}
    return Batch(msgspec.json.encode(body), len(rows))

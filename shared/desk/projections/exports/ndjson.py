"""Newline-delimited JSON: one value per line, streamed, with lines at the end that name the rows left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import msgspec
from starlette.responses import StreamingResponse

from desk.eventstore.connections.unreadable_rows import UnreadableLine, UnreadableRow

MEDIA = "application/x-ndjson"
CHUNK = 500
encode = msgspec.json.Encoder().encode


def lines(make: Callable[[], Iterable[bytes]]) -> StreamingResponse:
    """A streaming response with one JSON value per line."""
    return StreamingResponse(_batched(make()), media_type=MEDIA)


def named(left_out: Iterable[UnreadableRow]) -> Iterator[bytes]:
    """Lines that name the rows left out of an export: `{"unreadable": {...}}`."""
    return (encode(UnreadableLine(problem)) for problem in left_out)


def _batched(items: Iterable[bytes]) -> Iterator[bytes]:
    batch: list[bytes] = []
    for item in items:
        batch.append(item)
        if len(batch) >= CHUNK:
            yield b"\n".join(batch) + b"\n"
            batch.clear()
    if batch:
        yield b"\n".join(batch) + b"\n"

"""Names aggregates in a service's event store: the subject for tickets, `<stream>:<subject>` for every other stream."""

from __future__ import annotations

from desk.contract.event import Stream

_BESIDE = {f"{stream.value}:": stream for stream in Stream if stream is not Stream.TICKETS}


def aggregate_of(stream: Stream, subject: str) -> str:
    """The aggregate's key in the event store. ValueError when a ticket id would read as another stream's key."""
    if stream is not Stream.TICKETS:
        return f"{stream.value}:{subject}"
    if ":" in subject and split(subject)[0] is not Stream.TICKETS:
        raise ValueError(f"ticket id {subject!r} begins with a stream's name: choose an id without ':'")
    return subject


def split(aggregate: str) -> tuple[Stream, str]:
    """Stream and subject of an aggregate."""
    head, colon, tail = aggregate.partition(":")
    stream = _BESIDE.get(head + colon) if colon else None
    return (stream, tail) if stream is not None else (Stream.TICKETS, aggregate)

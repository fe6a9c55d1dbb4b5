"""Converts stored facts to records of the bus and back. The body is the fact's bytes; the headers repeat attributes of
it, so that readers need not decode the body."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol

import msgspec

from desk.eventstore.aggregate_id import split
from desk.eventstore.rows import NotificationRow
from desk.eventstore.table_writer import SKIPPED
from desk.inbox.ports import RawRecord
from desk.signing.signature import Signer, headers_of

Headers = tuple[tuple[str, bytes], ...]


class Message(NamedTuple):
    """A record to publish. `key` is the subject, so that a subject's facts stay in order."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers


class Mark(NamedTuple):
    """The origin that a record claims: owner, epoch and position in that owner's store."""

    source: bytes
    epoch: bytes
    position: int


class _Trace(msgspec.Struct):
    traceparent: str = ""


_TRACE = msgspec.json.Decoder(_Trace)


def messages(facts: Iterable[NotificationRow], owner: str, epoch: str, prefix: str = "") -> list[Message]:
    """Own facts as messages, in order. Facts that were skipped by hand are not published."""
    source, incarnation = f"/desk/{owner}".encode(), epoch.encode()
    return [_message(fact, source, incarnation, prefix) for fact in facts if not fact.topic.startswith(SKIPPED)]


def signed_now(facts: Iterable[NotificationRow], signer: Signer) -> list[NotificationRow]:
    """Own facts with signatures by the present key: also those recorded before a rotation, or before facts were
    signed."""
    return [fact._replace(signature=signer.renewed(fact.raw, fact.signature)) for fact in facts]


def _message(fact: NotificationRow, source: bytes, epoch: bytes, prefix: str) -> Message:
    stream, subject = split(fact.aggregate)
    headers = (
        ("type", fact.topic.encode()),
        ("source", source),
        ("ownerseq", b"%d" % fact.ownerseq),
        ("traceparent", _traceparent(fact.raw)),
        ("position", b"%d" % fact.position),
        ("epoch", epoch),
        *headers_of(fact.signature),
    )
    return Message(prefix + stream.topic, subject.encode(), fact.raw, headers)


def _traceparent(raw: bytes) -> bytes:
    try:
        return _TRACE.decode(raw).traceparent.encode()
    except (msgspec.DecodeError, UnicodeError):
        return b""


class ClientRecord(Protocol):
    """A record as a client library returns it."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]


def raw_record(record: ClientRecord, prefix: str) -> RawRecord:
    """A client library's record, unchecked. `prefix` is the prefix of topics on this cluster."""
    headers = tuple((name, value or b"") for name, value in record.headers)
    return RawRecord(record.topic.removeprefix(prefix), record.key, record.value, headers, record.offset)


def mark(headers: Headers) -> Mark | None:
    """The origin that the headers claim; None when they are not those of a relay."""
    found = dict(headers)
    try:
        return Mark(found["source"], found["epoch"], int(found["position"]))
    except (KeyError, ValueError):
        return None

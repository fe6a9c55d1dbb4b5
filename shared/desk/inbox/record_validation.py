"""Reads an untrusted raw record as a fact of an aggregate, or finds the cause why it is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from desk.contract.event import Event, Stream
from desk.decision.event_model import EventModel
from desk.eventstore.aggregate_id import aggregate_of
from desk.inbox.ports import RawRecord

Cause = Literal[
    "undecodable",
    "wrong-source",
    "wrong-key",
    "wrong-topic",
    "unsigned",
    "unknown-key",
    "wrong-signature",
    "gap",
    "divergence",
    "chain",
    "drift",
    "handler",
    "behind",
]
TOPICS: Mapping[str, Stream] = {stream.topic: stream for stream in Stream}
KEY_LIMIT = 500


class Incoming(NamedTuple):
    """A record and its fact. Without an event, `cause` and `detail` say why it is no fact of this aggregate; with one,
    why its owner does not vouch for it (`desk.inbox.vouching`)."""

    aggregate: str
    record: RawRecord
    event: Event | None
    cause: Cause | None = None
    detail: str = ""

    @property
    def raw(self) -> bytes:
        """The fact's bytes."""
        return self.record.value or b""


def incoming(record: RawRecord, language: EventModel, topics: Mapping[str, Stream] = TOPICS) -> Incoming:
    """Read a record; topic and key determine its aggregate."""
    key = _text(record.key)
    stream = topics.get(record.topic)
    if stream is None:
        return Incoming(f"unknown:{record.topic}:{key}", record, None, "wrong-topic", "no stream has this topic")
    try:
        aggregate = aggregate_of(stream, key)
    except ValueError:
        return Incoming(f"unknown:{key}", record, None, "wrong-key", "a ticket's key begins with a stream's name")
    try:
        event = language.decode(record.value or b"")
    except Exception as error:
        return Incoming(aggregate, record, None, _cause(error), _detail(error))
    return _checked(aggregate, stream, key, record, event, language)


def _checked(
    aggregate: str, stream: Stream, key: str, record: RawRecord, event: Event, language: EventModel
) -> Incoming:
    if not event.type.startswith(f"desk.{event.owner}."):
        return Incoming(aggregate, record, None, "wrong-source", "type and source name different owners")
    if event.subject != key:
        return Incoming(aggregate, record, None, "wrong-key", "the subject is not the record's key")
    if language.stream_of(event.type) not in (stream, None):
        return Incoming(aggregate, record, None, "wrong-topic", "facts of this type travel on another topic")
    return Incoming(aggregate, record, event)


def _cause(error: Exception) -> Cause:
    return "wrong-source" if getattr(error, "reason", "") == "wrong-source" else "undecodable"


def _detail(error: Exception) -> str:
    reason = getattr(error, "reason", None)
    return f"{reason}: {getattr(error, 'detail', '')}".rstrip(": ") if reason else type(error).__name__


def _text(key: str | bytes | None) -> str:
    text = key.decode(errors="replace") if isinstance(key, bytes) else key or ""
    return text.replace("\x00", "?")[:KEY_LIMIT]

"""Encodes facts as CloudEvents 1.0 (structured JSON) and decodes them. The owner encodes once, peers never."""

from __future__ import annotations

import hashlib
import re
from typing import Literal, TypeVar

import msgspec

from desk.contract.bounds import clamped
from desk.contract.catalogue import TYPES, UPCASTERS
from desk.contract.clamping import clamp_times
from desk.contract.envelope import RawEnvelope
from desk.contract.event import OWNERS, Event, Payload
from desk.contract.ticket.docs.facts import Closed
from desk.contract.ticket.gate_names import current_names
from desk.contract.ticket.triage.ends import OutsideClosureNoticed, OutsideResolutionContested, Resolved
from desk.contract.upcasters import Fields

MAX_BYTES = 1_000_000
SOURCES = {f"/desk/{owner}": f"desk.{owner}." for owner in OWNERS}
TYPE = re.compile(r"desk\.[a-z]+\.[a-z0-9-]+\.v[1-9][0-9]*")

Reason = Literal["null", "too-big", "too-deep", "not-json", "schema", "wrong-source"]


class Undecodable(ValueError):
    """Bytes that are no fact. `reason` is a code, `detail` names the place; neither quotes the content."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason: Reason = reason
        self.detail = detail


class Unrecordable(ValueError):
    """A fact that no peer could read, refused before it is recorded."""


class Unknown(Payload, frozen=True, kw_only=True):
    """The data of a type that this release does not know, as received: stored, but not folded. Has no `spec`."""

    raw: bytes


_ENCODER = msgspec.json.Encoder(decimal_format="string", uuid_format="canonical")
_HEAD = msgspec.json.Decoder(RawEnvelope)
_FIELDS = msgspec.json.Decoder(Fields)
_DATA: dict[str, msgspec.json.Decoder[Payload]] = {name: msgspec.json.Decoder(cls) for name, cls in TYPES.items()}
_LISTING_GATES = (Closed, OutsideClosureNoticed, OutsideResolutionContested, Resolved)
"""Facts whose `missing` lists gates: former names in it read as today's, the bytes keep them."""
_QUOTED = re.compile(r"'[^']*'")
T = TypeVar("T")


def encode(event: Event) -> bytes:
    """The bytes that are stored and published.

    Unrecordable when a peer could not read them: more than 1 MB, a value that its field does not allow, a time without
    a zone. A recorded fact cannot be withdrawn, so the bytes are decoded once before they are recorded.
    """
    if type(event.data) is Unknown:
        event = msgspec.structs.replace(event, data=msgspec.Raw(event.data.raw))
    try:
        raw = _ENCODER.encode(event)
    except (UnicodeEncodeError, OverflowError) as error:
        raise Unrecordable(f"{event.type} may not be recorded: {type(error).__name__}") from None
    if len(raw) > MAX_BYTES:
        raise Unrecordable(f"{event.type} would take {len(raw)} bytes, more than {MAX_BYTES}: shorten its texts")
    try:
        decode(raw)
    except Undecodable as error:
        raise Unrecordable(f"{event.type} may not be recorded: {error}") from None
    return raw


def decode(raw: bytes | None) -> Event:
    """The fact in `raw`. An unknown type gives an event whose data is `Unknown`; older versions are upcast.

    Times out of bounds are read as the nearest instant inside. Undecodable for bytes that are not JSON, violate the
    schema, have the wrong source, or are too big.
    """
    if not raw:
        raise Undecodable("null")
    if len(raw) > MAX_BYTES:
        raise Undecodable("too-big", f"{len(raw)} bytes")
    head = _parse(_HEAD, raw)
    if not head.type.startswith(SOURCES.get(head.source, "?")):
        raise Undecodable("wrong-source")
    return _event(head, *_data(head))


def digest(state: msgspec.Struct) -> str:
    """SHA-256 (hex) of a folded state: equal states give equal digests, in every process and whatever the order."""
    plain = msgspec.to_builtins(state, str_keys=True, order="deterministic")
    return hashlib.sha256(_ENCODER.encode(plain)).hexdigest()


def _data(head: RawEnvelope) -> tuple[str, Payload]:
    decoder = _DATA.get(head.type)
    if decoder is not None:
        return head.type, _current_gates(_payload(decoder, head.data))
    if head.type in UPCASTERS:
        return _upcast(head)
    if not TYPE.fullmatch(head.type):
        raise Undecodable("schema", "type")
    return head.type, Unknown(raw=bytes(head.data))


def _current_gates(data: Payload) -> Payload:
    if not isinstance(data, _LISTING_GATES):
        return data
    return msgspec.structs.replace(data, missing=current_names(data.missing))


def _upcast(head: RawEnvelope) -> tuple[str, Payload]:
    now, fields = head.type, _parse(_FIELDS, head.data)
    while now in UPCASTERS:
        upcaster = UPCASTERS[now]
        now, fields = upcaster.now, upcaster.fields(fields)
    return now, _payload(_DATA[now], msgspec.json.encode(fields))


def _payload(decoder: msgspec.json.Decoder[Payload], raw: bytes | msgspec.Raw) -> Payload:
    data = _parse(decoder, raw)
    try:
        return clamp_times(data)
    except ValueError as error:
        raise Undecodable("schema", str(error)) from None


def _parse(decoder: msgspec.json.Decoder[T], raw: bytes | msgspec.Raw) -> T:
    try:
        return decoder.decode(raw)
    except msgspec.ValidationError as error:
        raise Undecodable("schema", _QUOTED.sub("'...'", str(error))) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Undecodable("not-json", type(error).__name__) from None
    except RecursionError:
        raise Undecodable("too-deep") from None


def _event(head: RawEnvelope, type_name: str, data: Payload) -> Event:
    return Event(
        specversion=head.specversion,
        id=head.id,
        type=type_name,
        source=head.source,
        subject=head.subject,
        time=clamped(head.time),
        datacontenttype=head.datacontenttype,
        recordedtime=clamped(head.recordedtime),
        ownerseq=head.ownerseq,
        actor=head.actor,
        mode=head.mode,
        origin=head.origin,
        correlationid=head.correlationid,
        naturalkey=head.naturalkey,
        basis=head.basis,
        prevhash=head.prevhash,
        cycle=head.cycle,
        attempt=head.attempt,
        causationid=head.causationid,
        traceparent=head.traceparent,
        data=data,
    )

"""Parses a callback's body: an envelope whose `Entity` is JSON inside a string (contract 1.2)."""

from __future__ import annotations

import builtins
import hashlib
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeVar

import msgspec

from desk_connectors.connectwise.records.reading import Record, field_of, read
from desk_connectors.reading import UNREADABLE

LARGEST = 1024 * 1024
DEEPEST = 32
Action = Literal["added", "updated", "deleted"]
R = TypeVar("R", bound=Record)


class CallbackInvalid(Exception):
    """The body is not a callback of this vendor: `field` is wrong, `remedy` describes a valid one."""

    def __init__(self, field: str, remedy: str) -> None:
        super().__init__(f"{field}: {remedy}")
        self.field = field
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Callback:
    """A reported change of a record. Only a hint: read the record again.

    `type` is in lower case. `entity` is the record's JSON, None only for `deleted`; it can be smaller than the record.
    `company_id` is the MSP's login company, `member_id` the identifier of the member who made the change.
    """

    action: Action
    record_id: int
    type: str
    key_url: str = field(repr=False)
    dedup_key: str
    entity: bytes | None = field(default=None, repr=False)
    company_id: str = ""
    member_id: str = ""
    entry_id: int | None = None
    product_instance_id: str = ""
    from_url: str = ""

    def record(self, kind: builtins.type[R]) -> R | None:
        """The embedded record, or None; `VendorAnswerInvalid` if it lacks fields that `kind` requires."""
        return None if self.entity is None else read(kind, self.entity)


class _Metadata(msgspec.Struct, frozen=True):
    key_url: str = ""


class _Envelope(msgspec.Struct, frozen=True, rename="pascal"):
    action: Action
    type: str
    id: Annotated[int, msgspec.Meta(ge=1, le=2**53)] = msgspec.field(name="ID")
    entity: str | None = None
    metadata: _Metadata | None = None
    message_id: str | None = None
    company_id: str | None = None
    member_id: str | None = None
    from_url: str | None = None
    product_instance_id: str | None = None
    callback_object_rec_id: int | None = None


def key_url_of(raw: bytes) -> str:
    """The address of the signing key from an unverified body. Decodes the envelope only."""
    envelope = _envelope(raw)
    return envelope.metadata.key_url if envelope.metadata else ""


def parse_callback(raw: bytes) -> Callback:
    """Parse a callback. Raises `CallbackInvalid` for a wrong size, depth or field, or a null `Entity`."""
    envelope = _envelope(raw)
    kind = envelope.type.strip().lower()
    if not (kind.isascii() and kind.isalnum()) or len(kind) > 40:
        raise CallbackInvalid("Type", "the type's name in letters")
    if envelope.entity is None and envelope.action != "deleted":
        raise CallbackInvalid("Entity", "the record as JSON in a string; null only when Action is deleted")
    return Callback(
        action=envelope.action,
        record_id=envelope.id,
        type=kind,
        key_url=envelope.metadata.key_url if envelope.metadata else "",
        dedup_key=envelope.message_id or f"sha256:{hashlib.sha256(raw).hexdigest()}",
        entity=None if envelope.entity is None else _entity(envelope.entity),
        company_id=envelope.company_id or "",
        member_id=envelope.member_id or "",
        entry_id=envelope.callback_object_rec_id,
        product_instance_id=envelope.product_instance_id or "",
        from_url=envelope.from_url or "",
    )


def _envelope(raw: bytes) -> _Envelope:
    if len(raw) > LARGEST:
        raise CallbackInvalid("body", f"at most {LARGEST} bytes")
    try:
        return msgspec.json.decode(raw, type=_Envelope)
    except msgspec.ValidationError as error:
        raise CallbackInvalid(field_of(error), f"as the vendor's envelope has it; {error}") from error
    except UNREADABLE as error:
        raise CallbackInvalid("body", "one JSON object in UTF-8") from error


def _entity(text: str) -> bytes:
    try:
        raw = text.encode()
        decoded: object = msgspec.json.decode(raw)
    except UNREADABLE as error:
        raise CallbackInvalid("Entity", "JSON inside the string") from error
    if not isinstance(decoded, dict):
        raise CallbackInvalid("Entity", "one JSON object inside the string")
    if _too_deep(decoded):
        raise CallbackInvalid("Entity", f"at most {DEEPEST} levels of nesting")
    return raw


def _too_deep(value: object) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(value: Any) -> list[Any]:
    inner = list(value.values()) if isinstance(value, dict) else value
    return [one for one in inner if isinstance(one, (dict, list))]

"""One example fact per type, with every field filled, the same in every run."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

import msgspec
from msgspec import inspect

from desk.contract.event import CycleRule, Draft, Event, Payload, Sealed, Stream, natural_key

NAMESPACE = UUID("0b8f6d0e-55f2-5f0c-9d0b-6f1f5f0f7a01")
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TICKET = str(uuid5(NAMESPACE, "ticket"))
SEALED = Sealed("8a1f6c0e4d2b4c7f9e3a5b6d7c8e9f00", "c2VhbGVkOiBub25jZSBhbmQgY2lwaGVydGV4dA==")
SUBJECTS = {
    Stream.TICKETS: TICKET,
    Stream.PEOPLE: "contact-1",
    Stream.CLIENTS: "client-1",
    Stream.INCIDENTS: "incident-1",
    Stream.CHANGES: "change-1",
    Stream.POLICIES: "policy-1",
    Stream.SECURITY: "security-1",
}
WORDS = {
    "ticket": TICKET,
    "clock": "resolution",
    "zone": "Europe/Berlin",
    "currency": "EUR",
    "entries": "entry-1",
    "rates": "rates-1",
    "numbers_hash": "0" * 64,
    "content_hash": "0" * 64,
    "text_hash": "0" * 64,
    "set_hash": "0" * 64,
    "owner": "technician-1",
}


def sample(type_name: str, payload: type[Payload]) -> Event:
    """The example of a type. All its texts are sealed, as on the wire."""
    owner = type_name.split(".")[1]
    cycle = 1 if payload.spec.cycle is CycleRule.ALWAYS else None
    attempt = 1 if "attempt" in payload.spec.key else None
    data: Payload = _value(inspect.type_info(payload), payload.name)
    return Event(
        specversion="1.0",
        id=uuid5(NAMESPACE, type_name),
        type=type_name,
        source=f"/desk/{owner}",
        subject=SUBJECTS.get(payload.spec.stream, owner),
        time=NOON,
        datacontenttype="application/json",
        recordedtime=NOON,
        ownerseq=1,
        actor="person:technician-1",
        mode="process",
        origin="live",
        correlationid=uuid5(NAMESPACE, "correlation"),
        naturalkey=natural_key(Draft(data=data, cycle=cycle, attempt=attempt)),
        basis="intake=1",
        prevhash="",
        cycle=cycle,
        attempt=attempt,
        causationid=uuid5(NAMESPACE, "causation"),
        traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        data=data,
    )


def _value(hint: inspect.Type, field: str) -> Any:
    if isinstance(hint, inspect.Metadata):
        return SEALED if (hint.extra or {}).get("sealed") else _value(hint.type, field)
    return _VALUES[type(hint)](hint, field)


def _struct(hint: Any, _field: str) -> msgspec.Struct:
    made: msgspec.Struct = hint.cls(**{field.name: _value(field.type, field.name) for field in hint.fields})
    return made


def _word(_hint: object, field: str) -> str:
    return WORDS.get(field, f"{field.replace('_', '-').removesuffix('s')}-1")


_VALUES: dict[type, Callable[[Any, str], Any]] = {
    inspect.StructType: _struct,
    inspect.StrType: _word,
    inspect.UnionType: lambda hint, field: _value(hint.types[0], field),
    inspect.VarTupleType: lambda hint, field: (_value(hint.item_type, field),),
    inspect.TupleType: lambda hint, field: tuple(_value(item, field) for item in hint.item_types),
    inspect.DictType: lambda hint, field: {_value(hint.key_type, "name"): _value(hint.value_type, field)},
    inspect.LiteralType: lambda hint, _field: hint.values[0],
    inspect.EnumType: lambda hint, _field: next(iter(hint.cls)),
    inspect.IntType: lambda _hint, _field: 1,
    inspect.FloatType: lambda _hint, _field: 0.5,
    inspect.BoolType: lambda _hint, _field: True,
    inspect.DecimalType: lambda _hint, _field: Decimal("12.50"),
    inspect.DateType: lambda _hint, _field: date(2026, 3, 2),
    inspect.DateTimeType: lambda _hint, _field: NOON,
    inspect.UUIDType: lambda _hint, field: uuid5(NAMESPACE, field),
    inspect.AnyType: lambda _hint, _field: {"example": 1},
}

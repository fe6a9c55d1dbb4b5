"""Random facts for property tests (Hypothesis): instances of any payload class, and their envelopes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from hypothesis import strategies as st
from msgspec import inspect

from desk.contract.event import CycleRule, Draft, Event, Payload, natural_key, type_of

CANARY = "canary-"
Values = st.SearchStrategy[Any]
CODES = st.text("abcdefghij0123456789-.", min_size=1, max_size=12)
INSTANTS = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
JSON: Values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(CODES, inner, max_size=3),
    max_leaves=5,
)


class Pools(NamedTuple):
    """Strategies for values. Small pools make facts that concern the same clock, entry or wait."""

    texts: Values = st.text(max_size=20).map(CANARY.__add__)
    codes: Values = CODES
    ids: Values = st.uuids()


def payloads(cls: type[Payload], pools: Pools | None = None) -> Values:
    """Instances of one payload class, all fields filled; every text begins with CANARY, if not pooled."""
    return _of(inspect.type_info(cls), pools or Pools())


def event(data: Payload, *, owner: str | None = None, seq: int = 1, **envelope: Any) -> Event:
    """A recorded fact with this payload, in cycle 1 where it needs one, with an id made from `seq` by default."""
    source = owner or ("intake" if data.spec.owner == "each" else data.spec.owner)
    cycle = 1 if data.spec.cycle is CycleRule.ALWAYS else None
    attempt = 1 if "attempt" in data.spec.key else None
    now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    fields: dict[str, Any] = {
        "specversion": "1.0",
        "id": UUID(int=seq),
        "type": type_of(type(data), source),
        "source": f"/desk/{source}",
        "subject": "ticket-1",
        "time": now,
        "datacontenttype": "application/json",
        "recordedtime": now,
        "ownerseq": seq,
        "actor": "person:tier1-tess",
        "mode": "process",
        "origin": "live",
        "correlationid": UUID(int=1),
        "naturalkey": natural_key(Draft(data=data, cycle=cycle, attempt=attempt)),
        "basis": "",
        "prevhash": "",
        "cycle": cycle,
        "attempt": attempt,
    }
    return Event(**{**fields, **envelope}, data=data)


def history(*payloads: Payload | tuple[Payload, dict[str, Any]]) -> list[Event]:
    """Recorded facts with ids 1, 2, 3 ..., each an hour after the previous one; a pair adds envelope attributes."""
    pairs = [payload if isinstance(payload, tuple) else (payload, {}) for payload in payloads]
    start = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    times = (start + timedelta(hours=n) for n in range(1, len(pairs) + 1))
    return [
        event(payload, **{"id": UUID(int=n), "time": time, **more})
        for (n, (payload, more)), time in zip(enumerate(pairs, 1), times, strict=True)
    ]


def _of(hint: inspect.Type, pools: Pools) -> Values:
    if isinstance(hint, inspect.Metadata):
        return pools.texts if (hint.extra or {}).get("sealed") else _of(hint.type, pools)
    if isinstance(hint, inspect.StrType | inspect.UUIDType):
        return pools.codes if isinstance(hint, inspect.StrType) else pools.ids
    simple = _SIMPLE.get(type(hint))
    return simple if simple is not None else _NESTED[type(hint)](hint, pools)


def _struct(hint: Any, pools: Pools) -> Values:
    return st.builds(hint.cls, **{field.name: _of(field.type, pools) for field in hint.fields})


def _union(hint: Any, pools: Pools) -> Values:
    return st.one_of([_of(member, pools) for member in hint.types])


def _items(hint: Any, pools: Pools) -> Values:
    return st.lists(_of(hint.item_type, pools), max_size=3).map(tuple)


def _dict(hint: Any, pools: Pools) -> Values:
    return st.dictionaries(_of(hint.key_type, pools), _of(hint.value_type, pools), max_size=3)


_SIMPLE: dict[type, Values] = {
    inspect.IntType: st.integers(0, 10**6),
    inspect.FloatType: st.floats(0, 10**6),
    inspect.BoolType: st.booleans(),
    inspect.DateTimeType: INSTANTS,
    inspect.DateType: st.dates(),
    inspect.DecimalType: st.decimals(-(10**6), 10**6, places=2),
    inspect.NoneType: st.none(),
    inspect.AnyType: JSON,
}
_NESTED: dict[type, Callable[[Any, Pools], Values]] = {
    inspect.StructType: _struct,
    inspect.UnionType: _union,
    inspect.VarTupleType: _items,
    inspect.TupleType: lambda hint, pools: st.tuples(*[_of(item, pools) for item in hint.item_types]),
    inspect.DictType: _dict,
    inspect.LiteralType: lambda hint, _pools: st.sampled_from(hint.values),
    inspect.EnumType: lambda hint, _pools: st.sampled_from(list(hint.cls)),
}

"""Checks every fact type before it is published."""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from desk.contract.catalogue import FACTS, TYPES, UPCASTERS, types_of
from desk.contract.codec import TYPE
from desk.contract.event import OWNERS, CycleRule, Payload, type_of
from desk.contract.sealing import text_fields
from desk.contract.upcasters import Upcaster
from desk.contract_docs.schemas import doc_line

ONCE = frozenset({"ticket-adopted", "asset-link-waived", "incident-declared", "change-requested"})
"""Facts that occur once per subject, and so need no natural key."""


def problems(facts: Iterable[type[Payload]] = FACTS, upcasters: Mapping[str, Upcaster] = UPCASTERS) -> list[str]:
    """All problems of these types, one line each, beginning with the class."""
    facts = tuple(facts)
    names = Counter(name for cls in facts if hasattr(cls, "spec") for name in types_of(cls))
    shared = [f"{name}: {count} classes have this type" for name, count in names.items() if count > 1]
    own = [f"{cls.__name__}: {problem}" for cls in facts for problem in _of(cls, upcasters)]
    gone = [f"{old}: becomes {up.now}, which does not exist" for old, up in upcasters.items() if _lost(up, upcasters)]
    return sorted(shared + own + gone)


def _lost(upcaster: Upcaster, upcasters: Mapping[str, Upcaster]) -> bool:
    return upcaster.now not in TYPES and upcaster.now not in upcasters


def _of(cls: type[Payload], upcasters: Mapping[str, Upcaster]) -> Iterator[str]:
    if not hasattr(cls, "spec"):
        yield "has no spec: add owner and natural key"
        return
    if cls.spec.owner not in (*OWNERS, "each"):
        yield f"owner {cls.spec.owner!r} is no owner"
    if not doc_line(cls):
        yield "has no doc line: describe it in one sentence"
    if not TYPE.fullmatch(types_of(cls)[0]):
        yield f"{types_of(cls)[0]!r} is no type name"
    if not cls.__struct_config__.frozen:
        yield "is not frozen"
    yield from _key(cls)
    for version in range(1, cls.spec.version):
        old = _version(type_of(cls, "intake" if cls.spec.owner == "each" else None), version)
        if old not in upcasters:
            yield f"{old} was published and cannot be read any more: add an upcaster"


def _key(cls: type[Payload]) -> Iterator[str]:
    key = cls.spec.key
    if not key and cls.name not in ONCE:
        yield "has no natural key: name its fields, or list it as once"
    fields = {field.name for field in msgspec.structs.fields(cls)}
    for field in key:
        if field not in fields and field not in ("cycle", "attempt"):
            yield f"natural key names {field!r}, which is no field"
        if field in text_fields(cls):
            yield f"natural key names {field!r}, which is sealed"
    if "cycle" in key and cls.spec.cycle is not CycleRule.ALWAYS:
        yield "natural key names the cycle, but the fact carries none"
    hidden = fields & set(inspect.get_annotations(Payload))
    if hidden:
        yield f"fields {sorted(hidden)} hide attributes of every payload: rename them"


def _version(type_name: str, version: int) -> str:
    return f"{type_name.rpartition('.v')[0]}.v{version}"

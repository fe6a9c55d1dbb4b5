"""Finds the fields of a struct that match a predicate on types, once per class, and rewrites them fast."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import inspect
from msgspec.structs import replace

# Any: rewrites the fields of every struct by the type hints that it finds
Transform = Callable[[Any], Any]
Rewrite = Callable[[Any, Transform], Any]
Predicate = Callable[[inspect.Type], bool]


def rewriter(cls: type, matches: Predicate) -> Rewrite | None:
    """A function `rewrite(value, leaf)` that applies `leaf` to each matching field of a value; None when there is none.

    Looks into optional fields, nested structs, tuples, lists and the values of dicts. TypeError for a class with a
    matching type where it cannot be rewritten: in a union with other types, or in the keys of a dict.
    """
    return rewriter_of(inspect.type_info(cls), matches)


def rewriter_of(hint: inspect.Type, matches: Predicate) -> Rewrite | None:
    """As `rewriter`, for a type as inspected by msgspec."""
    if matches(hint):
        return lambda value, leaf: leaf(value)
    return _DEEPER[type(hint)](hint, matches) if type(hint) in _DEEPER else None


def _metadata(hint: Any, matches: Predicate) -> Rewrite | None:
    return rewriter_of(hint.type, matches)


def _union(hint: Any, matches: Predicate) -> Rewrite | None:
    members = [member for member in hint.types if not isinstance(member, inspect.NoneType)]
    inner = next(filter(None, (rewriter_of(member, matches) for member in members)), None)
    if inner is None:
        return None
    if len(members) > 1:
        raise TypeError(f"{hint}: may only be joined with None")
    return lambda value, leaf: None if value is None else inner(value, leaf)


def _items(hint: Any, matches: Predicate) -> Rewrite | None:
    inner = rewriter_of(hint.item_type, matches)
    return None if inner is None else lambda value, leaf: type(value)(inner(item, leaf) for item in value)


def _dict(hint: Any, matches: Predicate) -> Rewrite | None:
    if rewriter_of(hint.key_type, matches) is not None:
        raise TypeError(f"{hint}: may not be a key")
    inner = rewriter_of(hint.value_type, matches)
    return None if inner is None else lambda value, leaf: {key: inner(item, leaf) for key, item in value.items()}


def _struct(hint: Any, matches: Predicate) -> Rewrite | None:
    found = [(field.name, inner) for field in hint.fields if (inner := rewriter_of(field.type, matches)) is not None]

    def rewrite(value: Any, leaf: Transform) -> Any:
        changes = {}
        for name, inner in found:
            old = getattr(value, name)
            new = inner(old, leaf)
            if new is not old:
                changes[name] = new
        return replace(value, **changes) if changes else value

    return rewrite if found else None


_DEEPER: dict[type, Callable[[Any, Predicate], Rewrite | None]] = {
    inspect.Metadata: _metadata,
    inspect.UnionType: _union,
    inspect.VarTupleType: _items,
    inspect.ListType: _items,
    inspect.DictType: _dict,
    inspect.StructType: _struct,
}

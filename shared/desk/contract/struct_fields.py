"""Finds the fields of a struct that match a predicate on types, once per class, and rewrites them fast."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, inspect
from msgspec.structs import replace

Leaf = Callable[[object], object]
Rewrite = Callable[[object, Leaf], object]
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
    match hint:
        case inspect.Metadata():
            return rewriter_of(hint.type, matches)
        case inspect.UnionType():
            return _union(hint, matches)
        case inspect.VarTupleType() | inspect.ListType():
            return _items(hint, matches)
        case inspect.DictType():
            return _dict(hint, matches)
        case inspect.StructType():
            return _struct(hint, matches)
    return None


def _union(hint: inspect.UnionType, matches: Predicate) -> Rewrite | None:
    members = [member for member in hint.types if not isinstance(member, inspect.NoneType)]
    inner = next(filter(None, (rewriter_of(member, matches) for member in members)), None)
    if inner is None:
        return None
    if len(members) > 1:
        raise TypeError(f"{hint}: may only be joined with None")
    return lambda value, leaf: None if value is None else inner(value, leaf)


def _items(hint: inspect.VarTupleType | inspect.ListType, matches: Predicate) -> Rewrite | None:
    inner = rewriter_of(hint.item_type, matches)
    if inner is None:
        return None

    def rewrite(value: object, leaf: Leaf) -> object:
        assert isinstance(value, (tuple, list))
        return type(value)(inner(item, leaf) for item in value)

    return rewrite


def _dict(hint: inspect.DictType, matches: Predicate) -> Rewrite | None:
    if rewriter_of(hint.key_type, matches) is not None:
        raise TypeError(f"{hint}: may not be a key")
    inner = rewriter_of(hint.value_type, matches)
    if inner is None:
        return None

    def rewrite(value: object, leaf: Leaf) -> object:
        assert isinstance(value, dict)
        return {key: inner(item, leaf) for key, item in value.items()}

    return rewrite


def _struct(hint: inspect.StructType, matches: Predicate) -> Rewrite | None:
    found = [(field.name, inner) for field in hint.fields if (inner := rewriter_of(field.type, matches)) is not None]

    def rewrite(value: object, leaf: Leaf) -> object:
        changes = {}
        for name, inner in found:
            old = getattr(value, name)
            new = inner(old, leaf)
            if new is not old:
                changes[name] = new
        if not changes:
            return value
        assert isinstance(value, Struct)
        return replace(value, **changes)

    return rewrite if found else None

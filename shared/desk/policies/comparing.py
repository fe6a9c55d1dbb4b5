"""Describes the differences between two versions of a policy. Pure; independent of the documents' meaning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

UNSAID = frozenset({"version"})
"""Keys that differ in every version."""


def changes(before: Mapping[str, object], after: Mapping[str, object]) -> list[str]:
    """One line per difference: `rules.p1.goals.response: 15m -> 10m`, `days.12-24 removed: ...`.

    Entries of a list are matched by their id, day, country or name; without one of these the list is compared as a
    whole. None, an empty list and an empty mapping are equal."""
    old, new = ({key: value for key, value in one.items() if key not in UNSAID} for one in (before, after))
    return list(_mapped("", old, new))


def _differ(path: str, before: object, after: object) -> Iterator[str]:
    if before == after or (_nothing(before) and _nothing(after)):
        return
    old, new = _named(before or []), _named(after or [])
    if old is not None and new is not None:
        yield from _mapped(path, old, new)
        yield from _order(path, list(old), list(new))
    elif _nothing(before):
        yield f"{path} added: {_words(after)}"
    elif _nothing(after):
        yield f"{path} removed: {_words(before)}"
    elif isinstance(before, Mapping) and isinstance(after, Mapping):
        yield from _mapped(path, before, after)
    else:
        yield f"{path}: {_words(before)} -> {_words(after)}"


def _mapped(path: str, before: Mapping[str, object], after: Mapping[str, object]) -> Iterator[str]:
    for key in dict.fromkeys((*before, *after)):
        yield from _differ(f"{path}.{key}" if path else str(key), before.get(key), after.get(key))


def _order(path: str, before: list[str], after: list[str]) -> Iterator[str]:
    """The line for a changed order, which matters because the first matching entry is used."""
    if [key for key in before if key in after] != [key for key in after if key in before]:
        yield f"{path}: the order is now {', '.join(after)}"


def _named(value: object) -> dict[str, object] | None:
    """The entries of a list by name; None when an entry has no name or two have the same."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return None
    named = {_name(entry): entry for entry in value}
    return None if None in named or len(named) != len(value) else {str(key): entry for key, entry in named.items()}


def _name(entry: object) -> str | None:
    if not isinstance(entry, Mapping):
        return None
    place = "-".join(str(entry[key]) for key in ("country", "subdivision") if entry.get(key))
    return next((str(entry[key]) for key in ("id", "day") if entry.get(key)), place or None) or entry.get("name")


def _nothing(value: object) -> bool:
    return value is None or (isinstance(value, list | tuple | Mapping) and not value)


def _words(value: object) -> str:
    if isinstance(value, Mapping):
        parts = (f"{key} {_words(inner)}" for key, inner in value.items() if key != "id" and not _nothing(inner))
        return "; ".join(parts) or "nothing"
    if isinstance(value, list | tuple):
        return ", ".join(_words(inner) for inner in value)
    return str(value).lower() if isinstance(value, bool) else str(value)

"""Tables of the steps that fold facts into a state. mypy proves each row: the step takes the payload of its fact."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

from desk.contract.event import Event, Payload

S = TypeVar("S")
P = TypeVar("P", bound=Payload)


def on(fact: type[P], step: Callable[[S, Event[P]], S]) -> tuple[type[Payload], Callable[[S, Event], S]]:
    """One row: the step that folds facts of this type. `fold` looks a step up by the type of the payload alone, so that
    no step is called with another one."""
    return fact, cast(Callable[[S, Event], S], step)


def steps(*rows: tuple[type[Payload], Callable[[S, Event], S]]) -> dict[type[Payload], Callable[[S, Event], S]]:
    """The table of these rows. ValueError when two rows name the same fact."""
    table = dict(rows)
    if len(table) != len(rows):
        raise ValueError("two steps fold the same fact")
    return table


def slot(fact: type[Payload], *key: object) -> str:
    """The name of one fact of an aggregate among those whose content is remembered: its name and its natural key."""
    return "|".join((fact.name, *map(str, key)))


def remembered(texts: dict[str, str], event: Event) -> dict[str, str]:
    """The hashes of what commands said, by `slot`, after one more fact: that of the fact, if it carries one."""
    text_hash = getattr(event.data, "text_hash", "")
    return {**texts, f"{event.data.name}|{event.naturalkey}": text_hash} if text_hash else texts

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

"""Registers functions on facts and due timers. mypy proves each row: payload and state are those the function takes.

A service's tables hold functions for many types of facts, so that their rows have one erased type; only this module
makes them from typed functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar, cast

from desk.contract.event import Draft, Event, Payload
from desk.contract.ticket.ticket import Ticket
from desk.decision.context import DecisionContext, Reaction
from desk.decision.planning import Due, DueHandler, Effects, Intent, TimerChange, Timers

P = TypeVar("P", bound=Payload)
S = TypeVar("S")
F = TypeVar("F")
Row = tuple[type[Payload], tuple[F, ...]]


class Registrar(Generic[S]):
    """Makes rows of the tables of one service, for facts on aggregates whose state is `S`."""

    def react(self, fact: type[P], *functions: Callable[[Event[P], S, DecisionContext], list[Draft]]) -> Row[Reaction]:
        """Reactions to a fact, in their order."""
        return fact, cast(tuple[Reaction, ...], functions)

    def arm(self, fact: type[P], *functions: Callable[[Event[P], S], list[TimerChange]]) -> Row[Timers]:
        """Functions that arm, move or cancel timers after a fact."""
        return fact, cast(tuple[Timers, ...], functions)

    def plan(self, fact: type[P], *functions: Callable[[Event[P], S], list[Intent]]) -> Row[Effects]:
        """Functions that plan outbound calls after a fact."""
        return fact, cast(tuple[Effects, ...], functions)

    def due(self, timer: str, decide: Callable[[Due, S, DecisionContext], list[Draft]]) -> tuple[str, DueHandler]:
        """The decision when a timer of that name is due."""
        return timer, cast(DueHandler, decide)


def table(*rows: Row[F]) -> dict[type[Payload], tuple[F, ...]]:
    """The table of these rows; functions of rows on the same fact follow each other."""
    found: dict[type[Payload], tuple[F, ...]] = {}
    for fact, functions in rows:
        found[fact] = (*found.get(fact, ()), *functions)
    return found


TICKETS: Registrar[Ticket] = Registrar()
on = TICKETS.react

"""The explicit tables of one service: fact type -> what follows. No discovery: what is not listed does not happen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from desk.contract.event import Draft, Event
from desk.decision.context import DecisionContext, Reaction
from desk.eventstore.table_writer import View
from desk.outbox.rows import Intent
from desk.timers.rows import Due, TimerChange

Effects = Callable[[Event, Any], list[Intent]]
"""(fact, state right after it) -> calls to the outside that it asks for."""

Timers = Callable[[Event, Any], list[TimerChange]]
"""(fact, state right after it) -> timers to arm, move or cancel."""

DueHandler = Callable[[Due, Any, DecisionContext], list[Draft]]
"""(due timer, state now, deciding) -> own facts; [] when it is moot."""


def never(_state: Any) -> bool:
    """For services and tests without imported history."""
    return False


class Tables(NamedTuple):
    """What a service does by itself. Keys are wire types such as `desk.triage.resolved.v1`.

    `reactions` answers facts heard from other owners, `own_reactions` the service's own facts (the whole decision is
    recorded before them), `effects` plans calls and `timers` arms for own facts and for heard ones (a fact is
    heard once), `due` (by timer name) decides when a timer is due.
    `imported` tells that an aggregate is history and not yet adopted: no effect is planned and no timer armed for it.
    """

    reactions: Mapping[str, Reaction] = {}
    own_reactions: Mapping[str, Reaction] = {}
    effects: Mapping[str, Effects] = {}
    timers: Mapping[str, Timers] = {}
    due: Mapping[str, DueHandler] = {}
    views: tuple[View, ...] = ()
    imported: Callable[[Any], bool] = never

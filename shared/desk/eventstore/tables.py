"""The explicit tables of one service: fact type -> its handlers. Nothing is discovered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from desk.decision.context import Reaction
from desk.decision.planning import DueHandler, Effects, Timers
from desk.eventstore.table_writer import View


def never(_state: Any) -> bool:
    """For services and tests without imported history."""
    return False


class Tables(NamedTuple):
    """Handlers of a service. Keys are wire types such as `desk.triage.resolved.v1`.

    `reactions` react to replicated facts, `own_reactions` to the service's own facts (after the whole decision is
    recorded). `effects` plans outbound calls and `timers` arms timers for own and replicated facts (each fact is
    applied once). `due` (by timer name) decides when a timer is due. `imported`: the aggregate is history and not yet
    adopted, so no call is planned and no timer armed for it.
    """

    reactions: Mapping[str, Reaction] = {}
    own_reactions: Mapping[str, Reaction] = {}
    effects: Mapping[str, Effects] = {}
    timers: Mapping[str, Timers] = {}
    due: Mapping[str, DueHandler] = {}
    views: tuple[View, ...] = ()
    imported: Callable[[Any], bool] = never

"""The explicit tables of one service: fact type -> what follows. No discovery: what is not listed does not happen."""

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

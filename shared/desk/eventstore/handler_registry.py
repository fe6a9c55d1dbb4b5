"""The explicit tables of one service: fact type -> its handlers. Nothing is discovered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar, cast

from desk.decision.context import Reaction
from desk.decision.planning import DueHandler, Effects, Timers
from desk.decision.sources import NO_SOURCES, ConfiguredSources
from desk.eventstore.table_writer import View

F = TypeVar("F", bound=Callable[..., list[Any]])
K = TypeVar("K")


def merged(*tables: Mapping[K, tuple[F, ...]]) -> dict[K, tuple[F, ...]]:
    """One table of several: functions of the same key follow each other, so that none takes another's place."""
    found: dict[K, tuple[F, ...]] = {}
    for table in tables:
        for key, functions in table.items():
            found[key] = (*found.get(key, ()), *functions)
    return found


def chained(functions: tuple[F, ...]) -> F:
    """One function that answers with the results of all, in their order. Each sees the same arguments."""
    if len(functions) == 1:
        return functions[0]

    def chain(*arguments: object) -> list[Any]:
        return [result for function in functions for result in function(*arguments)]

    return cast(F, chain)


def never(_state: object) -> bool:
    """For services and tests without imported history."""
    return False


class Tables(NamedTuple):
    """Handlers of a service. Keys are wire types such as `desk.triage.resolved.v1`.

    `reactions` react to replicated facts, `own_reactions` to the service's own facts (after the whole decision is
    recorded). `effects` plans outbound calls and `timers` arms timers for own and replicated facts (each fact is
    applied once). `schedules` arms all timers of an aggregate anew: once per transaction, on the state after its last
    such fact. `due` (by timer name) decides when a timer is due. `imported`: the aggregate is history and not yet
    adopted, so no call is planned and no timer armed for it. `sources`: the vendors that decisions may count on.
    """

    reactions: Mapping[str, Reaction] = {}
    own_reactions: Mapping[str, Reaction] = {}
    effects: Mapping[str, Effects] = {}
    timers: Mapping[str, Timers] = {}
    schedules: Mapping[str, Timers] = {}
    due: Mapping[str, DueHandler] = {}
    views: tuple[View, ...] = ()
    imported: Callable[[Any], bool] = never
    sources: ConfiguredSources = NO_SOURCES

    @property
    def arming(self) -> list[str]:
        """Types of facts after which timers are armed."""
        return list({**self.timers, **self.schedules})

"""The definition of a service: explicit tables, and factories for the parts that need a running service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

from fastapi import APIRouter
from pydantic import BaseModel

from desk.contract.event import Payload, type_of
from desk.contract.sealing import KeyRing
from desk.contract.ticket.ticket import Ticket
from desk.decision.command import Command
from desk.decision.context import Reaction
from desk.decision.event_model import EventModel
from desk.decision.planning import DueHandler, Effects, Timers
from desk.decision.reads import Lookup
from desk.decision.sources import NO_SOURCES, ConfiguredSources
from desk.eventstore.handler_registry import Tables, chained
from desk.eventstore.table_writer import View
from desk.http.admin.policy_versions import PolicyChecks
from desk.outbox.outbound_call_kind import OutboundCallKind
from desk.policies.book import PolicyBook
from desk.projections.tickets import TicketsView
from desk.service.parts import Parts
from desk.settings import Settings

F = TypeVar("F")
ByFact = Mapping[type[Payload], tuple[F, ...]]
"""Payload class -> the functions that follow such a fact, in their order."""
Routers = Callable[[Parts], Sequence[APIRouter]]


class Worker(Protocol):
    """Background work of a service between `start` and `stop`, besides consuming, timers and calls."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...


async def _nothing_to_close() -> None:
    return None


class Integrations(NamedTuple):
    """A service's integrations, which share clients and credentials; made once per running service.

    `effects` plans calls for own and for replicated facts, `kinds` makes them. `routers` and `workers` are asked for
    once the parts are there; workers start after the service and stop before it. `views` and `lookups` join those of
    the definition. `prepare` runs before the service starts, on a schema that is there. `sources` are the vendors that
    decisions may count on. `close` ends the connections after the service has stopped: calls under way finish first.
    """

    kinds: Sequence[OutboundCallKind] = ()
    effects: ByFact[Effects] = {}
    routers: Routers = lambda _parts: ()
    workers: Callable[[Parts], Sequence[Worker]] = lambda _parts: ()
    views: Sequence[View] = ()
    lookups: Mapping[str, Lookup] = {}
    prepare: Callable[[Parts], None] = lambda _parts: None
    sources: ConfiguredSources = NO_SOURCES
    close: Callable[[], Awaitable[None]] = _nothing_to_close


class FactTables(NamedTuple):
    """Functions that follow facts, by payload class, and due timers by name.

    Facts of other owners and own ones may both have reactions. `scheduling` arms all timers of an aggregate anew, by
    policies: once per transaction, on the state after its last such fact.
    """

    reactions: ByFact[Reaction] = {}
    timers: ByFact[Timers] = {}
    due: Mapping[str, DueHandler] = {}
    scheduling: Callable[[PolicyBook], ByFact[Timers]] = lambda _book: {}


class PolicyTables(NamedTuple):
    """Policies beyond those of `desk.policies`: `builtin` versions 1, the shape of their `documents`, and the `checks`
    that a new version must pass beyond its shape.
    """

    builtin: Mapping[str, Mapping[str, object]] = {}
    documents: Mapping[str, type[BaseModel]] = {}
    checks: PolicyChecks = {}


def _no_integrations(_settings: Settings, _ring: KeyRing, _book: PolicyBook) -> Integrations:
    return Integrations()


@dataclass(frozen=True)
class Definition:
    """One service. Nothing is discovered: a part that is not listed here does not run.

    `lookups` and `routers` are made once the parts are there, `integrations` once per running service. `migrations` is
    a folder of Alembic revisions of the service's own tables. `folding` is the event model of a service that folds more
    from the facts than the published states; peers see the published ones.
    """

    owner: str
    tables: FactTables = field(default_factory=FactTables)
    commands: tuple[Command, ...] = ()
    lookups: Callable[[Parts], Mapping[str, Lookup]] = lambda _parts: {}
    views: tuple[View, ...] = ()
    policies: PolicyTables = field(default_factory=PolicyTables)
    integrations: Callable[[Settings, KeyRing, PolicyBook], Integrations] = _no_integrations
    routers: Routers = lambda _parts: ()
    migrations: Path | None = None
    folding: Callable[[EventModel], EventModel] = lambda language: language


def tables_of(
    definition: Definition, integrations: Integrations | None = None, book: PolicyBook | None = None
) -> Tables:
    """The tables keyed by wire type, own facts apart from replicated ones. `book` adds `scheduling`."""
    owner, tables, added = definition.owner, definition.tables, integrations or Integrations()
    schedules = tables.scheduling(book) if book is not None else {}
    own = {type_of(p, owner): chained(r) for p, r in tables.reactions.items() if p.spec.owner == owner}
    return Tables(
        reactions={type_of(p): chained(r) for p, r in tables.reactions.items() if p.spec.owner != owner},
        own_reactions=own,
        effects={type_of(p, owner if p.spec.owner == "each" else None): chained(e) for p, e in added.effects.items()},
        timers={type_of(p): chained(t) for p, t in tables.timers.items()},
        schedules={type_of(p): chained(t) for p, t in schedules.items()},
        due=tables.due,
        views=(TicketsView(), *definition.views, *added.views),
        imported=imported,
        sources=added.sources,
    )


def imported(state: object) -> bool:
    """Whether a state is imported history that was not adopted: no call is planned and no timer armed for it."""
    return isinstance(state, Ticket) and state.intake.imported

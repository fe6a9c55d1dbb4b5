"""Several integrations of one service as one: each is composed by itself, and none hides what another answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from functools import partial

from fastapi import APIRouter

from desk.contract.sealing import KeyRing
from desk.decision.sources import ConfiguredSources
from desk.eventstore.handler_registry import merged as merged_tables
from desk.policies.book import PolicyBook
from desk.service.definition import Integrations, Worker
from desk.service.parts import Parts
from desk.settings import Settings

Compose = Callable[[Settings, KeyRing, PolicyBook], Integrations]


class MergedSources:
    """The vendors of all integrations."""

    def __init__(self, sources: Iterable[ConfiguredSources]) -> None:
        self._sources = tuple(sources)

    def configured(self, kind: str, client: str) -> tuple[str, ...]:
        return tuple(instance for one in self._sources for instance in one.configured(kind, client))


def merged(*composers: Compose) -> Compose:
    """The integrations of all composers. Calls that several of them plan for one fact are all planned.

    ValueError where two of them have a kind of call or a look-up of the same name.
    """

    def compose(settings: Settings, ring: KeyRing, book: PolicyBook) -> Integrations:
        return merge([one(settings, ring, book) for one in composers])

    return compose


def merge(found: Sequence[Integrations]) -> Integrations:
    """One of several, in their order."""
    kinds = [kind for one in found for kind in one.kinds]
    _ensure_distinct([kind.name for kind in kinds])
    _ensure_distinct([name for one in found for name in one.lookups])
    return Integrations(
        kinds=tuple(kinds),
        effects=merged_tables(*(one.effects for one in found)),
        routers=partial(_routers, found),
        workers=partial(_workers, found),
        views=[view for one in found for view in one.views],
        lookups={name: lookup for one in found for name, lookup in one.lookups.items()},
        prepare=partial(_prepare, found),
        sources=MergedSources(one.sources for one in found),
        close=partial(_close, found),
    )


def _ensure_distinct(names: Sequence[str]) -> None:
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"integrations: {', '.join(twice)} is there twice; name one of them otherwise")


def _routers(found: Sequence[Integrations], parts: Parts) -> Sequence[APIRouter]:
    return [router for one in found for router in one.routers(parts)]


def _workers(found: Sequence[Integrations], parts: Parts) -> Sequence[Worker]:
    return [worker for one in found for worker in one.workers(parts)]


def _prepare(found: Sequence[Integrations], parts: Parts) -> None:
    for one in found:
        one.prepare(parts)


async def _close(found: Sequence[Integrations]) -> None:
    """Close all, the last first; each also when an earlier one fails."""
    async with AsyncExitStack() as from_the_last:
        for one in found:
            from_the_last.push_async_callback(one.close)

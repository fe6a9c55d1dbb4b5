"""The gateway as a whole: what the composition root of intake asks for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

from fastapi import APIRouter

from desk.hosting import Outside, Parts, Worker
from desk.policies.book import PolicyBook
from desk.sealing import KeyRing
from desk.settings import Settings
from desk_intake.psa.comparing import reconcile_routes
from desk_intake.psa.config import PsaConfigError, PsaInstance, load
from desk_intake.psa.effects import Calls
from desk_intake.psa.link import Connect, Link, connect, vendor_settings
from desk_intake.psa.planning import Planner
from desk_intake.psa.poller import Poller
from desk_intake.psa.reader import Reader
from desk_intake.psa.receipts import unread
from desk_intake.psa.remapping import Remapper
from desk_intake.psa.webhook import webhook_routes
from desk_intake.psa.works import Works, works_of

MOST_COUNTED = 100_000


class Gateway:
    """Every configured PSA of this desk. The parts come when the service has been made."""

    def __init__(self, links: Sequence[Link]) -> None:
        self.links = {link.config.id: link for link in links}
        self.works: dict[str, Works] = {}
        self.pollers: dict[str, Poller] = {}
        self.wake = asyncio.Event()

    def routers(self, parts: Parts) -> Sequence[APIRouter]:
        """The routes of the gateway."""
        self.works = {name: works_of(link, parts) for name, link in self.links.items()}
        self.pollers = {name: Poller(works) for name, works in self.works.items()}
        log = parts.service.log
        parts.service.unread = lambda: log.store.execute(lambda cursor: unread(cursor, MOST_COUNTED))
        return (
            webhook_routes(self.links, parts.service.log, self.wake),
            reconcile_routes(self.works, self.pollers, parts),
        )

    def workers(self, parts: Parts) -> Sequence[Worker]:
        """What goes on while the service runs."""
        if not self.links:
            return ()
        self.reader = Reader(self.works, parts, self.wake)
        return (
            Closing(self.links.values()),
            self.reader,
            Remapper(self.pollers, parts),
            *self.pollers.values(),
        )


class Closing:
    """Closes the connections when everything else has stopped."""

    def __init__(self, links: Iterable[Link]) -> None:
        self._links = list(links)

    async def start(self) -> None:
        return None

    async def stop(self) -> None:
        for link in self._links:
            await link.aclose()


def outside(settings: Settings, ring: KeyRing, book: PolicyBook) -> Outside:
    """The dealings with every PSA that DESK_PSA names. PsaConfigError when the document cannot be used."""
    instances = load(settings.psa)
    for instance in instances:
        try:
            vendor_settings(instance)
        except ValueError as error:
            text = str(error).replace("company_id:", "company:")
            raise PsaConfigError(f"DESK_PSA: {settings.psa}: instance {instance.id}: {text}") from None
    return outside_with(instances)(settings, ring, book)


def outside_with(
    instances: Sequence[PsaInstance], make: Connect = connect, made: Callable[[Gateway], object] = lambda _gateway: None
) -> Callable[[Settings, KeyRing, PolicyBook], Outside]:
    """The dealings with these instances; `made` is told of the gateway that was composed."""

    def compose(settings: Settings, ring: KeyRing, book: PolicyBook) -> Outside:
        gateway = Gateway([make(instance, settings) for instance in instances])
        made(gateway)
        planner = Planner({instance.id: instance for instance in instances}, book)
        kinds = Calls(lambda: gateway.works, book).kinds() if instances else ()
        return Outside(kinds, planner.effects(), gateway.routers, gateway.workers)

    return compose

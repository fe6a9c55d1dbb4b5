"""The paging port over one PagerDuty account. A target is a service with its integration key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from desk_connectors.http import VendorRefused
from desk_connectors.http.credentials import CredentialsRefused
from desk_connectors.pagerduty import Event, PagerDuty, WebhookInvalid, is_signed, parse_webhook
from desk_connectors.pagerduty.webhook import SIGNATURE_HEADER
from desk_integrations.guard import Guard, doubt
from desk_integrations.instances.connection import WebhookKey
from desk_integrations.instances.credentials import SecretReference
from desk_integrations.instances.document import Instance
from desk_integrations.kinds.paging import (
    NewPage,
    PageAccepted,
    PageRefused,
    PageState,
    PageUpdate,
    PagingCapabilities,
)
from desk_integrations.outcomes import Empty, NotMapped, Outcome, Reachable, WebhookIgnored, WebhookRefused
from desk_integrations.paging.pagerduty.translation import LONGEST_KEY, to_event, to_state, to_update
from desk_integrations.paging.pagerduty.writes import ANY, OVER, TAKEN_OR_OVER, Writes

T = TypeVar("T")
CAPABILITIES = PagingCapabilities(deduplicates=True)


@dataclass(frozen=True, slots=True)
class Target:
    """`service` is the vendor's id of a service, `routing_key` that of an Events API v2 integration of the service."""

    service: str
    routing_key: SecretReference


class PagerDutyPaging:
    """`kinds.paging.Paging` over an account."""

    def __init__(
        self,
        *,
        instance: Instance,
        client: PagerDuty,
        writes: Writes,
        targets: Mapping[str, Target],
        guard: Guard,
        webhook: WebhookKey | None,
        closing: Callable[[], Awaitable[None]],
    ) -> None:
        self._instance, self._client, self._writes, self._targets = instance, client, writes, targets
        self._guard, self._webhook, self._closing = guard, webhook, closing

    @property
    def instance(self) -> str:
        return self._instance.id

    @property
    def capabilities(self) -> PagingCapabilities:
        return CAPABILITIES

    async def page(self, page: NewPage, *, repeated: bool) -> Outcome[PageAccepted | PageRefused]:
        async def work(target: Target) -> Outcome[PageAccepted | PageRefused]:
            if not 1 <= len(page.key) <= LONGEST_KEY:
                return PageRefused(("dedup_key",))
            if repeated and await self._writes.find(target.service, page.key) is not None:
                return PageAccepted(page.key, sent=False)
            return await self._writes.send(target.service, to_event(page, target.routing_key.value()), ANY)

        return await self._run(page.target, work)

    async def state(self, target: str, key: str) -> Outcome[PageState]:
        async def work(found: Target) -> Outcome[PageState]:
            incident = await self._writes.find(found.service, key)
            return Empty() if incident is None else to_state(key, incident, await self._client.log(incident.id))

        return await self._run(target, work)

    async def acknowledge(self, target: str, key: str) -> Outcome[PageAccepted | PageRefused]:
        async def work(found: Target) -> Outcome[PageAccepted | PageRefused]:
            incident = await self._writes.find(found.service, key)
            if incident is None:
                return Empty()
            if incident.status != "triggered":
                return PageAccepted(key, sent=False)
            event = Event(routing_key=found.routing_key.value(), event_action="acknowledge", dedup_key=key)
            return await self._writes.send(found.service, event, TAKEN_OR_OVER)

        return await self._run(target, work)

    async def withdraw(self, target: str, key: str) -> Outcome[PageAccepted | PageRefused]:
        """Sent too while the vendor has no incident: it may still process the trigger, and drops a needless resolve."""

        async def work(found: Target) -> Outcome[PageAccepted | PageRefused]:
            incident = await self._writes.find(found.service, key)
            if incident is not None and incident.status == "resolved":
                return PageAccepted(key, sent=False)
            event = Event(routing_key=found.routing_key.value(), event_action="resolve", dedup_key=key)
            return await self._writes.send(found.service, event, OVER)

        return await self._run(target, work)

    def update_of(self, headers: Mapping[str, str], body: bytes) -> PageUpdate | WebhookIgnored | WebhookRefused:
        """The vendor signs the body; the name of its header is fixed."""
        name = SIGNATURE_HEADER.lower()
        signatures = next((value for given, value in headers.items() if given.lower() == name), "")
        if self._webhook is None or not is_signed(signatures, body, self._webhook.values()):
            return WebhookRefused("unauthenticated")
        try:
            return to_update(parse_webhook(body))
        except WebhookInvalid as invalid:
            return WebhookRefused("too-long" if invalid.reason == "too-long" else "malformed")

    async def check(self) -> Outcome[Reachable]:
        """Reads every service that is paged. The integration keys cannot be tried without paging somebody."""

        async def work() -> Outcome[Reachable]:
            try:
                await self._read_services()
            except VendorRefused as refused:
                if refused.status != 401:
                    raise
                raise CredentialsRefused(refused.vendor, refused.operation, status=401) from refused
            return Reachable()

        return await self._guard.run(work)

    async def aclose(self) -> None:
        await self._closing()

    async def _run(self, target: str, work: Callable[[Target], Awaitable[Outcome[T]]]) -> Outcome[T]:
        found = self._targets.get(target)
        if found is None:
            return NotMapped("target")

        async def doubted() -> Outcome[T]:
            try:
                return await work(found)
            except VendorRefused as refused:
                await doubt(refused, self._read_services)
                raise

        return await self._guard.run(doubted)

    async def _read_services(self) -> None:
        for service in dict.fromkeys(target.service for target in self._targets.values()):
            await self._client.check(service)

"""Changes of a page: each is looked up before it is repeated, and repeated once when its answer was lost."""

from __future__ import annotations

from desk_connectors.http import OutcomeUnknown, VendorRefused
from desk_connectors.pagerduty import Event, Events, Incident, PagerDuty
from desk_integrations.kinds.paging import PageAccepted, PageRefused, PageStatus
from desk_integrations.paging.pagerduty.translation import current

Statuses = tuple[PageStatus, ...]
ANY: Statuses = ("triggered", "acknowledged", "resolved")
TAKEN_OR_OVER: Statuses = ("acknowledged", "resolved")
OVER: Statuses = ("resolved",)


class Writes:
    """The events of one account. `done` of a method lists the statuses in which its change is already there."""

    def __init__(self, client: PagerDuty, events: Events) -> None:
        self._client, self._events = client, events

    async def find(self, service: str, key: str) -> Incident | None:
        """The incident of a page, in any state; None if the vendor has none, or still processes it."""
        return current(await self._client.incidents(service, key))

    async def send(self, service: str, event: Event, done: Statuses) -> PageAccepted | PageRefused:
        """Hand the event over. The second attempt carries the same key, which an open page takes only once."""
        try:
            try:
                await self._events.send(event)
            except OutcomeUnknown:
                found = await self.find(service, event.dedup_key)
                if found is None or found.status not in done:
                    await self._events.send(event)
        except VendorRefused as refused:
            if not refused.final:
                raise
            return PageRefused(tuple(dict.fromkeys(one.field for one in refused.fields)))
        return PageAccepted(event.dedup_key)

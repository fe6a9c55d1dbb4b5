"""The status port over one Statuspage page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from desk_connectors.statuspage import Statuspage
from desk_integrations.guard import Guard, unknown
from desk_integrations.instances.document import Instance
from desk_integrations.kinds.status import StatusCapabilities, StatusComponents, StatusReading
from desk_integrations.outcomes import Empty, Missing, Outcome, Reachable
from desk_integrations.status.statuspage.translation import to_components, to_reading

CAPABILITIES = StatusCapabilities(unavailable=(), resolution="listed")


class StatuspageStatus:
    """`kinds.status.Status` over a page."""

    def __init__(
        self, instance: Instance, page: Statuspage, guard: Guard, closing: Callable[[], Awaitable[None]]
    ) -> None:
        self._instance, self._page, self._guard, self._closing = instance, page, guard, closing

    @property
    def instance(self) -> str:
        return self._instance.id

    @property
    def capabilities(self) -> StatusCapabilities:
        return CAPABILITIES

    async def components(self) -> Outcome[StatusComponents]:
        async def work() -> Outcome[StatusComponents]:
            found = to_components((await self._page.summary()).components)
            return found if found.components or found.missing else Empty()

        return await self._guard.run(work)

    async def incidents(self) -> Outcome[StatusReading]:
        """The open incidents decide; a history that cannot be read is a missing part and hides none of them."""

        async def work() -> Outcome[StatusReading]:
            summary = await self._page.summary()
            try:
                found = to_reading(summary, await self._page.history())
            except Exception as error:
                reading, why = to_reading(summary), unknown(error)
                missing = (*reading.missing, Missing("ended", why.reason, why.retry_after))
                return StatusReading(incidents=reading.incidents, maintenances=reading.maintenances, missing=missing)
            return found if found != StatusReading() else Empty()

        return await self._guard.run(work)

    async def check(self) -> Outcome[Reachable]:
        async def work() -> Outcome[Reachable]:
            await self._page.check()
            return Reachable()

        return await self._guard.run(work)

    async def aclose(self) -> None:
        await self._closing()

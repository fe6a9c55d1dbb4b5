"""Port methods about one client: never looked up without a mapping, and every error an outcome."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from desk_connectors.http import VendorRefused
from desk_integrations.guard import Guard, doubt
from desk_integrations.identity import IdentityMap
from desk_integrations.instances.document import Instance
from desk_integrations.outcomes import NotMapped, Outcome

E = TypeVar("E")
T = TypeVar("T")


class ClientScope(Generic[E]):
    """The clients that one instance is asked about.

    `usable` turns a mapped id into one of the vendor's form, and gives None for any other, which is never sent. `check`
    is the vendor's harmless read.
    """

    def __init__(
        self,
        instance: Instance,
        identity: IdentityMap,
        guard: Guard,
        usable: Callable[[str | None], E | None],
        check: Callable[[], Awaitable[object]],
    ) -> None:
        self._instance, self._identity, self._guard, self._usable, self._check = (
            instance,
            identity,
            guard,
            usable,
            check,
        )

    async def run(self, client: str, work: Callable[[E], Awaitable[Outcome[T]]]) -> Outcome[T]:
        """The outcome of `work` with the vendor's id of the client; `NotMapped` without a call if there is none."""

        async def mapped() -> Outcome[T]:
            external = self._usable(await self._identity.client(client))
            if external is None or not self._instance.serves(client):
                return NotMapped("client")
            try:
                return await work(external)
            except VendorRefused as refused:
                await doubt(refused, self._check)
                raise

        return await self._guard.run(mapped)

    async def device(self, client: str, device: str) -> E | None:
        """The vendor's id of the client's device; None if it is not mapped, or not to an id of the vendor's form."""
        return self._usable(await self._identity.device(client, device))

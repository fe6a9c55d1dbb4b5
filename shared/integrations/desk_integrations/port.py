"""The members that the ports of all kinds have."""

from __future__ import annotations

from typing import Protocol

from desk_integrations.outcomes import Outcome, Reachable


class Port(Protocol):
    """One instance of a vendor. No method raises; each ends by its deadline."""

    @property
    def instance(self) -> str:
        """The id of the instance, the `source` of the facts."""
        ...

    async def check(self) -> Outcome[Reachable]:
        """One harmless read, for `desk integrations check`."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...

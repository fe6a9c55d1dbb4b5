"""Public face of the simulated page."""

from typing import Unpack

import httpx

from desk_simulators.kit.clock import Clock, system_clock
from desk_simulators.kit.http.control import Control
from desk_simulators.kit.simulator import Simulator, SimulatorOptions
from desk_simulators.statuspage.faults import Faults
from desk_simulators.statuspage.http.control import PageControl
from desk_simulators.statuspage.http.gateway import Gateway
from desk_simulators.statuspage.identity import Behaviour, Page
from desk_simulators.statuspage.owner import PageOwner
from desk_simulators.statuspage.seed import seed
from desk_simulators.statuspage.state import PageState


class StatuspageSimulator(Simulator[PageState]):
    """One simulated status page. It sends no webhooks. `owner` acts on it."""

    def __init__(
        self,
        *,
        clock: Clock = system_clock,
        page: Page | None = None,
        behaviour: Behaviour | None = None,
        faults: Faults | None = None,
        **options: Unpack[SimulatorOptions],
    ) -> None:
        state, faults = PageState(clock=clock, page=page, behaviour=behaviour), faults or Faults()
        super().__init__(state, faults, seed, **options)
        self.owner = PageOwner(state)
        gateway = Gateway(state, faults, self.ledger)
        self.assemble(gateway, [*Control(self).routes(), *PageControl(self.owner, state).routes()])

    def client(self, timeout: float = 5.0) -> httpx.AsyncClient:
        """An in-process client; paths are below the page's address."""
        return httpx.AsyncClient(transport=self.transport(), base_url=self.state.page.public_url, timeout=timeout)

    def health(self) -> dict[str, object]:
        return {"incidents": len(self.state.table("incident")), **super().health()}

    def reached_at(self, url: str) -> None:
        self.state.page.public_url = url

"""Public face of the simulated IT Glue account."""

from typing import Unpack

import httpx

from desk_simulators.itglue.editor import Editor
from desk_simulators.itglue.faults import MEDIA_TYPE, Faults
from desk_simulators.itglue.http.control import EditorControl
from desk_simulators.itglue.http.gateway import Gateway
from desk_simulators.itglue.identity import Account, Behaviour
from desk_simulators.itglue.seed import seed
from desk_simulators.itglue.state import ItGlueState
from desk_simulators.kit.clock import Clock, system_clock
from desk_simulators.kit.http.control import Control
from desk_simulators.kit.simulator import Simulator, SimulatorOptions


class ItGlueSimulator(Simulator[ItGlueState]):
    """One simulated account, filled from the shared world. It sends no webhooks. `editor` acts in it."""

    def __init__(
        self,
        *,
        clock: Clock = system_clock,
        account: Account | None = None,
        behaviour: Behaviour | None = None,
        faults: Faults | None = None,
        **options: Unpack[SimulatorOptions],
    ) -> None:
        state, faults = ItGlueState(clock=clock, account=account, behaviour=behaviour), faults or Faults()
        super().__init__(state, faults, seed, **options)
        self.editor = Editor(state)
        gateway = Gateway(state, faults, self.ledger)
        self.assemble(gateway, [*Control(self).routes(), *EditorControl(self.editor, state).routes()])

    def client(self, timeout: float = 5.0) -> httpx.AsyncClient:
        """An in-process client with the account's API key; paths are below the region's address."""
        account = self.state.account
        headers = {"x-api-key": account.api_key, "content-type": MEDIA_TYPE}
        return httpx.AsyncClient(
            transport=self.transport(), base_url=account.public_url, headers=headers, timeout=timeout
        )

    def health(self) -> dict[str, object]:
        return {"documents": len(self.editor.documents()), **super().health()}

"""Public face of the simulated IT Glue account."""

from pathlib import Path

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
from desk_simulators.kit.simulator import Mode, Simulator


class ItGlueSimulator(Simulator[ItGlueState]):
    """One simulated account, filled from the shared world. It sends no webhooks. `editor` acts in it.

    `state_file` is read here.
    """

    def __init__(
        self,
        *,
        clock: Clock = system_clock,
        account: Account | None = None,
        behaviour: Behaviour | None = None,
        faults: Faults | None = None,
        mode: Mode = "background",
        state_file: Path | None = None,
        ledger_capacity: int | None = None,
    ) -> None:
        state, faults = ItGlueState(clock=clock, account=account, behaviour=behaviour), faults or Faults()
        super().__init__(state, faults, mode=mode, state_file=state_file, ledger_capacity=ledger_capacity)
        if not self.load():
            seed(state)
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

    async def deliver_pending(self, limit: int | None = None) -> int:
        """The account sends no webhooks."""
        return 0

    async def start(self) -> None:
        """Nothing runs in the background."""

    async def stop(self) -> None:
        self.save(ended=True)

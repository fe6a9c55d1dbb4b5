"""Public face of the simulated Auvik account."""

from typing import Unpack

import httpx

from desk_simulators.auvik.faults import Faults
from desk_simulators.auvik.http.control import NetworkControl
from desk_simulators.auvik.http.gateway import Gateway
from desk_simulators.auvik.identity import Account, Behaviour
from desk_simulators.auvik.network import Network
from desk_simulators.auvik.seed import seed
from desk_simulators.auvik.state import AuvikState
from desk_simulators.auvik.webhooks import AlertQueue, Webhooks
from desk_simulators.kit.clock import Clock, system_clock
from desk_simulators.kit.http.control import Control
from desk_simulators.kit.simulator import SimulatorOptions
from desk_simulators.kit.webhooks.delivery import Delivery, DeliveryRules
from desk_simulators.kit.webhooks.webhook_simulator import WebhookSimulator


class AuvikSimulator(WebhookSimulator[AuvikState]):
    """One simulated account, filled from the shared world. `network` acts in it; `state.webhook` receives its alerts.

    `callback_transport` replaces the network for webhooks.
    """

    queue: AlertQueue

    def __init__(
        self,
        *,
        clock: Clock = system_clock,
        account: Account | None = None,
        behaviour: Behaviour | None = None,
        faults: Faults | None = None,
        rules: DeliveryRules | None = None,
        callback_transport: httpx.AsyncBaseTransport | None = None,
        **options: Unpack[SimulatorOptions],
    ) -> None:
        state = AuvikState(clock=clock, account=account, behaviour=behaviour)
        faults, rules = faults or Faults(), rules or DeliveryRules()
        super().__init__(state, faults, seed, **options)
        self.network = Network(state)
        self.queue = AlertQueue(state, faults, self.ledger, monotonic=self.due_clock(), scale=rules.scale)
        self.delivery = Delivery(Webhooks(state), self.queue, rules, state.now, callback_transport)
        gateway = Gateway(state, faults, self.ledger, rules.scale)
        self.assemble(gateway, [*Control(self).routes(), *NetworkControl(self.network, state).routes()])

    def client(self, timeout: float = 5.0) -> httpx.AsyncClient:
        """An in-process client with the account's API key; paths are below the region's address."""
        account = self.state.account
        user = next(iter(account.keys.items()))
        return httpx.AsyncClient(transport=self.transport(), base_url=account.public_url, auth=user, timeout=timeout)

    def health(self) -> dict[str, object]:
        return {"devices": len(self.state.records("device")), **super().health()}

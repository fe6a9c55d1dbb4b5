"""Public face of the simulated PSA."""

from typing import Any, Unpack

import httpx

from desk_simulators.connectwise.callbacks.queue import CallbackEntries, CallbackQueue
from desk_simulators.connectwise.callbacks.rules import DeliveryRules
from desk_simulators.connectwise.faults import Faults
from desk_simulators.connectwise.http.control import TechnicianControl
from desk_simulators.connectwise.http.gateway import Gateway
from desk_simulators.connectwise.identity import Behaviour, Instance
from desk_simulators.connectwise.records.history import History
from desk_simulators.connectwise.seed.records import seed
from desk_simulators.connectwise.state import PsaState
from desk_simulators.connectwise.technician import Technician
from desk_simulators.kit.clock import Clock, system_clock
from desk_simulators.kit.http.control import Control
from desk_simulators.kit.simulator import SimulatorOptions
from desk_simulators.kit.webhooks.delivery import Delivery
from desk_simulators.kit.webhooks.message_ids import random_ids, seeded_ids
from desk_simulators.kit.webhooks.webhook_simulator import WebhookSimulator


class ConnectWiseSimulator(WebhookSimulator[PsaState]):
    """One simulated ConnectWise PSA. `callback_transport` replaces the network for callbacks."""

    faults: Faults

    def __init__(
        self,
        *,
        clock: Clock = system_clock,
        instance: Instance | None = None,
        behaviour: Behaviour | None = None,
        faults: Faults | None = None,
        rules: DeliveryRules | None = None,
        callback_transport: httpx.AsyncBaseTransport | None = None,
        **options: Unpack[SimulatorOptions],
    ) -> None:
        state = PsaState(clock=clock, instance=instance, behaviour=behaviour)
        faults, rules = faults or Faults(), rules or DeliveryRules()
        super().__init__(state, faults, seed, **options)
        self._history = History(state)
        ids = random_ids() if self.mode == "background" else seeded_ids(faults.seed)
        self.queue = CallbackQueue(
            state, faults, self.ledger, monotonic=self.due_clock(), message_ids=ids, scale=rules.scale
        )
        self.delivery = Delivery(CallbackEntries(state), self.queue, rules, state.now, callback_transport)
        gateway = Gateway(state, faults, self.ledger, rules.scale)
        self.assemble(gateway, [*Control(self).routes(), *TechnicianControl(state).routes()])

    def technician(self, member: str) -> Technician:
        """Raises KeyError for an identifier that no member has."""
        return Technician(self.state, member)

    def client(self, timeout: float = 5.0) -> httpx.AsyncClient:
        """An in-process client with the API member's credentials; paths are below the API root."""
        instance = self.state.instance
        root = f"{instance.public_url}/{self.faults.codebase or instance.codebase}apis/3.0/"
        headers = instance.headers()
        return httpx.AsyncClient(transport=self.transport(), base_url=root, headers=headers, timeout=timeout)

    def health(self) -> dict[str, Any]:
        return {"tickets": len(self.state.table("ticket")), **super().health()}

    def reached_at(self, url: str) -> None:
        self.state.instance.public_url = url

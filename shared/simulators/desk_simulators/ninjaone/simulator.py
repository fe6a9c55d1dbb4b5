"""Public face of the simulated NinjaOne."""

from typing import Any, Unpack

import httpx

from desk_simulators.kit.clock import Clock, system_clock
from desk_simulators.kit.http.control import Control
from desk_simulators.kit.oauth import TokenIssuer
from desk_simulators.kit.simulator import SimulatorOptions
from desk_simulators.kit.webhooks.delivery import Delivery, DeliveryRules
from desk_simulators.kit.webhooks.webhook_simulator import WebhookSimulator
from desk_simulators.ninjaone.faults import Faults
from desk_simulators.ninjaone.fleet import Fleet
from desk_simulators.ninjaone.http.control import FleetControl
from desk_simulators.ninjaone.http.gateway import Gateway
from desk_simulators.ninjaone.identity import Behaviour, Instance
from desk_simulators.ninjaone.seed import seed
from desk_simulators.ninjaone.state import NinjaState
from desk_simulators.ninjaone.webhooks import ActivityQueue, Webhooks


class NinjaOneSimulator(WebhookSimulator[NinjaState]):
    """One simulated NinjaOne tenant, filled from the shared world.

    `callback_transport` replaces the network for webhooks. `fleet` makes devices act, `tokens` issues, rotates and
    revokes credentials, `gateway.on_call` runs a function before each API call.
    """

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
        state = NinjaState(clock=clock, instance=instance, behaviour=behaviour)
        faults, rules = faults or Faults(), rules or DeliveryRules()
        super().__init__(state, faults, seed, **options)
        self.fleet = Fleet(state)
        self.tokens = TokenIssuer(state.now, state.instance.applications, lifetime=state.behaviour.token_lifetime)
        self.queue = ActivityQueue(state, faults, self.ledger, monotonic=self.due_clock(), scale=rules.scale)
        self.delivery = Delivery(Webhooks(state), self.queue, rules, state.now, callback_transport)
        gateway = Gateway(state, faults, self.ledger, self.tokens, rules.scale)
        self.assemble(gateway, [*Control(self).routes(), *FleetControl(state, self.tokens).routes()])

    def client(self, timeout: float = 5.0, client_id: str = "deskstream") -> httpx.AsyncClient:
        """An in-process client that holds a token of this application; paths are below the region's address."""
        headers = {"authorization": f"Bearer {self.tokens.issue(client_id).text}"}
        root = self.state.instance.public_url
        return httpx.AsyncClient(transport=self.transport(), base_url=root, headers=headers, timeout=timeout)

    def health(self) -> dict[str, Any]:
        return {"devices": len(self.state.table("device")), **super().health()}

    def reached_at(self, url: str) -> None:
        self.state.instance.public_url = url

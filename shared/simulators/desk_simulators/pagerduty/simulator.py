"""Public face of the simulated PagerDuty account."""

from typing import Unpack

import httpx

from desk_simulators.kit.clock import Clock, system_clock
from desk_simulators.kit.http.control import Control
from desk_simulators.kit.simulator import SimulatorOptions
from desk_simulators.kit.webhooks.delivery import Delivery, DeliveryRules
from desk_simulators.kit.webhooks.webhook_simulator import WebhookSimulator
from desk_simulators.pagerduty.faults import Faults
from desk_simulators.pagerduty.http.control import PagerControl
from desk_simulators.pagerduty.http.gateway import Gateway
from desk_simulators.pagerduty.identity import Account, Behaviour
from desk_simulators.pagerduty.pager import Pager
from desk_simulators.pagerduty.seed import seed
from desk_simulators.pagerduty.state import PagerState
from desk_simulators.pagerduty.webhooks import EventQueue, Webhooks

RULES = DeliveryRules(retried=frozenset({429, *range(500, 600)}), retry_after=(60.0, 120.0, 300.0, 720.0))


class PagerDutySimulator(WebhookSimulator[PagerState]):
    """One simulated account, filled from the shared world. `pager` acts in it. Both APIs answer at one address.

    `callback_transport` replaces the network for webhooks.
    """

    queue: EventQueue

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
        state = PagerState(clock=clock, account=account, behaviour=behaviour)
        faults, rules = faults or Faults(), rules or RULES
        super().__init__(state, faults, seed, **options)
        self.pager = Pager(state)
        self.queue = EventQueue(state, faults, self.ledger, monotonic=self.due_clock(), scale=rules.scale)
        self.delivery = Delivery(Webhooks(state), self.queue, rules, state.now, callback_transport)
        gateway = Gateway(state, faults, self.ledger, self.queue, rules.scale)
        self.assemble(gateway, [*Control(self).routes(), *PagerControl(self.pager, state).routes()])

    def client(self, timeout: float = 5.0) -> httpx.AsyncClient:
        """An in-process client with the account's API key; paths are below the address of the REST API."""
        account = self.state.account
        headers = {"authorization": f"Token token={account.api_keys[0]}"}
        return httpx.AsyncClient(
            transport=self.transport(), base_url=account.public_url, headers=headers, timeout=timeout
        )

    def health(self) -> dict[str, object]:
        open_now = [one for one in self.pager.incidents() if one["status"] != "resolved"]
        return {"open_incidents": len(open_now), **super().health()}

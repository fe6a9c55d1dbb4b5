"""On-call duty, repeated for ever: pages are notified, acknowledged late or not at all, escalated and resolved."""

import random

from desk_simulators.kit.background import repeated
from desk_simulators.kit.table import Record
from desk_simulators.pagerduty.pager import Pager


class Demo:
    """One `step` is one act. The same seed on the same state takes the same steps."""

    def __init__(self, pager: Pager, *, seed: int = 1) -> None:
        self._pager = pager
        self._dice = random.Random(f"demo:{seed}")

    async def run(self, pace: float) -> None:
        """Steps for ever, `pace` seconds apart on average."""

        async def act() -> float:
            self.step()
            return pace * self._dice.uniform(0.5, 1.5)

        await repeated("an act of the demo", act)

    def step(self) -> None:
        self._pager.process()
        waiting = [one for one in self._pager.incidents() if one["status"] != "resolved" and one["assignments"]]
        if waiting:
            self._respond(self._dice.choice(waiting))

    def _respond(self, incident: Record) -> None:
        person = incident["assignments"][0]["assignee"]["id"]
        if incident["status"] == "acknowledged":
            if self._dice.random() < 0.3:
                self._pager.resolve(incident["id"], person)
        elif self._dice.random() < 0.6:
            self._pager.acknowledge(incident["id"], person)
        else:
            self._pager.escalate(incident["id"])

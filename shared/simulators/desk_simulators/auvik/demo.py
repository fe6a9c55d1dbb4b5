"""Networks at work, repeated for ever: devices go offline and come back, each with its alert."""

import random

from desk_simulators.auvik.network import Network
from desk_simulators.kit.background import repeated

MOST_OPEN = 4
ALERTS = (
    ("High CPU utilization", "warning"),
    ("Interface utilization is high", "warning"),
    ("Configuration changed", "info"),
)


class Demo:
    """One `step` is one act. The same seed on the same state takes the same steps."""

    def __init__(self, network: Network, *, seed: int = 1) -> None:
        self._network = network
        self._dice = random.Random(f"demo:{seed}")

    async def run(self, pace: float) -> None:
        """Steps for ever, `pace` seconds apart on average."""

        async def act() -> float:
            self.step()
            return pace * self._dice.uniform(0.5, 1.5)

        await repeated("an act of the demo", act)

    def step(self) -> None:
        alerts = self._network.open_alerts()
        if len(alerts) >= MOST_OPEN or (alerts and self._dice.random() < 0.4):
            self._recover(self._dice.choice(alerts)["id"])
        elif self._dice.random() < 0.5:
            self._fail()
        else:
            name, severity = self._dice.choice(ALERTS)
            self._network.raise_alert(self._dice.choice(self._network.devices())["id"], name, severity)

    def _fail(self) -> None:
        device = self._dice.choice(self._network.devices())
        self._network.set_status(device["id"], "offline")
        name = device["attributes"]["deviceName"]
        self._network.raise_alert(device["id"], "Device is offline", "critical", f"{name} does not answer")

    def _recover(self, alert: str) -> None:
        cleared = self._network.clear_alert(alert)
        entity = cleared["relationships"]["entity"]["data"]
        if entity["type"] == "device":
            self._network.set_status(entity["id"], "online")

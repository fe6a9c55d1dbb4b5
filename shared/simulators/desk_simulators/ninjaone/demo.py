"""An ordinary day of the fleet, repeated for ever: alerts, patches, reboots, software, users."""

import random
from collections.abc import Callable

from desk_simulators.kit.background import repeated
from desk_simulators.kit.table import Record
from desk_simulators.ninjaone.fleet import Fleet
from desk_simulators.ninjaone.state import NinjaState

ALERTS = (
    ("Disk space", "Disk free space on C: below 5 %", "MAJOR", "HIGH", "CONDITION_AGENT_DISK_FREE_SPACE"),
    ("CPU", "CPU use above 90 % for 10 minutes", "MODERATE", "MEDIUM", "CONDITION_AGENT_CPU"),
    (
        "Service stopped",
        "The service Spooler is not running",
        "MINOR",
        "LOW",
        "CONDITION_WINDOWS_SERVICE_STATE_CHANGED",
    ),
)
SOFTWARE = (("7-Zip", "Igor Pavlov"), ("Notepad++", "Notepad++ Team"), ("Mozilla Firefox", "Mozilla"))
OPEN_ALERTS = 6


class Demo:
    """One `step` is one act. The same seed on the same state takes the same steps."""

    def __init__(self, state: NinjaState, *, seed: int = 1) -> None:
        self._state = state
        self._fleet = Fleet(state)
        self._dice = random.Random(f"demo:{seed}:{state.revision}")
        self._patches = 0
        self._moves: tuple[tuple[int, Callable[[Record], object]], ...] = (
            (4, self._alert),
            (3, self._reset),
            (2, self._patch),
            (2, self._software),
            (1, lambda device: self._fleet.reboot(device["id"])),
            (2, self._log_on),
            (1, lambda device: self._fleet.run_script(device["id"], "Clear temporary files")),
        )

    async def run(self, pace: float) -> None:
        """Steps for ever, `pace` seconds apart on average."""

        async def act() -> float:
            self.step()
            return pace * self._dice.uniform(0.5, 1.5)

        await repeated("an act of the demo", act)

    def step(self) -> None:
        agents = [device for device in self._state.table("device") if "os" in device]
        weights, moves = zip(*self._moves, strict=True)
        self._dice.choices(moves, weights)[0](self._dice.choice(agents))

    def _alert(self, device: Record) -> None:
        if len(self._state.table("alert")) >= OPEN_ALERTS:
            self._reset(device)
            return
        self._fleet.raise_alert(device["id"], *self._dice.choice(ALERTS))

    def _reset(self, device: Record) -> None:
        alerts = list(self._state.table("alert"))
        if alerts:
            self._fleet.reset_alert(self._dice.choice(alerts)["uid"])

    def _patch(self, device: Record) -> None:
        self._patches += 1
        kb = f"KB52{self._state.revision % 100_000:05d}"
        failed = self._dice.random() < 0.1
        name = f"Security Update for Windows ({kb})"
        self._fleet.install_os_patch(device["id"], name, kb, status="FAILED" if failed else "INSTALLED")

    def _software(self, device: Record) -> None:
        name, publisher = self._dice.choice(SOFTWARE)
        self._fleet.install_software(device["id"], name, f"{self._dice.randint(20, 130)}.0", publisher)

    def _log_on(self, device: Record) -> None:
        user = device.get("lastLoggedInUser") or f"{device['system']['domain']}\\administrator"
        self._fleet.log_on(device["id"], user)

"""A cloud vendor's months in short, repeated for ever: incidents reported, updated, edited, resolved, removed."""

import random
from collections.abc import Callable

from desk_simulators.kit.background import repeated
from desk_simulators.kit.table import Record
from desk_simulators.statuspage.owner import PageOwner

TITLES = (
    ("Login errors", "Sign-in"),
    ("Delays of inbound mail", "Inbound mail"),
    ("Slow dashboard", "EU Dashboard"),
    ("Errors of the API", "API"),
)
MOST_OPEN = 2
NEXT = {"investigating": "identified", "identified": "monitoring", "monitoring": "resolved"}
BODIES = {
    "identified": "The cause is found, and a fix is rolled out.",
    "monitoring": "The fix is in place. We watch the results.",
    "resolved": "The incident is resolved.",
}


class Demo:
    """One `step` is one act of the page's owner. The same seed on the same state takes the same steps."""

    def __init__(self, owner: PageOwner, *, seed: int = 1) -> None:
        self._owner = owner
        self._dice = random.Random(f"demo:{seed}")
        self._open: list[Record] = []

    async def run(self, pace: float) -> None:
        """Steps for ever, `pace` seconds apart on average."""

        async def act() -> float:
            self.step()
            return pace * self._dice.uniform(0.5, 1.5)

        await repeated("an act of the demo", act)

    def step(self) -> None:
        moves: tuple[tuple[int, Callable[[Record], None]], ...] = (
            (6, self._advance),
            (2, self._edit),
            (1, self._remove),
        )
        if not self._open or (len(self._open) < MOST_OPEN and self._dice.random() < 0.3):
            self._report()
            return
        weights, acts = zip(*moves, strict=True)
        self._dice.choices(acts, weights)[0](self._dice.choice(self._open))

    def _report(self) -> None:
        name, component = self._dice.choice(TITLES)
        impact, status = self._dice.choice((("minor", "degraded_performance"), ("major", "major_outage")))
        self._open.append(self._owner.report(name, impact, components=[component], component_status=status))

    def _advance(self, incident: Record) -> None:
        status = NEXT[incident["status"]]
        state = None if status == "identified" else "operational"
        after = self._owner.post_update(incident["id"], status, BODIES[status], state)
        self._open.remove(incident)
        if status != "resolved":
            self._open.append(after)

    def _edit(self, incident: Record) -> None:
        update = incident["incident_updates"][0]
        after = self._owner.edit_update(incident["id"], update["id"], f"{update['body']} More will follow.")
        self._open[self._open.index(incident)] = after

    def _remove(self, incident: Record) -> None:
        self._owner.post_update(incident["id"], incident["status"], "No further impact.", "operational")
        self._owner.remove(incident["id"])
        self._open.remove(incident)

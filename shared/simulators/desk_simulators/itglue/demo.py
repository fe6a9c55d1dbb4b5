"""People at work on the documentation, repeated for ever: texts are edited, notes come and go."""

import random

from desk_simulators.itglue.editor import Editor
from desk_simulators.itglue.state import ItGlueState
from desk_simulators.kit.background import repeated

MOST_NOTES = 12
NOTES = ("Printer driver", "VPN client", "Backup job", "Scanner to mail", "Wi-Fi for guests")


class Demo:
    """One `step` is one act. The same seed on the same state takes the same steps."""

    def __init__(self, state: ItGlueState, *, seed: int = 1) -> None:
        self._state = state
        self._editor = Editor(state)
        self._dice = random.Random(f"demo:{seed}")
        self._notes: list[str] = []

    async def run(self, pace: float) -> None:
        """Steps for ever, `pace` seconds apart on average."""

        async def act() -> float:
            self.step()
            return pace * self._dice.uniform(0.5, 1.5)

        await repeated("an act of the demo", act)

    def step(self) -> None:
        if len(self._notes) >= MOST_NOTES:
            self._editor.remove_document(self._notes.pop(0))
        elif self._notes and self._dice.random() < 0.5:
            document = int(self._dice.choice(self._notes))
            rows = [row for row in self._state.records("section") if row["attributes"]["document-id"] == document]
            self._editor.edit_section(rows[0]["id"], f"<p>Checked again, step {self._dice.randint(1, 99)}.</p>")
        else:
            organization = self._dice.choice(self._state.records("organization"))["id"]
            made = self._editor.add_document(organization, self._dice.choice(NOTES), ["<p>First notes.</p>"])
            self._notes.append(made["id"])

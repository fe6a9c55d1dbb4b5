"""An ordinary day at the MSP, repeated for ever: several people open, move, resolve, reopen and close tickets."""

import random
from collections.abc import Callable
from datetime import timedelta

from desk_simulators.connectwise.demo.texts import texts
from desk_simulators.connectwise.state import PsaState
from desk_simulators.connectwise.technician import Technician
from desk_simulators.kit.background import repeated
from desk_simulators.kit.clock import instant, stamp
from desk_simulators.kit.table import Record, value_at

WAITING = ("waiting-client", "waiting-vendor", "waiting-schedule")
Move = Callable[[Record, Technician], None]


class Demo:
    """One `step` is one act of one person. The same seed on the same state takes the same steps."""

    def __init__(self, state: PsaState, *, seed: int = 1, busy: int = 12) -> None:
        self._state = state
        self._dice = random.Random(f"demo:{seed}:{state.revision}")
        self._busy = busy
        self._texts = texts()
        self._alive: list[int] = [ticket["id"] for ticket in state.table("ticket") if not ticket.get("closedFlag")]
        self._moves: dict[str, tuple[tuple[int, Move], ...]] = {
            "new": ((6, self._take), (1, self._raise_priority), (1, self._wrong_board), (1, self._cancel)),
            "open": ((4, self._note), (3, self._wait), (5, self._resolve), (2, self._log_time), (1, self._hand_over)),
            "waiting": ((4, self._client_answers), (2, self._resume), (1, self._note)),
            "resolved": ((6, self._close), (2, self._reopen), (1, self._log_time)),
            "closed": ((5, self._forget), (1, self._reopen)),
        }

    async def run(self, pace: float) -> None:
        """Steps for ever, `pace` seconds apart on average."""

        async def act() -> float:
            self.step()
            return pace * self._dice.uniform(0.5, 1.5)

        await repeated("an act of the demo", act)

    def step(self) -> None:
        self._alive = [number for number in self._alive if self._state.table("ticket").get(number) is not None]
        if len(self._alive) < self._busy // 2 or self._dice.random() < 0.6 * (1 - len(self._alive) / self._busy):
            self._open()
            return
        ticket = self._state.record("ticket", self._dice.choice(self._alive))
        weights, moves = zip(*self._moves[self._phase(ticket)], strict=True)
        self._dice.choices(moves, weights)[0](ticket, self._somebody(ticket))

    def _phase(self, ticket: Record) -> str:
        meaning = self._state.status_classes.get(value_at(ticket, "status/id"), "open")
        if meaning.startswith("waiting"):
            return "waiting"
        return meaning if meaning in self._moves else "closed"

    def _somebody(self, ticket: Record | None = None) -> Technician:
        """Mostly the owner, else anybody with a person's licence."""
        owner = value_at(ticket, "owner/identifier") if ticket else None
        if owner and self._dice.random() < 0.8:
            return Technician(self._state, owner)
        people = [member["identifier"] for member in self._state.table("member") if member["licenseClass"] != "A"]
        return Technician(self._state, self._dice.choice(people))

    def _open(self) -> None:
        story = self._dice.choice(self._texts.stories)
        people = [contact for contact in self._state.table("contact") if not contact["inactiveFlag"]]
        contact = self._dice.choice(people)
        ticket = self._somebody().open_ticket(
            story.summary,
            company=contact["company"]["id"],
            contact=contact["id"],
            board=story.board,
            priority=5 + story.priority,
            impact=story.impact,
            severity=story.severity,
            description=story.description,
        )
        self._alive.append(ticket["id"])

    def _take(self, ticket: Record, technician: Technician) -> None:
        technician.assign(ticket["id"], technician.actor.identifier)
        technician.set_status(ticket["id"], "open")

    def _raise_priority(self, ticket: Record, technician: Technician) -> None:
        technician.change_impact(ticket["id"], "High")
        technician.change_priority(ticket["id"], max(6, value_at(ticket, "priority/id") - 1))

    def _wrong_board(self, ticket: Record, technician: Technician) -> None:
        technician.move_board(ticket["id"], 3 - value_at(ticket, "board/id"))

    def _cancel(self, ticket: Record, technician: Technician) -> None:
        technician.add_note(ticket["id"], "Opened by mistake.", "internal")
        technician.set_status(ticket["id"], "cancelled")

    def _note(self, ticket: Record, technician: Technician) -> None:
        technician.add_note(ticket["id"], self._dice.choice(self._texts.work_notes), "internal")

    def _wait(self, ticket: Record, technician: Technician) -> None:
        technician.set_status(ticket["id"], self._dice.choice(WAITING))

    def _hand_over(self, ticket: Record, technician: Technician) -> None:
        technician.assign(ticket["id"], self._somebody().actor.identifier)

    def _client_answers(self, ticket: Record, technician: Technician) -> None:
        contact = value_at(ticket, "contact/id")
        technician.add_note(ticket["id"], self._dice.choice(self._texts.client_replies), contact=contact)
        technician.set_status(ticket["id"], "open")

    def _resume(self, ticket: Record, technician: Technician) -> None:
        technician.set_status(ticket["id"], "open")

    def _resolve(self, ticket: Record, technician: Technician) -> None:
        technician.add_note(ticket["id"], self._texts.resolution(ticket["summary"]), "resolution")
        self._log_time(ticket, technician)
        technician.set_status(ticket["id"], "resolved")

    def _log_time(self, ticket: Record, technician: Technician) -> None:
        """The member's next free slot of today; none when the day is full."""
        entries = self._state.table("time").find("member/id", technician.actor.member_id)
        now = self._state.now()
        ends = [instant(entry["timeEnd"]) for entry in entries[-1:] if "timeEnd" in entry]
        start = max([now - timedelta(hours=8), *ends])
        end = start + timedelta(minutes=self._dice.choice((5, 10, 15, 30)))
        if end <= now:
            technician.add_time(ticket["id"], stamp(start), stamp(end), "Worked on the ticket", resolution=True)

    def _close(self, ticket: Record, technician: Technician) -> None:
        technician.close(ticket["id"])

    def _reopen(self, ticket: Record, technician: Technician) -> None:
        technician.add_note(ticket["id"], "It happens again.", contact=value_at(ticket, "contact/id"))
        technician.reopen(ticket["id"])

    def _forget(self, ticket: Record, technician: Technician) -> None:
        self._alive.remove(ticket["id"])

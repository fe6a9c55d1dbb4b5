"""The tickets that the load works on, shared by everybody in it."""

from __future__ import annotations

from tests.chaos.desk.workdir import INSTANCE

from desk_intake.psa.ids import ticket_id


class Tickets:
    """`ours` by ticket id, `records` by number in the PSA. Both sides work on tickets that the other one opened."""

    def __init__(self) -> None:
        self.ours: list[str] = []
        self.records: list[int] = []
        self.seen: dict[str, str] = {}
        self.cycles: dict[str, int] = {}

    def opened(self, ticket: str, seen: str) -> None:
        """A desk user opened one."""
        self.ours.append(ticket)
        self.seen[ticket] = seen

    def acted(self, ticket: str, cycle: int | None) -> None:
        """Its cycle as last read."""
        if cycle is not None:
            self.cycles[ticket] = cycle

    def born(self, record: int) -> None:
        """A technician opened one in the PSA."""
        self.records.append(record)
        self.ours.append(ticket_id(INSTANCE, str(record)))

    def listed(self, records: list[int]) -> None:
        """Tickets in the PSA by now, opened by anybody."""
        self.records = sorted({*self.records, *records})

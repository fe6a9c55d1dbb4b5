"""Policy `status-map` as the gateway reads it: the class of each status, and the status written for each class."""

from __future__ import annotations

from typing import Literal

from desk.contract.ticket.intake.facts import Kind
from desk.contract.ticket.intake.psa import StatusClass
from desk.decision.context import Policies
from desk.decision.policies.intake import BoardMap, StatusMap, Writable

POLICY = "status-map"


class InstanceStatusMap:
    """One version of the map, for one instance."""

    def __init__(self, document: StatusMap, version: str, instance: str) -> None:
        self.version, self._document, self._instance = version, document, instance
        self._excluded = {str(board) for board in document.out_of_scope_boards}

    def board(self, board: str | None) -> BoardMap | None:
        """The mapping of a board, or None."""
        boards = self._document.boards
        return boards.get(f"{self._instance}:{board}") or boards.get(str(board))

    def excluded(self, board: str) -> bool:
        """Whether the map takes the board out of the service desk's scope."""
        return board in self._excluded or f"{self._instance}:{board}" in self._excluded

    def status_class(self, board: str | None, status: str | None) -> StatusClass:
        """The class of a status, `unmapped` if the map has none."""
        mapped = self.board(board)
        return mapped.statuses.get(str(status), "unmapped") if mapped else "unmapped"

    def class_anywhere(self, board: str | None, status: str | None) -> StatusClass:
        """The class of a status on that board, else on any board that has it: a record may have moved since."""
        found = self.status_class(board, status)
        if found != "unmapped":
            return found
        boards = self._document.boards.values()
        return next((b.statuses[str(status)] for b in boards if str(status) in b.statuses), "unmapped")

    def writable(self, board: str | None, wanted: Writable) -> str | None:
        """The status id that is written for a class on that board."""
        mapped = self.board(board)
        return mapped.write.get(wanted) if mapped else None

    def kind(self, board: str, kind_of_ticket: str | None) -> Kind:
        """The kind of a ticket created on that board with that type."""
        mapped = self.board(board)
        by_type = mapped.kinds.get(kind_of_ticket or "") if mapped else None
        return by_type or (mapped.kind if mapped else None) or self._document.default_kind

    def queue(self, board: str, team: str | None, name: str) -> str:
        """The queue of a board and team; the board's name if the map has none."""
        mapped = self.board(board)
        by_team = mapped.teams.get(team or "") if mapped else None
        return by_team or (mapped.queue if mapped else None) or name

    def board_of(self, queue: str) -> str | None:
        """The board (first of the document) whose tickets are in that queue."""
        for board, mapped in self._document.boards.items():
            if mapped.queue == queue:
                return board.rpartition(":")[2]
        return None

    def priority(self, priority: str) -> str:
        """P1 to P4, or `psa:` and the PSA's own id if the map has none."""
        return str(self._document.priorities.get(priority, f"psa:{priority}"))

    def priority_of(self, ours: str) -> str | None:
        """The PSA's priority (first of the document) for one of ours."""
        return next((psa for psa, value in self._document.priorities.items() if value == ours), None)

    def level(self, field: Literal["impact", "urgency"], text: str) -> str | None:
        """high, medium or low for the PSA's word; None if it is empty or not mapped."""
        levels = self._document.impacts if field == "impact" else self._document.urgencies
        return levels.get(text)

    def word(self, field: Literal["impact", "urgency"], level: str) -> str | None:
        """The PSA's word for a level."""
        levels = self._document.impacts if field == "impact" else self._document.urgencies
        return next((word for word, value in levels.items() if value == level), None)


def map_in_force(policies: Policies, instance: str) -> InstanceStatusMap:
    """The map in force now."""
    version = policies.version(POLICY)
    return InstanceStatusMap(policies.document(StatusMap, version), version, instance)

"""The policy `status-map` as the gateway reads it: what a status means, and which one is written for a class."""

from __future__ import annotations

from typing import Literal

from desk.contract.ticket.intake.facts import Kind
from desk.contract.ticket.intake.psa import StatusClass
from desk.decision.context import Policies
from desk.decision.policies.intake import BoardMap, StatusMap, Writable

POLICY = "status-map"


class Map:
    """One version of the map, for one instance."""

    def __init__(self, document: StatusMap, version: str, instance: str) -> None:
        self.version, self._document, self._instance = version, document, instance
        self._excluded = {str(board) for board in document.out_of_scope_boards}

    def board(self, board: str | None) -> BoardMap | None:
        """What is known of a board."""
        boards = self._document.boards
        return boards.get(f"{self._instance}:{board}") or boards.get(str(board))

    def excluded(self, board: str) -> bool:
        """Whether the map takes the board out of the service desk's scope."""
        return board in self._excluded or f"{self._instance}:{board}" in self._excluded

    def status_class(self, board: str | None, status: str | None) -> StatusClass:
        """The class of a status, `unmapped` when the map says nothing of it."""
        known = self.board(board)
        return known.statuses.get(str(status), "unmapped") if known else "unmapped"

    def class_anywhere(self, board: str | None, status: str | None) -> StatusClass:
        """The class of a status on that board, else on whichever board has it: a record may have moved since."""
        found = self.status_class(board, status)
        if found != "unmapped":
            return found
        boards = self._document.boards.values()
        return next((b.statuses[str(status)] for b in boards if str(status) in b.statuses), "unmapped")

    def writable(self, board: str | None, wanted: Writable) -> str | None:
        """The status id that is written for a class on that board."""
        known = self.board(board)
        return known.write.get(wanted) if known else None

    def kind(self, board: str, kind_of_ticket: str | None) -> Kind:
        """The kind of a ticket that is born on that board with that type."""
        known = self.board(board)
        by_type = known.kinds.get(kind_of_ticket or "") if known else None
        return by_type or (known.kind if known else None) or self._document.default_kind

    def queue(self, board: str, team: str | None, name: str) -> str:
        """The queue of a board and team; the board's name where the map has none."""
        known = self.board(board)
        by_team = known.teams.get(team or "") if known else None
        return by_team or (known.queue if known else None) or name

    def board_of(self, queue: str) -> str | None:
        """The board (first of the document) whose tickets are in that queue."""
        for board, known in self._document.boards.items():
            if known.queue == queue:
                return board.rpartition(":")[2]
        return None

    def priority(self, priority: str) -> str:
        """P1 to P4, or the PSA's own id where the map says nothing."""
        return str(self._document.priorities.get(priority, f"psa:{priority}"))

    def priority_of(self, ours: str) -> str | None:
        """The PSA's priority (first of the document) for one of ours."""
        return next((psa for psa, value in self._document.priorities.items() if value == ours), None)

    def level(self, field: Literal["impact", "urgency"], text: str) -> str | None:
        """high, medium or low for the PSA's word; None when it is empty or not mapped."""
        levels = self._document.impacts if field == "impact" else self._document.urgencies
        return levels.get(text)

    def word(self, field: Literal["impact", "urgency"], level: str) -> str | None:
        """The PSA's word for a level."""
        levels = self._document.impacts if field == "impact" else self._document.urgencies
        return next((word for word, value in levels.items() if value == level), None)


def map_in_force(policies: Policies, instance: str) -> Map:
    """The map in force now."""
    version = policies.version(POLICY)
    return Map(policies.document(StatusMap, version), version, instance)

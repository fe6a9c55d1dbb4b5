"""Boards and statuses by id or name, a status also by its class."""

from desk_simulators.connectwise.errors import invalid_field
from desk_simulators.connectwise.state import PsaState
from desk_simulators.kit.table import Record

Named = str | int
"""A record by id, or by its identifier or name."""


def find_board(state: PsaState, board: Named) -> Record:
    """Raises the API's 400 when there is none."""
    table = state.table("board")
    found = table.get(board) if isinstance(board, int) else table.first("name", board)
    if found is None:
        raise invalid_field("ticket", "board", f"There is no board {board!r}.")
    return found


def find_status(state: PsaState, board_id: int, wanted: Named) -> Record:
    """The board's status with this id or exact name, else the first of this class, else by name in any case."""
    classes = state.status_classes
    tests = (
        lambda status: status["id"] == wanted or status["name"] == wanted,
        lambda status: classes.get(status["id"]) == wanted,
        lambda status: str(status["name"]).casefold() == str(wanted).casefold(),
    )
    statuses = state.statuses(board_id)
    found = next((status for test in tests for status in statuses if test(status)), None)
    if found is None:
        raise invalid_field("ticket", "status", f"Board {board_id} has no status {wanted!r}.")
    return found

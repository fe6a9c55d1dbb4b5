"""Meaning of the simulated MSP's statuses as a desk's policy `status-map`, for tests, demo and trials."""

from typing import Any

from desk_simulators.connectwise.seed.service import BOARDS, NETWORK, STATUS_CLASSES, STATUSES

QUEUES = {1: "Service Desk", 2: "Network"}
NEEDS_COMPLETION = "Needs Completion"


def status_map(*, without: tuple[int, ...] = ()) -> dict[str, Any]:
    """The document; `without` leaves statuses out, so that they are unmapped."""
    return {
        "default_kind": "incident",
        "boards": {str(board["id"]): _board(board, without) for board in BOARDS},
        "priorities": {"6": "P1", "7": "P2", "8": "P3", "9": "P4"},
        "impacts": {"High": "high", "Medium": "medium", "Low": "low"},
        "urgencies": {"High": "high", "Medium": "medium", "Low": "low"},
        "out_of_scope_boards": [],
    }


def _board(board: dict[str, Any], without: tuple[int, ...]) -> dict[str, Any]:
    own = [s for s in STATUSES if s["boardId"] == board["id"] and s["id"] not in without]
    write: dict[str, str] = {}
    for status in own:
        meaning = "needs-completion" if status["name"] == NEEDS_COMPLETION else STATUS_CLASSES[status["id"]]
        if meaning != "out-of-scope":
            write.setdefault(meaning, str(status["id"]))
    found = {
        "name": board["name"],
        "queue": QUEUES[board["id"]],
        "statuses": {str(s["id"]): STATUS_CLASSES[s["id"]] for s in own},
        "write": write,
    }
    return found if board["id"] == NETWORK else {**found, "kinds": {"2": "quick"}}

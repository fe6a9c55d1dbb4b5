"""Named points in the processing of facts at which a fault test may kill the process. No effect without DESK_FAULTS."""

from __future__ import annotations

import os
import signal

VARIABLE = "DESK_FAULTS"
"""`name=count`, several separated by commas: the process is killed at the count-th passing of that boundary."""
BOUNDARIES = frozenset(
    {
        "receipt in",
        "receipt committed",
        "receipt taken",
        "receipt read",
        "command in",
        "answered",
        "rows written",
        "committed",
        "relay read",
        "produced",
        "acknowledged",
        "position saved",
        "polled",
        "inbox committed",
        "offsets committed",
        "effect taken",
        "effect sent",
        "effect answered",
        "effect settled",
    }
)


def armed(text: str) -> dict[str, int]:
    """Boundary -> remaining count. ValueError names an invalid boundary or count."""
    found: dict[str, int] = {}
    for part in filter(str.strip, text.split(",")):
        name, _, count = part.strip().partition("=")
        if name not in BOUNDARIES or not count.isdigit() or int(count) < 1:
            names = ", ".join(sorted(BOUNDARIES))
            raise ValueError(f"{VARIABLE}: {part.strip()!r} is not boundary=count; boundaries are {names}")
        found[name] = int(count)
    return found


_left = armed(os.environ.get(VARIABLE, ""))


def fault_point(boundary: str) -> None:
    """Mark a boundary; kills the process when its count is reached."""
    if _left:
        _pass(boundary, _left)


def _pass(boundary: str, left: dict[str, int]) -> None:
    if boundary in left:
        left[boundary] -= 1
        if left[boundary] <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

"""Named places on the way of a fact at which a fault test may end the process. Without DESK_FAULTS they do nothing."""

from __future__ import annotations

import os
import signal

VARIABLE = "DESK_FAULTS"
"""`name=count`, several separated by commas: the process is killed when it passes that boundary the count-th time."""
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
    """Boundary -> how many passings are left. ValueError names what is no boundary or no count."""
    found: dict[str, int] = {}
    for part in filter(str.strip, text.split(",")):
        name, _, count = part.strip().partition("=")
        if name not in BOUNDARIES or not count.isdigit() or int(count) < 1:
            known = ", ".join(sorted(BOUNDARIES))
            raise ValueError(f"{VARIABLE}: {part.strip()!r} is not boundary=count; boundaries are {known}")
        found[name] = int(count)
    return found


_left = armed(os.environ.get(VARIABLE, ""))


def fault_point(boundary: str) -> None:
    """The process is at this boundary now."""
    if _left:
        _pass(boundary, _left)


def _pass(boundary: str, left: dict[str, int]) -> None:
    if boundary in left:
        left[boundary] -= 1
        if left[boundary] <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

"""When all services have drained: nothing under way anywhere, twice in a row with nothing new in between."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from desk_deploy.cli.client import Desk
from desk_deploy.cli.options import ServiceName

PAUSE = 0.3
Statuses = dict[str, dict[str, Any]]


def statuses(desk: Desk) -> Statuses:
    """Every service's status, by service."""
    return {service.value: desk.get(f"/{service}/status") for service in ServiceName}


def wait_until_drained(
    desk: Desk, told: Callable[[int], None] = lambda _left: None, patience: float | None = None
) -> Statuses | None:
    """The statuses at rest; None when `patience` seconds were not enough. Parked facts are not waited for.

    `told` hears how many facts are still under way.
    """
    until = None if patience is None else time.monotonic() + patience
    before: dict[str, Any] | None = None
    while until is None or time.monotonic() < until:
        now = statuses(desk)
        told(sum(sum(status["lag"].values()) for status in now.values()))
        rest = all(status["drained"] for status in now.values())
        vectors = {name: (status["last"], status["own"], status["heard"]) for name, status in now.items()}
        if rest and vectors == before:
            return now
        before = vectors if rest else None
        time.sleep(PAUSE)
    return None

"""Waits until all services have drained: no fact in progress, twice in a row with nothing new in between."""

from __future__ import annotations

import time
from collections.abc import Callable

from desk.http.admin.status_responses import ServiceStatus
from desk_deploy.cli.client import Desk
from desk_deploy.cli.options import ServiceName

PAUSE = 0.3
Statuses = dict[str, ServiceStatus]


def statuses(desk: Desk) -> Statuses:
    """The status of every service, by name."""
    return {service.value: desk.read(f"/{service}/status", ServiceStatus) for service in ServiceName}


def wait_until_drained(
    desk: Desk, report_lag: Callable[[int], None] = lambda _left: None, patience: float | None = None
) -> Statuses | None:
    """Wait until all services have drained, and return their statuses; None after `patience` seconds.

    Parked facts are not waited for. `report_lag` is called with the number of facts that are not applied yet.
    """
    until = None if patience is None else time.monotonic() + patience
    previous: dict[str, tuple[int, int, int]] | None = None
    while until is None or time.monotonic() < until:
        now = statuses(desk)
        report_lag(sum(sum(status.lag.values()) for status in now.values()))
        drained = all(status.drained for status in now.values())
        vectors = {name: (status.last, status.own, status.replicated) for name, status in now.items()}
        if drained and vectors == previous:
            return now
        previous = vectors if drained else None
        time.sleep(PAUSE)
    return None

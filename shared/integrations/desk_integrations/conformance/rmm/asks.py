"""One question of every kind that the port takes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from desk_integrations.conformance.rmm.harness import ACME, WINDOW_FROM, WINDOW_TO, RmmPaths
from desk_integrations.kinds.rmm import Rmm

ASKS: dict[str, Callable[[Rmm, str], Awaitable[Any]]] = {
    "devices": lambda rmm, client: rmm.devices(client),
    "find": lambda rmm, client: rmm.find(client, hostname="ACM-WS-001", upn="a.khan@acme.example"),
    "changes": lambda rmm, client: rmm.changes(client, "d-1", WINDOW_FROM, WINDOW_TO),
    "alerts": lambda rmm, client: rmm.alerts(client),
}


async def ask(name: str, rmm: Rmm, client: str = ACME) -> Any:
    """The outcome of the question of that name."""
    return await ASKS[name](rmm, client)


def first_path(name: str, paths: RmmPaths) -> str:
    """The path that the question needs in any case."""
    return {"devices": paths.devices, "find": paths.search, "changes": paths.device, "alerts": paths.alerts}[name]

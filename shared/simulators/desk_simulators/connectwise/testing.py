"""Steps that tests of the simulator and of its callers share."""

from typing import Any

import httpx

RECEIVER = "https://hooks.example.net/psa/t-01?recordId="
NEW_TICKET: dict[str, Any] = {
    "summary": "VPN down at head office",
    "board": {"name": "Help Desk"},
    "status": {"name": "New"},
    "company": {"id": 250},
    "contact": {"id": 611},
    "priority": {"id": 7},
    "severity": "Medium",
    "impact": "High",
    "initialDescription": "Nobody at the site can connect since 14:00.",
    "externalXRef": "bb-9c1e7d",
    "processNotifications": False,
}


async def listen(api: httpx.AsyncClient, **changes: object) -> int:
    """Register a callback for every ticket at `RECEIVER`, with these fields changed; returns its id."""
    entry = {"url": RECEIVER, "objectId": 1, "type": "ticket", "level": "owner", **changes}
    return int((await _posted(api, "system/callbacks", entry))["id"])


async def create_ticket(api: httpx.AsyncClient, **changes: object) -> dict[str, Any]:
    """Create `NEW_TICKET`, with these fields changed; returns the record."""
    return await _posted(api, "service/tickets", {**NEW_TICKET, **changes})


async def patch_ticket(api: httpx.AsyncClient, ticket_id: int, path: str, value: object) -> httpx.Response:
    return await api.patch(f"service/tickets/{ticket_id}", json=[{"op": "replace", "path": path, "value": value}])


async def _posted(api: httpx.AsyncClient, path: str, body: dict[str, Any]) -> dict[str, Any]:
    answer = await api.post(path, json=body)
    answer.raise_for_status()
    record: dict[str, Any] = answer.json()
    return record

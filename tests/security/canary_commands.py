"""Commands with a canary in every free text, and which texts were told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, cast

from tests.journeys.people import Desk
from tests.security.canaries import Canaries

from desk.contract.event import Stream
from desk.contract.ticket.ticket import Ticket


class Teller:
    """Sends commands with a canary in every field given as `...`, or as a text with `{}`, and keeps those in `told`."""

    def __init__(self, people: Desk, canary: Canaries) -> None:
        self.people, self._canary = people, canary
        self.told: set[tuple[str, str]] = set()
        self.ticket = ""

    def fill(self, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The body with its canaries."""
        self.told |= {(name, field) for field, value in body.items() if _form(value)}
        return {field: self._filled(f"{name} {field}", value) for field, value in body.items()}

    def _filled(self, name: str, value: Any) -> Any:
        form = _form(value)
        filled = self._canary(name, form) if form else value
        return [filled] if form and isinstance(value, list) else filled

    async def does(self, service: str, name: str, **body: Any) -> None:
        """The command is accepted."""
        await self.people.does(service, name, self.ticket, **self.fill(name, body))

    async def refused(self, service: str, name: str, code: str, **body: Any) -> None:
        """The command is refused: what it said must not stand anywhere either."""
        answer = await self.people.command(service, name, self.ticket, **self.fill(name, body))
        assert answer.json()["code"] == code, answer.text

    async def knows(self, service: str, what: Callable[[Ticket], Any]) -> Any:
        """The ticket in that service's replica, once it exists there."""
        for _ in range(200):
            replica = await self.people.running.hosted[service].service.replica(Stream.TICKETS, self.ticket)
            if found := what(cast(Ticket, replica.state)):
                return found
            await asyncio.sleep(0.1)
        raise AssertionError(f"{service} never knew")


def _form(value: Any) -> str:
    """The text around the canary of a field: `{}` for `...`; empty for a field without a canary."""
    one = value[0] if isinstance(value, list) and len(value) == 1 else value
    if one is ...:
        return "{}"
    return one if isinstance(one, str) and "{}" in one else ""

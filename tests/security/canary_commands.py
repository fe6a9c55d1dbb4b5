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
    """Sends commands with a canary in every field given as `...`, and keeps (command, field) of each in `told`."""

    def __init__(self, people: Desk, canary: Canaries) -> None:
        self.people, self._canary = people, canary
        self.told: set[tuple[str, str]] = set()
        self.ticket = ""

    def fill(self, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """The body with its canaries."""
        self.told |= {(name, field) for field, value in body.items() if value in (..., [...])}
        return {field: self._filled(f"{name} {field}", value) for field, value in body.items()}

    def _filled(self, name: str, value: Any) -> Any:
        return [self._canary(name)] if value == [...] else self._canary(name) if value is ... else value

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

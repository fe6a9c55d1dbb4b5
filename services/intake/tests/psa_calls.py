"""Helpers for tests of calls to the PSA: facts that cause them, their outcomes, and a proxy that refuses some."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple
from uuid import uuid4

import httpx

from desk.contract.event import Actor, Draft, Payload, Stream
from desk.contract.ticket.intake import facts as f
from desk.contract.ticket.intake.conversation import ReplySent
from desk.decision.context import DecisionContext
from desk.decision.principal import Role
from desk.eventstore.unit_of_work.work_items import Command
from desk.service.composition import ServiceApp
from desk_connectors.connectwise.marker import unmarked
from desk_deploy.testing.psa_bench import Bench
from desk_deploy.testing.simulated_psa import PSA
from desk_intake.psa.ids import ticket_id

TEXT = "Please reboot."


async def record(
    hosted: ServiceApp, ticket: str, *data: Payload, cycle: int | None = None, at: datetime | None = None
) -> None:
    """Record facts as decided by a person; `at` None: now."""
    context = DecisionContext(
        id=uuid4(),
        actor=Actor("person", "tess"),
        now=hosted.service.log.clock.now(),
        policies=hosted.parts.policies,
        roles=frozenset((Role.TIER2,)),
    )

    def decide(_state: Any, _context: DecisionContext) -> list[Draft]:
        return [Draft(data=one, cycle=cycle, time=at) for one in data]

    await hosted.service.command(Command(Stream.TICKETS, ticket, decide, context))


def by_phone(desk: Bench) -> f.TicketOpened:
    return f.TicketOpened(
        kind="incident",
        profile="incident",
        client="cw-c250",
        channel="phone",
        opened_at=desk.intake.service.log.clock.now(),
        problem="No network",
        contact="cw-p611",
        command="c1",
    )


def reply(message: str = "m1") -> ReplySent:
    return ReplySent(message=message, author="human", audience="public", to_requester=True, channel="psa", text=TEXT)


def ours(number: int) -> str:
    return ticket_id(PSA, str(number))


def writes(desk: Bench) -> list[tuple[str, str]]:
    """Our writes in the PSA's own ledger; callbacks are registered at the start of a round."""
    calls = desk.psa.ledger.writes(member="DeskAPI")
    return [(call.method, call.path) for call in calls if "callbacks" not in call.path]


def said(desk: Bench, text: str = TEXT) -> int:
    return sum(unmarked(note["text"]) == text for note in desk.psa.state.table("note"))


def calls(hosted: ServiceApp) -> dict[tuple[str, str], int]:
    return hosted.service.effects.counts()


async def replicate(desk: Bench) -> None:
    """Replicate facts everywhere without making calls."""
    for _ in range(20):
        if not await desk.deliver() + await desk.gateway.reader.drain() + await desk._replicate():
            return


class Refusal(NamedTuple):
    """One answer that replaces the PSA's."""

    status: int
    content: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


class Between(httpx.AsyncBaseTransport):
    """A proxy that answers some calls itself; `after`: after the PSA has carried them out."""

    def __init__(self, desk: Bench) -> None:
        http: Any = desk.psa_instance.access.connection.psa.client._http._client
        self._inner: httpx.AsyncBaseTransport = http._transport
        http._transport = self
        self._answers: list[tuple[str, str, Refusal, bool]] = []
        self.met = 0

    def once(self, method: str, path: str, refusal: Refusal, *, after: bool = False) -> None:
        self._answers.append((method, path, refusal, after))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        for meant in self._answers:
            method, path, refusal, after = meant
            if request.method == method and request.url.path.endswith(path):
                self._answers.remove(meant)
                self.met += 1
                if after:
                    await (await self._inner.handle_async_request(request)).aread()
                return httpx.Response(refusal.status, headers=list(refusal.headers), content=refusal.content)
        return await self._inner.handle_async_request(request)

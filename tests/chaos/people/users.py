"""Desk users: commands over HTTP, repeated with the same key until there is an answer, as a careful client does."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from tests.chaos.desk.workdir import INSTANCE
from tests.chaos.desk.world import World
from tests.chaos.journal import Journal, Timed
from tests.chaos.people.tickets import Tickets

from desk.decision.principal import Role

ROLES = (Role.TIER1, Role.TIER2, Role.DISPATCHER, Role.COORDINATOR, Role.BILLING)
AGAIN = frozenset({425, 429, 500, 502, 503, 504})
AGAIN_CODES = frozenset({"not_heard_yet", "unknown_ticket", "unavailable"})
LONGEST = 90.0
PAUSE = 0.25
LEVELS = ("low", "medium", "high")
DUE = "2030-01-04T12:00:00Z"
QUEUES = ("Service Desk", "Network")
Body = Mapping[str, Any]
Choice = tuple[int, str, str, Callable[["User"], Body]]
"""(weight, service, command, its body)."""


class User:
    """One person with one dice. `pace` is the mean pause between two commands, in seconds."""

    def __init__(self, world: World, journal: Journal, tickets: Tickets, name: str, seed: int, pace: float) -> None:
        self._world, self._journal, self._tickets = world, journal, tickets
        self.name, self._pace = name, pace
        self.dice = random.Random(f"{name}:{seed}")
        self._headers = world.headers(name, *ROLES)
        self._count = 0

    async def work(self, until: asyncio.Event) -> None:
        """Commands until told to stop; the one in hand is brought to its end."""
        limits = httpx.Limits(max_keepalive_connections=0)
        async with httpx.AsyncClient(timeout=10.0, limits=limits) as http:
            while not until.is_set():
                if not self._tickets.ours or self.dice.random() < 0.2:
                    await self._open(http)
                else:
                    await self._act(http)
                await asyncio.sleep(self._pace * self.dice.uniform(0.5, 1.5))

    async def _open(self, http: httpx.AsyncClient) -> None:
        self._count += 1
        company, contact = self.dice.choice(((250, 611), (250, 612), (251, 614), (252, 617), (253, 620)))
        body = {
            "client": f"{INSTANCE}-c{company}",
            "contact": f"{INSTANCE}-p{contact}",
            "problem": f"{self.name} {self._count}: VPN drops every ten minutes",
            "not_a_duplicate": "load",
        }
        answer = await self._send(http, "intake", "open-ticket", "tickets", body, None)
        if answer is not None:
            self._tickets.opened(answer.json()["subject"], answer.headers["Desk-Seen"])

    async def _act(self, http: httpx.AsyncClient) -> None:
        weights, services, names, bodies = zip(*CHOICES, strict=True)
        at = self.dice.choices(range(len(CHOICES)), weights)[0]
        ticket = self.dice.choice(self._tickets.ours)
        body = {"cycle": self._tickets.cycles.get(ticket, 1), **bodies[at](self)}
        path = f"tickets/{ticket}/{names[at]}"
        answer = await self._send(http, services[at], names[at], path, body, self._tickets.seen.get(ticket))
        if answer is not None:
            self._tickets.acted(ticket, answer.json().get("cycle"))

    async def _send(
        self, http: httpx.AsyncClient, service: str, name: str, path: str, body: Body, seen: str | None
    ) -> httpx.Response | None:
        key = str(UUID(int=self.dice.getrandbits(128), version=4))
        headers = {**self._headers, "Idempotency-Key": key, **({"Desk-Seen": seen} if seen else {})}
        end, tries = time.monotonic() + LONGEST, 0
        while time.monotonic() < end:
            tries += 1
            began = time.monotonic()
            answer = await _post(http, f"{self._world.members[service].url}/{path}", body, headers)
            self._journal.requests.append(_timed(answer, began, service))
            if answer is not None and not _again(answer):
                return self._note(answer, key, service, name, path, tries, body)
            await asyncio.sleep(PAUSE)
        self._journal.note("command", "unknown", key=key, service=service, name=name, path=path, tries=tries)
        return None

    def _note(
        self, answer: httpx.Response, key: str, service: str, name: str, path: str, tries: int, sent: Body
    ) -> httpx.Response | None:
        what = {"key": key, "service": service, "name": name, "path": path, "tries": tries}
        body = answer.json()
        if answer.is_success:
            again = {"who": self.name, "body": dict(sent), "at": time.time()}
            self._journal.note("command", "accepted", **what, **again, subject=body["subject"], facts=body["facts"])
            return answer
        if body.get("code") == "cycle_conflict":
            self._tickets.acted(path.split("/")[1], body.get("now"))
        self._journal.note("command", "refused", **what, status=answer.status_code, code=body.get("code"))
        return None

    def lately(self) -> dict[str, str]:
        """A quarter of an hour of the last days."""
        start = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=self.dice.randint(60, 4000))
        return {"start": start.isoformat(), "end": (start + timedelta(minutes=15)).isoformat()}


async def _post(http: httpx.AsyncClient, url: str, body: Body, headers: dict[str, str]) -> httpx.Response | None:
    try:
        return await http.post(url, json=body, headers=headers)
    except httpx.TransportError:
        return None


def _timed(answer: httpx.Response | None, began: float, service: str) -> Timed:
    seconds = time.monotonic() - began
    if answer is None:
        return Timed(began, seconds, service, 0, False)
    return Timed(began, seconds, service, answer.status_code, "Retry-After" in answer.headers)


def _again(answer: httpx.Response) -> bool:
    return answer.status_code in AGAIN or (answer.is_error and answer.json().get("code") in AGAIN_CODES)


CHOICES: tuple[Choice, ...] = (
    (12, "intake", "note", lambda u: {"text": f"note {u.dice.getrandbits(40):x}"}),
    (4, "intake", "reply", lambda u: {"text": f"answer {u.dice.getrandbits(40):x}"}),
    (4, "intake", "restate-problem", lambda u: {"statement": f"it is {u.dice.getrandbits(24):x}"}),
    (10, "triage", "assess-priority", lambda u: {"impact": u.dice.choice(LEVELS), "urgency": u.dice.choice(LEVELS)}),
    (8, "triage", "queue", lambda u: {"queue": u.dice.choice(QUEUES)}),
    (4, "triage", "wait", lambda _: {"on": "vendor", "reference": "case 7"}),
    (6, "triage", "resume", lambda _: {}),
    (3, "triage", "cancel", lambda _: {"reason": "withdrawn"}),
    (4, "triage", "reopen", lambda _: {"cause": "coordinator", "notes": "it happens again"}),
    (9, "billing", "log-time", lambda u: {**u.lately(), "reason": "logged afterwards", "anyway": True}),
    (
        9, "docs", "raise-follow-up",
        lambda u: {"kind": "check", "owner": u.name, "due": DUE, "ref": f"{u.dice.getrandbits(32):x}"},
    ),
    (6, "docs", "raise-runbook-gap", lambda u: {"kind": "missing", "basis": f"no page {u.dice.getrandbits(32):x}"}),
)  # fmt: skip

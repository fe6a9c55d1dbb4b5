"""Asks services for decisions, as a client that must know when it may work again."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from tests.chaos.desk.workdir import INSTANCE
from tests.chaos.desk.world import World
from tests.chaos.people.users import AGAIN_CODES, DUE, ROLES

PATIENCE, PAUSE = 120.0, 0.2
ASKED: Mapping[str, tuple[str, dict[str, Any]]] = {
    "intake": ("note", {"text": "is the desk back?"}),
    "triage": ("queue", {"queue": "Network"}),
    "sla": ("explain-breach", {"verdict": str(uuid4()), "code": "other", "owner": "drill"}),
    "billing": ("log-time", {"start": "2026-03-02T09:00:00Z", "end": "2026-03-02T09:15:00Z", "reason": "drill",
                             "anyway": True}),
    "docs": ("raise-follow-up", {"kind": "check", "owner": "drill", "due": DUE, "ref": "drill"}),
}  # fmt: skip
"""A command of each service; it may be accepted or refused: both are decisions."""


async def until_decided(world: World, services: Iterable[str], ticket: str, since: float) -> dict[str, float | None]:
    """Seconds after `since` (monotonic) until each service decided a command; None: not within the patience."""
    asked = [_until(world, service, ticket, since) for service in services]
    return dict(zip(services, await asyncio.gather(*asked), strict=True))


async def _until(world: World, service: str, ticket: str, since: float) -> float | None:
    name, body = ASKED[service]
    headers = {**world.headers("drill", *ROLES), "Idempotency-Key": str(uuid4())}
    url = f"{world.members[service].url}/tickets/{ticket}/{name}"
    async with httpx.AsyncClient(timeout=5.0) as http:
        while time.monotonic() - since < PATIENCE:
            try:
                answer = await http.post(url, json={"cycle": 1, **body}, headers=headers)
            except httpx.TransportError:
                answer = None
            if answer is not None and decided(answer):
                return time.monotonic() - since
            await asyncio.sleep(PAUSE)
    return None


def decided(answer: httpx.Response) -> bool:
    """Whether a service that knows the ticket decided the command."""
    if answer.is_success:
        return True
    return answer.status_code in (403, 409) and answer.json().get("code") not in AGAIN_CODES


async def new_subjects(world: World, number: int = 2) -> None:
    """Tickets of no contact: each has a key of its own, which no earlier copy of the key ring holds."""
    async with httpx.AsyncClient(timeout=30.0) as http:
        for _ in range(number):
            headers = {**world.headers("drill", *ROLES), "Idempotency-Key": str(uuid4())}
            body = {"client": f"{INSTANCE}-c250", "problem": "No sound in the meeting room", "not_a_duplicate": "drill"}
            answer = await http.post(f"{world.members['intake'].url}/tickets", json=body, headers=headers)
            assert answer.status_code == 201, answer.text


def accepted(journal: Path) -> list[dict[str, Any]]:
    """The commands that the load had accepted, oldest first."""
    lines = (json.loads(line) for line in journal.read_text("utf-8").splitlines())
    return [line for line in lines if line["kind"] == "command" and line["outcome"] == "accepted"]


async def first_ticket(journal: Path) -> str:
    """The ticket that the load opened first, waited for: on a busy machine it takes its time."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for line in accepted(journal):
            if line["name"] == "open-ticket":
                return str(line["subject"])
        await asyncio.sleep(PAUSE)
    raise TimeoutError("the load opened no ticket")


async def repeated(world: World, lines: Iterable[dict[str, Any]]) -> list[str]:
    """Send accepted commands again with their keys; what was not answered with the facts of the first time.

    A command that changed nothing left no fact that could be read back: after a restore it is decided like a new one.
    """
    wrong = []
    async with httpx.AsyncClient(timeout=30.0) as http:
        for line in (line for line in lines if line["facts"]):
            headers = {**world.headers(line["who"], *ROLES), "Idempotency-Key": line["key"]}
            url = f"{world.members[line['service']].url}/{line['path']}"
            answer = await http.post(url, json=line["body"], headers=headers)
            first = sorted(fact["id"] for fact in line["facts"])
            again = sorted(fact["id"] for fact in answer.json().get("facts", ())) if answer.is_success else None
            if again != first:
                what = f"{line['service']} {line['name']} sent again: {answer.status_code}"
                wrong.append(f"{what}, facts {again}, at first {first}")
    return wrong

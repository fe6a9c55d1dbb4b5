"""People who work in the PSA itself, through the simulator's own endpoints; it is never killed."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from tests.chaos.journal import Journal
from tests.chaos.people.tickets import Tickets

from desk_simulators.connectwise.identity import Instance

TICKETS = "/v2025_1/apis/3.0/service/tickets"
MEMBERS = ("jdoe", "mlopez", "tbauer")
STATUSES = ("open", "open", "waiting-client", "waiting-vendor", "resolved", "closed", "open")
LIST_EVERY = 20


class Technician:
    """One member with one dice. Each of her time entries takes a slot of its own."""

    def __init__(self, psa: str, journal: Journal, tickets: Tickets, name: str, seed: int, pace: float) -> None:
        self._psa, self._journal, self._tickets = psa, journal, tickets
        self.name, self._pace = name, pace
        self.dice = random.Random(f"{name}:{seed}")
        self._slot = datetime.now(UTC).replace(microsecond=0) - timedelta(days=20)
        self._acts = 0

    async def work(self, until: asyncio.Event) -> None:
        """Acts until told to stop."""
        async with httpx.AsyncClient(base_url=self._psa, timeout=30.0) as http:
            while not until.is_set():
                self._acts += 1
                if self._acts % LIST_EVERY == 0:
                    await self._look(http)
                await self._act(http)
                await asyncio.sleep(self._pace * self.dice.uniform(0.5, 1.5))

    async def _look(self, http: httpx.AsyncClient) -> None:
        found = await http.get(TICKETS, params={"pageSize": 1000, "fields": "id"}, headers=Instance().headers())
        self._tickets.listed([row["id"] for row in found.raise_for_status().json()])

    async def _act(self, http: httpx.AsyncClient) -> None:
        if not self._tickets.records or self.dice.random() < 0.25:
            company, contact = self.dice.choice(((250, 611), (251, 615), (252, 618), (253, 621)))
            body = {"summary": f"{self.name} {self._acts}: no sound", "company": company, "contact": contact}
            made = await self._does(http, "open_ticket", body)
            if made is not None:
                self._tickets.born(made["id"])
            return
        record = self.dice.choice(self._tickets.records)
        act, body = self.dice.choices((self._status, self._note, self._time, self._impact), (5, 3, 3, 2))[0]()
        await self._does(http, act, {"ticket_id": record, **body})

    def _status(self) -> tuple[str, dict[str, Any]]:
        return "set_status", {"status": self.dice.choice(STATUSES)}

    def _note(self) -> tuple[str, dict[str, Any]]:
        return "add_note", {"text": f"looked at it {self.dice.getrandbits(32):x}", "kind": "internal"}

    def _impact(self) -> tuple[str, dict[str, Any]]:
        return "change_impact", {"impact": self.dice.choice(("Low", "Medium", "High"))}

    def _time(self) -> tuple[str, dict[str, Any]]:
        start, self._slot = self._slot, self._slot + timedelta(minutes=10)
        return "add_time", {"start": start.isoformat(), "end": self._slot.isoformat(), "notes": "worked on it"}

    async def _does(self, http: httpx.AsyncClient, act: str, body: dict[str, Any]) -> dict[str, Any] | None:
        answer = await http.post(f"/_simulator/technician/{self.name}/{act}", json=body)
        what = {"member": self.name, "act": act, "ticket": body.get("ticket_id")}
        if answer.is_error:
            self._journal.note("act", "refused", **what, status=answer.status_code, text=answer.text[:200])
            return None
        made: dict[str, Any] = answer.json()
        self._journal.note("act", "accepted", **what, record=made["id"])
        return made

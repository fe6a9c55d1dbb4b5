"""Callbacks lost, doubled and shuffled: after one reconciliation the desk shows what the PSA shows, nothing twice."""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections import Counter
from typing import Any

import pytest

from desk.contract.ticket.ticket import Ticket
from desk_connectors.connectwise.records import Ticket as Record
from desk_connectors.connectwise.records import read
from desk_deploy.testing.psa_bench import Bench, bench
from desk_deploy.testing.simulated_psa import PSA
from desk_intake.psa.mapping.ticket_mapping import MappingContext, observed_ticket
from desk_intake.psa.write_back.desired import desired
from desk_integrations.psa.connectwise.tickets import ticket_of
from desk_simulators.connectwise import STATUSES as STATUSES_OF_BOARDS
from desk_simulators.connectwise import Faults
from desk_triage.main import TRIAGE

pytestmark = [pytest.mark.postgres, pytest.mark.slow]
CALLBACKS = int(os.environ.get("DESKSTREAM_CALLBACKS", "600"))
SEED = int(os.environ.get("DESKSTREAM_SEED", "3"))
PER_TICKET = 8
PEOPLE = ("jdoe", "mlopez", "asingh", "tbauer", "kowens")
STATUSES = ("new", "open", "waiting-client", "waiting-vendor", "resolved", "closed", "cancelled")


class Day:
    """People at work in the PSA: one act after the other, each in a second of its own."""

    def __init__(self, desk: Bench, dice: random.Random) -> None:
        self._desk, self._dice = desk, dice
        self._people = [desk.psa.technician(name) for name in PEOPLE]
        self.tickets: list[int] = []

    def act(self) -> None:
        self._desk.clock.advance(self._dice.choice((1, 1, 2, 30)))
        person = self._dice.choice(self._people)
        if (len(self.tickets) < CALLBACKS // PER_TICKET and self._dice.random() < 1.2 / PER_TICKET) or not self.tickets:
            made = person.open_ticket(f"Ticket {len(self.tickets)}", 250 + len(self.tickets) % 3)
            self.tickets.append(int(made["id"]))
            return
        self._change(person, self._dice.choice(self.tickets))

    def _change(self, person: Any, number: int) -> None:
        dice, what = self._dice, self._dice.random()
        if what < 0.6:
            person.set_status(number, dice.choice(STATUSES))
        elif what < 0.75:
            person.assign(number, dice.choice((*PEOPLE, None)))
        elif what < 0.9:
            person.change_priority(number, dice.choice((6, 7, 8, 9)))
        else:
            person.move_board(number, dice.choice(("Help Desk", "Network")))


async def arrive(desk: Bench, share: float) -> None:
    """A part of what waits arrives, several calls at once, and is read."""
    count = int(desk.psa.pending * share)
    await asyncio.gather(*(desk.psa.deliver_pending(count // 8 + 1) for _ in range(8)))
    await desk.gateway.reader.drain()


def sent(desk: Bench) -> int:
    """Callbacks that the PSA made, lost ones included and copies not."""
    return desk.psa.pending + len({a.message_id for a in desk.psa.ledger.attempts})


async def test_the_desk_shows_what_the_psa_shows_after_one_reconciliation(database: str) -> None:
    faults = Faults(seed=SEED, callbacks_lost=0.3, callbacks_doubled=0.2, callbacks_shuffle_seconds=900.0)
    dice = random.Random(SEED)
    async with bench(database, TRIAGE, faults=faults, config={"read_notes": False}) as desk:
        await desk.poller.round(sweep=True)
        day = Day(desk, dice)
        while sent(desk) < CALLBACKS:
            for _ in range(CALLBACKS // 20):
                day.act()
            await arrive(desk, dice.choice((0.5, 0.8, 1.0)))
        await arrive(desk, 1.0)
        tally = await desk.poller.round(sweep=True)
        await desk.settle()

        assert tally.failed == 0
        lost = [a for a in desk.psa.ledger.attempts if a.outcome == "lost"]
        assert len(lost) > 0.25 * CALLBACKS
        tickets = [await desk.ticket(number) for number in day.tickets]
        assert [differing(desk, number, ticket) for number, ticket in zip(day.tickets, tickets, strict=True)] == [
            {} for _ in tickets
        ]
        assert await doubles(desk) == []
        assert await apart(desk, day) == []


def differing(desk: Bench, number: int, ticket: Ticket) -> dict[str, Any]:
    """Fields in which the desk and the PSA are apart, and what the desk would write."""
    raw = json.dumps(desk.psa.state.record("ticket", number)).encode()
    statuses, config = desk.psa_instance.access.statuses, desk.psa_instance.access.config
    hash_of = desk.psa_instance.access.connection.psa.summary_hash
    seen = observed_ticket(ticket_of(read(Record, raw), config), "poll", MappingContext(statuses, config, (), hash_of))
    shows = ticket.intake.psa_fields
    other = {name: (shows.get(name), value) for name, value in seen.fields.items() if shows.get(name) != value}
    return {**other, **desired(ticket, statuses, PSA).fields}


async def doubles(desk: Bench) -> list[str]:
    """Facts of intake that say the same twice: natural keys are unique on each ticket."""
    log = desk.intake.service.log
    seen: Counter[tuple[str, str, str]] = Counter()
    for page in log.store.read(lambda reads: list(reads.pages())):
        for row in page:
            event = log.language.decode(row.raw)
            seen[event.subject, event.type, event.naturalkey] += 1
    return [" ".join(key) for key, count in seen.items() if count > 1]


async def apart(desk: Bench, day: Day) -> list[int]:
    """Tickets whose statuses, one after the other, are other ones in the observations than in the PSA's change log."""
    happened: dict[int, list[str]] = {}
    people = (entry for entry in desk.psa.state.table("changelog") if entry["_info"]["updatedBy"] in PEOPLE)
    for entry in people:
        statuses = happened.setdefault(entry["ticketNumber"], [])
        status = status_id(entry["boardId"], entry["status"])
        statuses += [status] if not statuses or statuses[-1] != status else []
    found = []
    for number in day.tickets:
        events = await desk.facts(number, "psa-observed")
        seen = [e.data.status_id for e in sorted(events, key=lambda e: e.time) if "status" in e.data.changed]
        found += [number] if seen != happened[number] else []
    return found


def status_id(board: int, name: str) -> str:
    return next(str(s["id"]) for s in STATUSES_OF_BOARDS if (s["boardId"], s["name"]) == (board, name))

"""Conversation in the simulated PSA: texts of technicians and clients, and the facts that they lead to."""

from __future__ import annotations

from typing import Any

from desk.contract.ticket.ticket import Status, status
from desk.testing.events import AnyEvent
from desk_deploy.testing.psa_bench import Bench
from desk_deploy.testing.simulated_psa import PSA
from desk_intake.psa.ids import ticket_id
from desk_simulators.connectwise import writes

SAID = ("client-replied", "reply-sent", "note-added")


async def conversation(desk: Bench, number: int) -> list[tuple[str, str | None]]:
    """(fact, text) of what was said on a record's ticket."""
    found = [e for e in await desk.facts(number) if e.data.name in SAID]
    return [(e.data.name, None if e.data.text is None else desk.intake.parts.unseal(e.data.text)) for e in found]


async def names(desk: Bench, number: int) -> list[str]:
    return [name for name, _ in await conversation(desk, number)]


async def met(desk: Bench, number: int) -> list[AnyEvent]:
    """Response clocks that were met."""
    return [e for e in await _at(desk, number, "sla") if e.data.name == "clock-met" and e.data.clock == "response"]


async def _at(desk: Bench, number: int, service: str) -> list[AnyEvent]:
    log = desk.hosted[service].service.log
    rows = log.store.read(lambda reads: reads.events_after({ticket_id(PSA, str(number)): 0}))
    return [log.language.decode(row.raw) for row in rows]


async def waiting(desk: Bench, **more: Any) -> int:
    """A ticket that waits for its client."""
    number = desk.open_ticket(**more)
    desk.clock.advance(60)
    desk.jdoe.set_status(number, "waiting-client")
    await desk.settle()
    desk.clock.advance(60)
    return number


async def is_waiting(desk: Bench, number: int) -> bool:
    return status(await desk.ticket(number, "triage")) is Status.WAITING


def note(desk: Bench, number: int, text: str, by: str = "jdoe", **fields: Any) -> dict[str, Any]:
    """A note with exactly these fields, written by a member."""
    body = {"ticketId": number, "text": text, **fields}
    return writes.create(desk.psa.state, "note", body, desk.psa.state.member(by))


def entry(desk: Bench, number: int, text: str, **fields: Any) -> dict[str, Any]:
    """A time entry of five minutes that ends now."""
    now = desk.clock()
    body = {
        "chargeToId": number,
        "chargeToType": "ServiceTicket",
        "timeStart": f"{now.replace(minute=now.minute - 4):%Y-%m-%dT%H:%M:%SZ}",
        "timeEnd": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "billableOption": "Billable",
        "notes": text,
        **fields,
    }
    return writes.create(desk.psa.state, "time", body, desk.jdoe.actor)


def change(desk: Bench, table: str, number: int, **values: Any) -> None:
    operations = [{"op": "replace", "path": name, "value": value} for name, value in values.items()]
    writes.patch(desk.psa.state, table, number, operations, desk.jdoe.actor)

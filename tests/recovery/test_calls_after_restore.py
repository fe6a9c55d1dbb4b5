"""The PSA's ledger after intake's store was lost or set back: no call is made again."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any, cast

import httpx
import pytest

from desk.bus.local.bus import LocalBus
from desk.decision.principal import Role
from desk.eventstore.catalogue_event_model import catalogued
from desk.eventstore.schema import migrate
from desk.eventstore.unit_of_work.commit_notifier import CommitNotifier
from desk.keyring.postgres import PostgresKeyRing
from desk.policies.following import follow
from desk.service.composition import build_service
from desk.service.service import RuntimeContext
from desk.settings import Settings
from desk_billing.main import BILLING
from desk_deploy.testing.psa_bench import Bench, bench
from desk_deploy.testing.simulated_psa import ToDesk, connect_to, instance
from desk_docs.main import DOCS
from desk_intake.main import INTAKE
from desk_intake.psa.composition import Gateway, psa_integrations_with
from desk_simulators.connectwise.status_map import status_map
from desk_sla.main import SLA
from desk_triage.main import TRIAGE

from .drill import FACTS
from .dumps import drop, dumped, restore

pytestmark = pytest.mark.postgres


async def command(desk: Bench, path: str, key: str, **body: Any) -> httpx.Response:
    """A first-line technician's command under this key."""
    headers = {**desk.authorised(Role.TIER1), "Idempotency-Key": key}
    return await desk.http.post(path, json=body, headers=headers)


def facts(desk: Bench) -> list[Any]:
    """Everything in intake's store but the beginnings of epochs, and but sla's facts: its clocks run on meanwhile."""
    store = desk.intake.service.log.store
    rows = store.execute(lambda cursor: cursor.execute(FACTS.replace("{}", "intake").encode()).fetchall())
    return [row for row in rows if row[1] != "sla"]


def written(desk: Bench) -> list[tuple[str, str]]:
    """The desk's writes to the PSA."""
    return [(call.method, call.path) for call in desk.psa.ledger.calls if call.wrote]


async def acted(desk: Bench, number: int) -> tuple[str, Any]:
    """A record is opened and worked on in the PSA, a ticket and notes come from the desk; the desk's ticket."""
    record = desk.open_ticket(f"VPN down {number}")
    await desk.settle()
    client = (await desk.ticket(record)).intake.client
    opened = await command(desk, "/tickets", f"open-{number}", client=client, problem="Printer jams")
    assert opened.status_code == 201, opened.text
    ticket = str(opened.json()["subject"])
    await desk.settle()
    noted = await command(desk, f"/tickets/{ticket}/note", f"note-{number}", cycle=1, text="called", internal=True)
    assert noted.status_code == 200, noted.text
    desk.clock.advance()
    desk.jdoe.set_status(record, "In Progress")
    await desk.settle()
    return ticket, noted.json()["facts"]


async def again(desk: Bench, database: str, dump: bytes | None) -> None:
    """Intake starts on another store, beside the same PSA."""
    await desk.intake.service.stop()
    await asyncio.to_thread(*((restore, database, "intake", dump) if dump is not None else (drop, database, "intake")))
    await asyncio.to_thread(migrate, database, "intake", INTAKE.migrations)
    made: list[Gateway] = []
    definition = replace(INTAKE, integrations=psa_integrations_with([instance()], connect_to(desk.psa), made.append))
    ring = PostgresKeyRing(database)
    around = RuntimeContext(
        url=database, bus=LocalBus(CommitNotifier()), language=catalogued(ring), notifier=CommitNotifier()
    )
    settings = Settings.from_env({"DESK_DATABASE_URL": database})
    hosted = build_service(definition, settings, around, ring, desk.issuer.verifier())
    cast(dict[str, Any], desk.hosted)["intake"] = desk.intake = hosted
    desk.gateway = made[0]
    cast(ToDesk, desk.http._transport).inner = httpx.ASGITransport(hosted.app)
    hosted.service.worker.dry_run = True
    follow(hosted.parts.policies, hosted.service.log)
    hosted.parts.policies.put("status-map", "2", status_map())
    await hosted.service.start()


@pytest.mark.parametrize("lost", [True, False], ids=["lost", "set back"])
async def test_no_call_is_made_again(database: str, lost: bool) -> None:
    async with bench(database, TRIAGE, SLA, BILLING, DOCS) as desk:
        await acted(desk, 1)
        dump = None if lost else await asyncio.to_thread(dumped, database, "intake")
        ticket, first = await acted(desk, 2)
        await desk.until_called()
        before, ledger = facts(desk), written(desk)
        await again(desk, database, dump)
        await desk.until_called()
        repeated = await command(desk, f"/tickets/{ticket}/note", "note-2", cycle=1, text="called", internal=True)
        assert repeated.headers["Idempotency-Repeated"] == "true"
        assert repeated.json()["facts"] == first, "what became of the call is no part of the command's answer"
        await desk.until_called()
        assert written(desk) == ledger
        assert sorted(set(facts(desk)) - set(before)) == []
        assert sorted(set(before) - set(facts(desk))) == []
        assert desk.intake.service.parking.count() == 0


async def test_a_ticket_that_no_store_holds_any_more_gets_no_second_record(database: str) -> None:
    async with bench(database) as desk:
        record = desk.open_ticket("VPN down")
        await desk.settle()
        body = {"client": (await desk.ticket(record)).intake.client, "problem": "Printer jams"}
        ticket = str((await command(desk, "/tickets", "open", **body)).json()["subject"])
        await desk.until_called()
        await again(desk, database, None)
        await desk.poller.round(sweep=True)
        assert (await desk.by_id(ticket)).intake.exists
        await command(desk, "/tickets", "open", **body)
        await desk.until_called()
        assert [row["externalXRef"] for row in desk.psa.state.table("ticket") if row.get("externalXRef")] == [ticket]

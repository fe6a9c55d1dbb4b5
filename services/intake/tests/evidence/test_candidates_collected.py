"""Step 2 by itself: candidates for the asset from a simulated NinjaOne, on real PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from desk.contract.streams.people import ContactObserved
from desk.contract.ticket.intake.assets import AssetCandidatesCollected, AssetLinkWaived
from desk_deploy.testing.rmm_bench import ACME, NINJA, NORTHWIND, RmmBench, rmm_bench
from desk_intake.integrations import EVIDENCE
from desk_intake.main import INTAKE

pytestmark = pytest.mark.postgres


@pytest.fixture
async def bench(database: str) -> AsyncIterator[RmmBench]:
    async with rmm_bench(database, INTAKE, EVIDENCE) as found:
        yield found


async def test_a_reported_host_name_finds_the_clients_device_and_never_its_namesake_elsewhere(bench: RmmBench) -> None:
    await bench.map(ACME, "40", d5=bench.device(ACME, "RECEPTION-01"))
    await bench.map(NORTHWIND, "41", n3=bench.device(NORTHWIND, "RECEPTION-01"))
    await bench.open_ticket("t-1", ACME, reported_hostname="RECEPTION-01")
    (fact,) = await bench.until_facts("t-1", AssetCandidatesCollected, 1)
    assert (fact.state, fact.source, fact.client, fact.omitted) == ("match", NINJA, ACME, 0)
    assert [(one.device, one.confidence, one.hostname) for one in fact.candidates] == [("d5", "exact", "RECEPTION-01")]
    assert str(bench.device(NORTHWIND, "RECEPTION-01")) not in [one.external for one in fact.candidates]
    assert b"RECEPTION-01" not in await bench.raw("t-1")
    ticket = await bench.desk.ticket("t-1")
    assert ticket.intake.asset is None and ticket.intake.candidate_sources[NINJA].state == "match"

    # one whose id is not mapped is a candidate without a device of ours
    await bench.open_ticket("t-2", ACME, reported_hostname="ACME-WS-014")
    (unmapped,) = await bench.until_facts("t-2", AssetCandidatesCollected, 1)
    assert [one.device for one in unmapped.candidates] == [None]
    assert unmapped.candidates[0].external == str(bench.device(ACME, "ACME-WS-014"))


async def test_the_contacts_last_device_is_found_by_the_upn(bench: RmmBench) -> None:
    await bench.map(ACME, "40", d1=bench.device(ACME, "ACME-WS-014"))
    contact = ContactObserved(
        revision="1",
        instance="psa",
        record="611",
        client=ACME,
        active=True,
        numbers_hash="h",
        full_name="Pat Doe",
        upn="pat.doe@acme.example",
    )
    await bench.desk.say("acme-pat", contact)
    await bench.open_ticket("t-1", ACME, contact="acme-pat")
    (fact,) = await bench.until_facts("t-1", AssetCandidatesCollected, 1)
    assert [(one.device, one.why) for one in fact.candidates] == [("d1", ("last-user",))]
    assert fact.contact == "acme-pat" and b"pat.doe" not in await bench.raw("t-1")


async def test_nothing_found_is_clear_and_a_client_without_a_mapping_stays_visible_until_a_waiver(
    bench: RmmBench,
) -> None:
    await bench.map(ACME, "40")
    await bench.open_ticket("t-1", ACME, reported_hostname="NO-SUCH-PC")
    (fact,) = await bench.until_facts("t-1", AssetCandidatesCollected, 1)
    assert (fact.state, fact.candidates) == ("clear", ())

    await bench.open_ticket("t-2", NORTHWIND, reported_hostname="NW-WS-003")
    (unmapped,) = await bench.until_facts("t-2", AssetCandidatesCollected, 1)
    assert (unmapped.state, unmapped.reason) == ("unknown", "client-not-mapped")
    await bench.until_calls("done", "unknown")
    await bench.desk.say("t-2", AssetLinkWaived(reason="no-device"))
    bench.ask_again()
    await bench.until_calls("done", "superseded")

    # nothing to look for: no contact, host name or UPN
    await bench.open_ticket("t-3", ACME)
    await asyncio.sleep(1.5)
    assert len(bench.calls()) == 2

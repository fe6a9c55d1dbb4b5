"""Restores whose dump was made while the store recovered, and commands that recorded facts on several subjects."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from tests.contracts.bus_world import World, hears, say

from desk.contract.event import Draft
from desk.decision.context import DecisionContext
from desk.eventstore import relay_rows
from desk.eventstore.unit_of_work.work_items import Command
from desk.testing.notes import TICKETS, Said, context

from .dumps import drop, dumped, restore

pytestmark = pytest.mark.postgres
EPOCH = "SELECT epoch FROM relay"
WITHOUT_FACTS = "SELECT nextval(pg_get_serial_sequence('stored_events', 'notification_id')) FROM generate_series(1, 20)"
"""Transactions that fail take numbers as well."""


async def test_a_dump_that_was_made_while_the_store_recovered_begins_a_new_epoch(local: World) -> None:
    docs, triage = await local.start("docs"), await local.start("triage")
    await say(triage, "T1", "a")
    await hears(docs, "T1", "triage", ("a",))
    await local.stop(triage)
    local.sql("triage", "UPDATE relay SET storage = 'another'")
    local.store("triage").execute(relay_rows.begin)
    dump = await asyncio.to_thread(dumped, local.url, "triage")
    triage = await local.start("triage")
    epoch = local.sql("triage", EPOCH)
    local.sql("triage", WITHOUT_FACTS)
    await say(triage, "T1", "b")
    await hears(docs, "T1", "triage", ("a", "b"))
    await local.stop(triage)
    await asyncio.to_thread(restore, local.url, "triage", dump)
    triage = await local.start("triage")
    assert local.sql("triage", EPOCH) != epoch
    await say(triage, "T1", "c")
    await hears(docs, "T1", "triage", ("a", "b", "c"))
    assert docs.parking.count() == triage.parking.count() == 0


async def test_an_interrupted_recovery_goes_on_in_its_epoch(local: World) -> None:
    triage = await local.start("triage")
    await local.stop(triage)
    local.store("triage").execute(relay_rows.declare_restored)
    local.store("triage").execute(relay_rows.begin)
    epoch = local.sql("triage", EPOCH)
    triage = await local.start("triage")
    assert local.sql("triage", EPOCH) == epoch


def on_both(_state: Any, _deciding: DecisionContext) -> list[Draft]:
    """One fact on the command's own subject, then one on another."""
    return [Draft(data=Said(text="first")), Draft(data=Said(text="second"), subject="T2")]


async def test_a_repeated_command_answers_its_facts_in_the_order_of_the_first_time(world: World) -> None:
    await world.start("docs")
    triage = await world.start("triage")
    await say(triage, "T2", "before")
    command = Command(TICKETS, "T1", on_both, context(uuid4()), "what was asked")
    first = await triage.command(command)
    await world.settled()
    await world.stop(triage)
    await asyncio.to_thread(drop, world.url, "triage")
    triage = await world.start("triage")
    await world.settled()
    repeated = await triage.command(command)
    assert [event.id for event in repeated.events] == [event.id for event in first.events]

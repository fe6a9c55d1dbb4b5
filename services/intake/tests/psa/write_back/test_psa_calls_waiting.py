"""Calls wait for each other and for an unavailable PSA without using up tries; operators see them and decide."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from desk.contract.ticket.triage import dispatch as d
from desk.decision.principal import Role
from desk_deploy.testing.psa_bench import Bench, bench
from desk_deploy.testing.simulated_psa import PSA
from desk_triage.main import TRIAGE

from ...psa_calls import by_phone, calls, ours, record, replicate, reply, said

pytestmark = pytest.mark.postgres


@pytest.fixture
async def desk(database: str) -> AsyncIterator[Bench]:
    async with bench(database, TRIAGE) as found:
        await found.poller.round(sweep=True)
        yield found


async def test_notes_of_a_ticket_that_cannot_be_created_for_hours_are_written_when_the_psa_is_back(desk: Bench) -> None:
    desk.psa.faults.change({"api_server_error": 1.0})
    await record(desk.intake, "T-1", by_phone(desk))
    await record(desk.intake, "T-1", reply())
    store = desk.intake.service.log.store
    await desk._called()
    for _ in range(12):
        store.execute(lambda c: c.execute("UPDATE effects SET next = now() WHERE kind = 'psa-note'"))
        await desk.intake.service.worker.turn(desk.kinds[2])
    (note,) = [row for row in desk.intake.service.effects.listed() if row.planned.kind == "psa-note"]
    assert (note.planned.state, note.planned.tries) == ("planned", 0)
    assert note.detail == "the ticket is not in the PSA yet"
    pause = "SELECT max(next - now()) FROM effects WHERE kind = 'psa-note'"
    row = store.execute(lambda c: c.execute(pause).fetchone())
    assert row is not None and timedelta(minutes=14) < row[0] <= timedelta(minutes=15)

    desk.psa.faults.reset()
    store.execute(lambda c: c.execute("UPDATE effects SET next = now() WHERE kind = 'psa-create'"))
    desk.psa_instance.access.connection.psa.client._http._breaker.succeeded()
    await desk.settle()
    assert (said(desk), calls(desk.intake)[("psa-note", "done")]) == (1, 1)


async def test_a_write_waits_for_another_of_its_record_without_a_try(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    desk.psa.faults.once("act-then-time-out", "PATCH", f"service/tickets/{number}")
    await record(desk.hosted["triage"], ours(number), d.Assigned(technician="mlopez", revision=1))
    await replicate(desk)
    await desk.intake.service.worker.turn(desk.kinds[0])
    desk.psa.faults.change({"api_server_error": 1.0})
    await record(desk.hosted["triage"], ours(number), d.Assigned(technician="asingh", revision=2))
    await replicate(desk)
    store = desk.intake.service.log.store
    for _ in range(3):
        await desk.intake.service.worker.turn(desk.kinds[0])
        store.execute(lambda c: c.execute("UPDATE effects SET next = now() WHERE ended IS NULL"))
    states = {row.planned.state: row for row in desk.intake.service.effects.listed("open")}
    assert states["unknown"].planned.tries == 1
    assert (states["planned"].planned.tries, states["planned"].detail) == (
        0,
        "another write of this record is under way",
    )
    desk.psa.faults.reset()
    desk.psa_instance.access.connection.psa.client._http._breaker.succeeded()
    await desk.until_called()
    assert desk.psa.state.record("ticket", number)["owner"]["identifier"] == "asingh"


async def test_a_call_of_an_instance_that_is_not_configured_waits_and_goes_nowhere_else(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    await record(desk.intake, ours(number), reply())
    psa_instances = desk.gateway.psa_instances
    desk.gateway.psa_instances = {"another": psa_instances[PSA]}
    await desk._called()
    (call,) = desk.intake.service.effects.listed("open")
    assert (call.planned.state, call.detail) == ("planned", "DESK_PSA names no instance 'cw'")
    desk.gateway.psa_instances = psa_instances
    await desk.until_called()
    assert said(desk) == 1


async def ask(desk: Bench, method: str, path: str, body: Any = None) -> Any:
    answered = await desk.http.request(method, path, json=body, headers=desk.authorised(Role.ADMIN))
    return answered.status_code, answered.json()


async def test_operators_see_open_calls_and_stops_and_get_an_answer_of_its_own(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    assert (await ask(desk, "GET", "/status"))[1]["at_rest"] is True
    status, refused = await ask(desk, "POST", "/effect-stops", {"kind": "psa-write"})
    assert (status, refused["field"]) == (422, "kind")
    assert all(kind in refused["remedy"] for kind in ("psa-create", "psa-note", "psa-sync"))
    assert (await ask(desk, "POST", "/effect-stops", {"kind": "psa-note"}))[0] == 200
    await record(desk.intake, ours(number), reply())
    await desk.settle()
    _, now = await ask(desk, "GET", "/status")
    assert (now["drained"], now["at_rest"], now["open_calls"]) == (True, False, 1)
    assert now["stops"] == [{"kind": "psa-note", "client": ""}]
    _, listed = await ask(desk, "GET", "/effects?state=open")
    (call,) = listed["items"]
    await ask(desk, "POST", "/effect-starts", {"kind": "psa-note"})
    await desk.settle()
    status, refused = await ask(desk, "POST", f"/effects/{call['id']}/retry")
    assert (status, refused["code"]) == (409, "effect_not_open") and "is done" in refused["detail"]
    assert (await ask(desk, "GET", f"/effects/{uuid4()}"))[1]["code"] == "unknown_effect"
    status, refused = await ask(desk, "GET", "/effects?state=lost")
    assert (status, refused["field"]) == (422, "state") and "open" in refused["remedy"]


async def test_a_retry_of_a_failed_note_that_is_there_writes_nothing(desk: Bench) -> None:
    number = desk.open_ticket()
    await desk.settle()
    await record(desk.intake, ours(number), reply())
    await desk.settle()
    store = desk.intake.service.log.store
    store.execute(lambda c: c.execute("UPDATE effects SET state = 'failed', tries = 0 WHERE kind = 'psa-note'"))
    (call,) = desk.intake.service.effects.listed("failed")
    assert (await ask(desk, "POST", f"/effects/{call.planned.id}/retry"))[1]["state"] == "unknown"
    await desk.settle()
    assert (said(desk), calls(desk.intake)) == (1, {("psa-note", "done"): 1})
